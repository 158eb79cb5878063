"""From the query of a list of servers to what the conductor is asked for."""

from __future__ import annotations

import datetime
import re
from collections.abc import Iterable, Mapping

from nova.api.openstack.servers.query import (
    ADMIN_SORT_KEYS,
    EQUALS,
    FOR_EVERYONE,
    MATCHES,
    SORT_KEYS,
    TAGS,
    TIMES,
    YES_OR_NO,
)
from nova.api.web.call import Call
from nova.api.web.policy import ADMIN, Rule, rule
from nova.api.web.schema import bad_query
from nova.contracts import states
from nova.contracts.errors import BadRequest, Forbidden
from nova.contracts.server import ServerFilter

ALL_FILTERS = rule("os_compute_api:servers:allow_all_filters", ADMIN, "Narrow lists of servers by any column.")
YES = ("1", "t", "true", "on", "y", "yes")
NO = ("0", "f", "false", "off", "n", "no")


def sort_keys(call: Call) -> Mapping[str, str]:
    """The sort keys of this microversion. Forbidden for those of administrators."""
    asked = call.query.get("sort_key", [])
    for key in asked:
        if key in ADMIN_SORT_KEYS and not call.context.is_admin:
            raise Forbidden(reason=f"Only administrators can sort servers by {key}")
    return {**SORT_KEYS, "locked": "locked"} if call.version >= 73 else SORT_KEYS


def drop_old_sort_keys(call: Call) -> None:
    """Take the sort keys without effect out of the query, each with its direction."""
    asked, known = call.query.get("sort_key", []), sort_keys(call)
    if call.version >= 75 or all(key in known for key in asked):
        return
    directions = call.query.get("sort_dir", [])
    pairs = [(key, directions[i : i + 1]) for i, key in enumerate(asked) if key in known]
    call.query = {
        **call.query,
        "sort_key": [key for key, _ in pairs],
        "sort_dir": directions if len(directions) == 1 and pairs else [d for _, given in pairs for d in given],
    }


def read(call: Call, all_tenants: Rule) -> ServerFilter | None:
    """What the caller asks for; None when nothing can match. BadRequest, PolicyNotAuthorized."""
    given = _allowed(call)
    every = _all_projects(call, given, all_tenants)
    vm_states, task_states, deleted = _states(call, given)
    if vm_states is not None and not vm_states:
        return None
    since, before = _changed(given)
    return ServerFilter(
        all_projects=every,
        equals=_equals(given, every),
        matches={word: given[key][-1] for key, word in MATCHES.items() if given.get(key, [""])[-1]},
        flavorid=given["flavor"][-1] if "flavor" in given else None,
        vm_states=vm_states,
        task_states=task_states,
        changes_since=since,
        changes_before=before,
        deleted=None if deleted is None and (since or before) else bool(deleted),
        **{word: _words(given[key][-1]) for key, word in TAGS.items() if key in given},
    )


def _equals(given: Mapping[str, list[str]], every: bool) -> dict[str, list[str]]:
    equals = {word: _distinct(given[key]) for key, word in EQUALS.items() if key in given}
    for key, word in TIMES.items():
        if key in given:
            equals[word] = [moment(key, given[key][-1]).isoformat()]
    for key, word in YES_OR_NO.items():
        if key in given:
            equals[word] = [str(_yes(key, given[key][-1]))]
    if "auto_disk_config" in given:
        equals["disk_config"] = ["AUTO" if _yes("auto_disk_config", given["auto_disk_config"][-1]) else "MANUAL"]
    project = given.get("tenant_id") or given.get("project_id")
    # Who does not ask for all projects sees his own, whichever he names.
    if project and every:
        equals["project_id"] = _distinct(project)
    if "status" in given:
        # It says more than the states alone.
        equals = {word: values for word, values in equals.items() if word not in ("vm_state", "task_state")}
    return equals


def _allowed(call: Call) -> dict[str, list[str]]:
    """The query without what only administrators may ask for, which is dropped silently for others."""
    given = {key: values for key, values in call.query.items() if values}
    if call.can(ALL_FILTERS):
        return given
    open_keys = {key for since, keys in FOR_EVERYONE.values.items() if since <= call.version for key in keys}
    return {key: values for key, values in given.items() if key in open_keys}


def _all_projects(call: Call, given: Mapping[str, list[str]], all_tenants: Rule) -> bool:
    word = given.get("all_tenants", ["no"])[-1]
    if word != "" and not _yes("all_tenants", word):
        return False
    call.check(all_tenants)
    return True


def _states(call: Call, given: Mapping[str, list[str]]) -> tuple[list[str] | None, list[str] | None, bool | None]:
    """vm_states and task_states for the status words, and whether deleted servers are meant.

    Words that are no status count for nothing beside others; alone they are refused, or nothing is found.
    """
    # Here a word that is neither true nor false has always meant no.
    deleted = given["deleted"][-1].strip().lower() in YES if "deleted" in given else None
    if "status" not in given:
        return None, None, deleted
    vm_states: set[str] = set()
    task_states: set[str] = set()
    any_task = False
    for word in given["status"]:
        vm, task = states.states_of(word)
        vm_states |= vm
        task_states |= task
        any_task = any_task or bool(vm and not task)
    if not vm_states and call.version >= 38:
        raise bad_query("status", ", ".join(given["status"]), "It is not a status.")
    if states.VmState.DELETED in vm_states:
        if not call.context.is_admin:
            raise Forbidden(reason="Only administrators may list deleted instances")
        deleted = True
    return sorted(vm_states), None if any_task or not task_states else sorted(task_states), deleted


def _changed(given: Mapping[str, list[str]]) -> tuple[datetime.datetime | None, datetime.datetime | None]:
    keys = ("changes-since", "changes-before")
    since, before = (moment(key, given[key][-1]) if key in given else None for key in keys)
    if since and before and before < since:
        raise BadRequest(reason="The value of changes-since must be less than or equal to changes-before.")
    return since, before


def moment(key: str, text: str) -> datetime.datetime:
    """An ISO 8601 time of a query key; without a zone it is UTC. BadRequest."""
    # A plus sign that was not escaped arrives as a space.
    try:
        found = datetime.datetime.fromisoformat(re.sub(r" (\d\d:?\d\d)\Z", r"+\1", text.strip()))
        return (found if found.tzinfo else found.replace(tzinfo=datetime.UTC)).astimezone(datetime.UTC)
    except (ValueError, OverflowError) as error:
        raise bad_query(key, text, "It is not an ISO 8601 time.") from error


def _yes(key: str, text: str) -> bool:
    word = text.strip().lower()
    if word in YES:
        return True
    if word in NO:
        return False
    raise bad_query(key, text, "It is neither true nor false.")


def _distinct(values: Iterable[str]) -> list[str]:
    return list(dict.fromkeys(values))


def _words(text: str) -> list[str]:
    return _distinct(word for word in text.split(",") if word)
