"""The whole life of a server as data: states, what the API shows for them, and which action is allowed when.

Facts: the contract's states table.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import IntEnum, StrEnum


class VmState(StrEnum):
    """What a server is."""

    ACTIVE = "active"
    BUILDING = "building"
    PAUSED = "paused"
    SUSPENDED = "suspended"
    STOPPED = "stopped"
    RESCUED = "rescued"
    RESIZED = "resized"
    SOFT_DELETED = "soft-delete"
    DELETED = "deleted"
    ERROR = "error"
    SHELVED = "shelved"
    SHELVED_OFFLOADED = "shelved_offloaded"


class TaskState(StrEnum):
    """What is being done to a server just now."""

    SCHEDULING = "scheduling"
    BLOCK_DEVICE_MAPPING = "block_device_mapping"
    NETWORKING = "networking"
    SPAWNING = "spawning"
    IMAGE_SNAPSHOT = "image_snapshot"
    IMAGE_SNAPSHOT_PENDING = "image_snapshot_pending"
    IMAGE_PENDING_UPLOAD = "image_pending_upload"
    IMAGE_UPLOADING = "image_uploading"
    IMAGE_BACKUP = "image_backup"
    UPDATING_PASSWORD = "updating_password"
    RESIZE_PREP = "resize_prep"
    RESIZE_MIGRATING = "resize_migrating"
    RESIZE_MIGRATED = "resize_migrated"
    RESIZE_FINISH = "resize_finish"
    RESIZE_REVERTING = "resize_reverting"
    RESIZE_CONFIRMING = "resize_confirming"
    REBOOTING = "rebooting"
    REBOOT_PENDING = "reboot_pending"
    REBOOT_STARTED = "reboot_started"
    REBOOTING_HARD = "rebooting_hard"
    REBOOT_PENDING_HARD = "reboot_pending_hard"
    REBOOT_STARTED_HARD = "reboot_started_hard"
    PAUSING = "pausing"
    UNPAUSING = "unpausing"
    SUSPENDING = "suspending"
    RESUMING = "resuming"
    POWERING_OFF = "powering-off"
    POWERING_ON = "powering-on"
    RESCUING = "rescuing"
    UNRESCUING = "unrescuing"
    REBUILDING = "rebuilding"
    REBUILD_BLOCK_DEVICE_MAPPING = "rebuild_block_device_mapping"
    REBUILD_SPAWNING = "rebuild_spawning"
    MIGRATING = "migrating"
    DELETING = "deleting"
    SOFT_DELETING = "soft-deleting"
    RESTORING = "restoring"
    SHELVING = "shelving"
    SHELVING_IMAGE_PENDING_UPLOAD = "shelving_image_pending_upload"
    SHELVING_IMAGE_UPLOADING = "shelving_image_uploading"
    SHELVING_OFFLOADING = "shelving_offloading"
    UNSHELVING = "unshelving"


class PowerState(IntEnum):
    """What the hypervisor says of the guest."""

    NOSTATE = 0
    RUNNING = 1
    PAUSED = 3
    SHUTDOWN = 4
    CRASHED = 6
    SUSPENDED = 7


_SOFT_REBOOT = (TaskState.REBOOTING, TaskState.REBOOT_PENDING, TaskState.REBOOT_STARTED)
_HARD_REBOOT = (TaskState.REBOOTING_HARD, TaskState.REBOOT_PENDING_HARD, TaskState.REBOOT_STARTED_HARD)
_REBUILD = (TaskState.REBUILDING, TaskState.REBUILD_BLOCK_DEVICE_MAPPING, TaskState.REBUILD_SPAWNING)
_RESIZE = (
    TaskState.RESIZE_PREP,
    TaskState.RESIZE_MIGRATING,
    TaskState.RESIZE_MIGRATED,
    TaskState.RESIZE_FINISH,
)

# The word shown when no task changes it; then the words for (vm_state, task_state).
_PLAIN_STATUS: dict[str, str] = {
    VmState.ACTIVE: "ACTIVE",
    VmState.BUILDING: "BUILD",
    VmState.STOPPED: "SHUTOFF",
    VmState.RESIZED: "VERIFY_RESIZE",
    VmState.PAUSED: "PAUSED",
    VmState.SUSPENDED: "SUSPENDED",
    VmState.RESCUED: "RESCUE",
    VmState.ERROR: "ERROR",
    VmState.DELETED: "DELETED",
    VmState.SOFT_DELETED: "SOFT_DELETED",
    VmState.SHELVED: "SHELVED",
    VmState.SHELVED_OFFLOADED: "SHELVED_OFFLOADED",
}
_BUSY_STATUS: dict[tuple[str, str], str] = {
    **{(VmState.ACTIVE, task): "REBOOT" for task in _SOFT_REBOOT},
    **{(VmState.ACTIVE, task): "HARD_REBOOT" for task in _HARD_REBOOT},
    **{(state, task): "REBUILD" for state in (VmState.ACTIVE, VmState.STOPPED, VmState.ERROR) for task in _REBUILD},
    **{(state, task): "RESIZE" for state in (VmState.ACTIVE, VmState.STOPPED) for task in _RESIZE},
    **{(state, TaskState.MIGRATING): "MIGRATING" for state in (VmState.ACTIVE, VmState.PAUSED)},
    (VmState.ACTIVE, TaskState.UPDATING_PASSWORD): "PASSWORD",
    (VmState.RESIZED, TaskState.RESIZE_REVERTING): "REVERT_RESIZE",
}


def api_status(vm_state: str | None, task_state: str | None) -> str:
    """The word the API shows as `status`."""
    busy = _BUSY_STATUS.get((vm_state or "", task_state or ""))
    return busy or _PLAIN_STATUS.get(vm_state or "", "UNKNOWN")


def states_of(status: str) -> tuple[frozenset[str], frozenset[str]]:
    """The vm_states and task_states in which the API shows this status (any case); empty sets for an unknown word.

    An empty set of task_states beside a set of vm_states means: any task.
    """
    word = status.upper()
    plain = frozenset(state for state, shown in _PLAIN_STATUS.items() if shown == word)
    busy = [pair for pair, shown in _BUSY_STATUS.items() if shown == word]
    if plain:
        return plain | {state for state, _ in busy}, frozenset()
    return frozenset(state for state, _ in busy), frozenset(task for _, task in busy)


@dataclass(frozen=True)
class Move:
    """When an action may begin, what the server is busy with meanwhile, and what it is afterwards.

    `vm_states` or `task_states` of None: not looked at. The empty set of `task_states`: no task may run.
    """

    action: str
    vm_states: frozenset[VmState] | None
    task_states: frozenset[TaskState] | None = frozenset()
    doing: TaskState | None = None
    must_have_launched: bool = True
    needs_host: bool = False
    heeds_lock: bool = True


_HARD_REBOOT_OVER = frozenset(
    {
        *_SOFT_REBOOT,
        TaskState.REBOOTING_HARD,
        TaskState.RESUMING,
        TaskState.UNPAUSING,
        TaskState.PAUSING,
        TaskState.SUSPENDING,
    }
)

MOVES: dict[str, Move] = {
    move.action: move
    for move in (
        Move("delete", None, None, TaskState.DELETING, must_have_launched=False),
        Move("stop", frozenset({VmState.ACTIVE, VmState.ERROR}), doing=TaskState.POWERING_OFF, needs_host=True),
        Move("start", frozenset({VmState.STOPPED}), doing=TaskState.POWERING_ON, needs_host=True),
        Move("soft reboot", frozenset({VmState.ACTIVE}), doing=TaskState.REBOOTING, needs_host=True),
        Move(
            "hard reboot",
            frozenset({VmState.ACTIVE, VmState.STOPPED, VmState.PAUSED, VmState.SUSPENDED, VmState.ERROR}),
            _HARD_REBOOT_OVER,
            TaskState.REBOOTING_HARD,
            needs_host=True,
        ),
        Move(
            "update metadata",
            frozenset({VmState.ACTIVE, VmState.PAUSED, VmState.SUSPENDED, VmState.STOPPED}),
            None,
        ),
        Move(
            "update tags",
            frozenset({VmState.ACTIVE, VmState.PAUSED, VmState.SUSPENDED, VmState.STOPPED}),
            None,
            must_have_launched=False,
            heeds_lock=False,
        ),
    )
}
