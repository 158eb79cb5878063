"""Every operation by its kind."""

from __future__ import annotations

from nova.conductor.tasks import boot, delete, reboot, start, stop
from nova.conductor.tasks.plan import Plan

PLANS: dict[str, Plan] = {plan.kind: plan for plan in (boot.PLAN, delete.PLAN, start.PLAN, stop.PLAN, reboot.PLAN)}
