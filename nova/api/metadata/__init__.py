"""The metadata service: EC2's tree, OpenStack's tree, vendor data; texts by `nova.contracts.metadata_document`."""
