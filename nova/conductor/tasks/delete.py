"""Delete: forward only. What a host that does not answer keeps, its own convergence takes away when it is back."""

from __future__ import annotations

from sqlalchemy import Connection, delete, update

from nova.conductor import addresses, guests, outcome, placement, security_rules
from nova.conductor.db.tables import (
    block_device_mapping,
    clock,
    console_auth_tokens,
    instance_group_member,
    instances,
    security_group_instance_association,
)
from nova.conductor.tasks.plan import Job, Plan, Step
from nova.contracts.compute import Compute
from nova.contracts.errors import NovaError
from nova.contracts.states import PowerState, TaskState, VmState

PATIENCE = 30.0
"""Seconds a silent host is asked before the delete goes on without it."""

CHILDREN = (
    (block_device_mapping, block_device_mapping.c.instance_uuid),
    (console_auth_tokens, console_auth_tokens.c.instance_uuid),
    (instance_group_member, instance_group_member.c.instance_uuid),
    (security_group_instance_association, security_group_instance_association.c.instance_uuid),
)


def destroy_guest(job: Job) -> None:
    """No domain, tap, filter or disk of the server is left on its host."""
    if job.notes.get("host"):
        compute = job.cloud.bus.client(Compute, host=job.notes["host"])
        ref = job.cloud.database.read(lambda conn: guests.ref(conn, job.cloud.conf, job.server))
        compute.destroy_guest(job.context, guest=ref, with_disks=True)


def unserve_addresses(job: Job) -> None:
    """No DHCP line names the server, and no group lets its addresses in."""
    addresses.tell_agents(job.cloud, job.context, job.server, remove=True)
    security_rules.refresh_after_membership(job.cloud, job.context, job.server)


def succeeded(conn: Connection, job: Job) -> None:
    """Claim, addresses and memberships go with the server, in one transaction.

    On a host that did not answer the guest may still run, and use its addresses: they rest for a while.
    """
    addresses.release(conn, job.server, rest="destroy" in job.left)
    placement.release(conn, job.server)
    for table, column in CHILDREN:
        conn.execute(delete(table).where(column == job.server))
    conn.execute(
        update(instances)
        .where(instances.c.uuid == job.server, instances.c.deleted == 0)
        .values(
            vm_state=VmState.DELETED.value,
            task_state=None,
            power_state=int(PowerState.NOSTATE),
            terminated_at=clock(),
            deleted_at=clock(),
            deleted=instances.c.id,
            secrets=None,
        )
    )
    outcome.success(conn, job)


def failed(conn: Connection, job: Job, error: NovaError) -> None:
    """ERROR, so that it is seen; another delete tries again."""
    conn.execute(
        update(instances)
        .where(instances.c.uuid == job.server, instances.c.deleted == 0)
        .values(vm_state=VmState.ERROR.value, task_state=None)
    )
    outcome.failure(conn, job, error, host=job.notes.get("host"))


PLAN = Plan(
    kind="delete",
    steps=(
        Step(
            "destroy", ask=destroy_guest, shows=TaskState.DELETING, patience=PATIENCE, may_be_skipped=True
        ),  # No undo: what is destroyed is gone.
        Step("unserve", ask=unserve_addresses, patience=PATIENCE, may_be_skipped=True),  # No undo, likewise.
    ),
    succeeded=succeeded,
    failed=failed,
)
