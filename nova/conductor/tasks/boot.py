"""Boot: a place, addresses, disks, a running guest.

What fails on one host is undone and tried on the next the scheduler named; what cannot be better elsewhere (a bad
image, a network without addresses) ends in ERROR with its reason.
"""

from __future__ import annotations

from sqlalchemy import Connection, select, update

from nova.conductor import addresses, guests, host_version, liveness, outcome, placement, security_rules, wishes, zones
from nova.conductor.db import document
from nova.conductor.db.tables import clock, instances
from nova.conductor.tasks.plan import Job, Plan, Step
from nova.contracts import guest_options
from nova.contracts.compute import Compute
from nova.contracts.errors import (
    BadRequest,
    ClaimConflict,
    ImageUnusable,
    NoMoreAddresses,
    NotFound,
    NovaError,
    NoValidHost,
)
from nova.contracts.flavor import Flavor
from nova.contracts.guest import Guest, GuestRef
from nova.contracts.scheduling import Placement, Scheduler
from nova.contracts.server import NetworkRequest
from nova.contracts.states import PowerState, TaskState, VmState

SAME_EVERYWHERE = (ImageUnusable, NoMoreAddresses, BadRequest, NotFound, NoValidHost)
"""Errors that another host would give too."""


def ask_scheduler(job: Job) -> None:
    """Hosts in order of preference; alternates left from an earlier attempt are used first."""
    if job.notes.get("choices"):
        return
    request = job.cloud.database.read(
        lambda conn: wishes.placement_request(conn, job.server, job.arguments, job.notes.get("tried", []))
    )
    placed = job.cloud.bus.client(Scheduler).place(job.context, requests=[request])[0]
    if not placed.choices:
        raise NoValidHost(reason=why_none(placed))
    job.notes["choices"] = [[choice.host, choice.node, choice.provider] for choice in placed.choices]


def claim_host(conn: Connection, job: Job) -> None:
    """Claim on the first host of the list that still has room, and write it on the server.

    The scheduler's table is a moment old: a host that was disabled meanwhile takes nothing, unless it was forced.
    """
    flavor = conn.execute(select(instances.c.flavor).where(instances.c.uuid == job.server)).scalar_one()
    wanted = placement.resources_of(document.load(flavor, Flavor))
    closed = liveness.closed(conn, [host for host, _, _ in job.notes["choices"]])
    for position, (host, node, provider) in enumerate(job.notes["choices"]):
        if host in closed and not job.arguments.get("forced_host"):
            continue
        try:
            placement.claim(conn, provider, job.server, wanted)
        except ClaimConflict:
            continue
        # Assigned, never taken away: the whole transaction may be done again.
        job.notes["host"] = host
        job.notes["alternates"] = job.notes["choices"][position + 1 :]
        zone = zones.of_hosts(conn, host).get(host, job.cloud.conf.default_availability_zone)
        conn.execute(
            update(instances)
            .where(instances.c.uuid == job.server)
            .values(host=host, node=node, launched_on=host, availability_zone=zone)
        )
        outcome.begun(conn, job.kind, job.server, str(job.context.request_id), host)
        return
    raise ClaimConflict(host="chosen", reason="every host the scheduler named is full or disabled meanwhile")


def release_host(conn: Connection, job: Job) -> None:
    """Give the claim back; the server is on no host again."""
    placement.release(conn, job.server)
    conn.execute(update(instances).where(instances.c.uuid == job.server).values(host=None, node=None))


def reserve_addresses(conn: Connection, job: Job) -> None:
    """Interfaces and fixed addresses, in one transaction with the journal."""
    networks = job.arguments.get("networks")
    wanted = [NetworkRequest(**each) for each in networks] if isinstance(networks, list) else networks
    attempts = job.cloud.conf.create_unique_mac_address_attempts
    rested = guest_options.told_for(job.cloud.conf)
    addresses.reserve(conn, job.server, wanted, job.notes["host"], mac_attempts=attempts, rested=rested)


def release_addresses(conn: Connection, job: Job) -> None:
    """Free what was reserved; what a guest that could not be ended may still use rests for a while."""
    addresses.release(conn, job.server, rest="start" in job.left)


def serve_addresses(job: Job) -> None:
    """Have every network of the server up on the host that serves it, with its DHCP lines; groups let it in."""
    addresses.tell_agents(job.cloud, job.context, job.server, remove=False)
    security_rules.refresh_after_membership(job.cloud, job.context, job.server)


def unserve_addresses(job: Job) -> None:
    """Take the DHCP lines away; no group lets the addresses in any longer."""
    addresses.tell_agents(job.cloud, job.context, job.server, remove=True)
    security_rules.refresh_after_membership(job.cloud, job.context, job.server)


