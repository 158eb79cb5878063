"""Start: power on a stopped server."""

from __future__ import annotations

from nova.conductor.tasks.plan import Job
from nova.conductor.tasks.power import compute_of, guest_of, power_plan
from nova.contracts.guest import GuestState
from nova.contracts.states import VmState


def power_on(job: Job) -> GuestState:
    """The host starts the guest, with its taps and filters."""
    return compute_of(job).power_on(job.context, guest=guest_of(job))


PLAN = power_plan("start", power_on, VmState.ACTIVE)
