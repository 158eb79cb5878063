"""May this action begin? The lock answers first, then the state, in the order the API documents."""

from __future__ import annotations

from typing import Any

from sqlalchemy import Row

from nova.base.context import RequestContext
from nova.contracts.errors import InvalidState, ServerLocked, ServerNotReady
from nova.contracts.states import Move


def refuse(row: Row[Any], context: RequestContext, move: Move) -> None:
    """ServerLocked, InvalidState or ServerNotReady when the move may not begin on this row."""
    if move.heeds_lock and row.locked and not context.is_admin:
        raise ServerLocked(server=row.uuid)
    if move.needs_host and not row.host:
        raise ServerNotReady(server=row.uuid)
    if move.vm_states is not None and row.vm_state not in move.vm_states:
        raise _wrong(row, move, "vm_state", row.vm_state)
    if move.task_states is not None and row.task_state is not None and row.task_state not in move.task_states:
        raise _wrong(row, move, "task_state", row.task_state)
    if move.must_have_launched and row.launched_at is None:
        raise _wrong(row, move, "launched_at", "None")


def _wrong(row: Row[Any], move: Move, attribute: str, state: str) -> InvalidState:
    return InvalidState(action=move.action, server=row.uuid, attribute=attribute, state=state)
