"""Reboot: softly, by asking the guest, or hard, by making it anew."""

from __future__ import annotations

from nova.conductor.tasks.plan import Job
from nova.conductor.tasks.power import compute_of, guest_of, power_plan
from nova.contracts.guest import GuestState
from nova.contracts.states import VmState


def reboot(job: Job) -> GuestState:
    """The host restarts the guest; a soft reboot that the guest ignores becomes a hard one."""
    return compute_of(job).reboot(job.context, guest=guest_of(job), hard=bool(job.arguments.get("hard")))


PLAN = power_plan("reboot", reboot, VmState.ACTIVE)
