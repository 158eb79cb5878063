"""Stop: the guest is asked to shut down, and ended when it does not."""

from __future__ import annotations

from nova.conductor.tasks.plan import Job
from nova.conductor.tasks.power import compute_of, power_plan, ref_of
from nova.contracts.guest import GuestState
from nova.contracts.states import VmState


def power_off(job: Job) -> GuestState:
    """The host waits `shutdown_timeout` seconds for the guest."""
    return compute_of(job).power_off(job.context, guest=ref_of(job), wait=None)


PLAN = power_plan("stop", power_off, VmState.STOPPED)
