"""/os-hypervisors: what servers run on."""