def make_disks(job: Job) -> None:
    """The host fetches the image and writes the disks."""
    _compute(job).make_disks(job.context, guest=_guest(job))


def remove_disks(job: Job) -> None:
    """The host deletes the server's folder."""
    if job.notes.get("host"):
        _compute(job).remove_disks(job.context, guest=_ref(job))


def start_guest(job: Job) -> None:
    """Filters, taps, and the running domain."""
    job.notes["power_state"] = int(_compute(job).start_guest(job.context, guest=_guest(job)).power_state)


def destroy_guest(job: Job) -> None:
    """No domain, tap or filter of the server is left on the host."""
    if job.notes.get("host"):
        _compute(job).destroy_guest(job.context, guest=_ref(job))


def succeeded(conn: Connection, job: Job) -> None:
    """ACTIVE; what was kept secret for the first boot is forgotten."""
    conn.execute(
        update(instances)
        .where(instances.c.uuid == job.server)
        .values(
            vm_state=VmState.ACTIVE.value,
            task_state=None,
            power_state=job.notes.get("power_state", int(PowerState.RUNNING)),
            launched_at=clock(),
            progress=100,
            secrets=None,
        )
    )
    outcome.success(conn, job)
    host_version.changed(conn, hosts=[job.notes["host"]])


def failed(conn: Connection, job: Job, error: NovaError) -> None:
    """ERROR, with a fault that says which step, on which host, and why."""
    if job.notes.get("tries"):
        last = str(error.facts["reason"]) if isinstance(error, NoValidHost) else _attempt(job.notes.get("host"), error)
        error = NoValidHost(reason=" ".join([*job.notes["tries"], last]), log=error.log)
    conn.execute(
        update(instances)
        .where(instances.c.uuid == job.server)
        .values(vm_state=VmState.ERROR.value, task_state=None, power_state=int(PowerState.NOSTATE), secrets=None)
    )
    outcome.failure(conn, job, error, host=job.notes.get("host"))


def cancelled(conn: Connection, job: Job) -> None:
    """A delete follows and writes the rest."""
    outcome.given_up(conn, job)


def again(job: Job, error: NovaError) -> bool:
    """Try the next host, unless the error would be the same there or there were tries enough."""
    most = job.cloud.conf.scheduler.max_attempts
    if isinstance(error, SAME_EVERYWHERE) or job.attempt + 1 >= most:
        return False
    job.notes["choices"] = job.notes.pop("alternates", [])
    host = job.notes.pop("host", None)
    if host is not None:
        job.notes.setdefault("tried", []).append(host)
        job.notes.setdefault("tries", []).append(_attempt(host, error))
    job.memory.clear()
    job.notes.pop("left", None)
    return True


def _attempt(host: str | None, error: NovaError) -> str:
    """One attempt in the fault that names them all."""
    words = str(error).rstrip(".")
    return f"Host {host}: {words}." if host else f"{words}."


def why_none(placed: Placement) -> str:
    """How many hosts each filter removed and why, for the fault."""
    before = every = placed.filtered[0][1] if placed.filtered else 0
    if not every:
        return "There is no compute host; check that nova-compute runs and reaches the broker."
    removed = []
    for name, left in placed.filtered[1:]:
        if left < before:
            words = f"{placed.why.get(name, 'refused')} ({name})"
            removed.append(words if every == 1 else f"{before - left} {words}")
        before = left
    none = "The only host cannot" if every == 1 else f"None of the {every} hosts can"
    return f"{none} take the server: {', '.join(removed)}."


def _compute(job: Job) -> Compute:
    return job.cloud.bus.client(Compute, host=job.notes["host"])


def _guest(job: Job) -> Guest:
    if "guest" not in job.memory:
        job.memory["guest"] = job.cloud.database.read(
            lambda conn: guests.for_boot(conn, job.cloud.conf, job.server, job.context)
        )
    guest: Guest = job.memory["guest"]
    return guest


def _ref(job: Job) -> GuestRef:
    return job.cloud.database.read(lambda conn: guests.ref(conn, job.cloud.conf, job.server))


PLAN = Plan(
    kind="boot",
    steps=(
        Step(
            "place",
            ask=ask_scheduler,
            record=claim_host,
            unrecord=release_host,
            shows=TaskState.SCHEDULING,
        ),
        Step("address", record=reserve_addresses, unrecord=release_addresses, shows=TaskState.NETWORKING),
        Step("serve", ask=serve_addresses, undo=unserve_addresses),
        Step("disks", ask=make_disks, undo=remove_disks, shows=TaskState.BLOCK_DEVICE_MAPPING),
        Step("start", ask=start_guest, undo=destroy_guest, shows=TaskState.SPAWNING),
    ),
    succeeded=succeeded,
    failed=failed,
    cancelled=cancelled,
    again=again,
)
