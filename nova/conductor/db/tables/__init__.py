"""Every table of the one database. Importing this package fills METADATA."""

from nova.conductor.db.tables.actions import instance_actions, instance_actions_events
from nova.conductor.db.tables.aggregates import aggregate_hosts, aggregate_metadata, aggregates
from nova.conductor.db.tables.columns import METADATA, clock, live
from nova.conductor.db.tables.console import console_auth_tokens
from nova.conductor.db.tables.flavors import flavor_extra_specs, flavor_projects, flavors
from nova.conductor.db.tables.groups import instance_group_member, instance_group_policy, instance_groups
from nova.conductor.db.tables.keys import key_pairs
from nova.conductor.db.tables.networks import fixed_ips, floating_ips, networks, virtual_interfaces
from nova.conductor.db.tables.placement import allocations, inventories, resource_providers
from nova.conductor.db.tables.quotas import project_locks, project_user_quotas, quota_classes, quotas
from nova.conductor.db.tables.security_groups import (
    security_group_instance_association,
    security_group_rules,
    security_groups,
)
from nova.conductor.db.tables.servers import (
    block_device_mapping,
    instance_faults,
    instance_metadata,
    instance_system_metadata,
    instances,
    tags,
)
from nova.conductor.db.tables.services import compute_nodes, counters, services
from nova.conductor.db.tables.tasks import client_tokens, task_steps, tasks

__all__ = [
    "METADATA",
    "aggregate_hosts",
    "aggregate_metadata",
    "aggregates",
    "allocations",
    "block_device_mapping",
    "client_tokens",
    "clock",
    "compute_nodes",
    "console_auth_tokens",
    "counters",
    "fixed_ips",
    "flavor_extra_specs",
    "flavor_projects",
    "flavors",
    "floating_ips",
    "instance_actions",
    "instance_actions_events",
    "instance_faults",
    "instance_group_member",
    "instance_group_policy",
    "instance_groups",
    "instance_metadata",
    "instance_system_metadata",
    "instances",
    "inventories",
    "key_pairs",
    "live",
    "networks",
    "project_locks",
    "project_user_quotas",
    "quota_classes",
    "quotas",
    "resource_providers",
    "security_group_instance_association",
    "security_group_rules",
    "security_groups",
    "services",
    "tags",
    "task_steps",
    "tasks",
    "virtual_interfaces",
]
