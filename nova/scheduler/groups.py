"""Where members of server groups were placed a moment ago, before the conductor can say so itself."""

from __future__ import annotations

import time
from collections import Counter
from collections.abc import Callable

import msgspec

from nova.contracts.scheduling import PlacementRequest, ServerGroup

# By then a placement is a claim, which the conductor counts, or was given up.
REMEMBER_SECONDS = 10.0


class RecentMembers:
    """Remembers placements of group members. Hold the table's lock around every use."""

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        self._clock = clock
        # By group, then by server: the host, when it was placed, and in which batch.
        self._placed: dict[str, dict[str, tuple[str, float, object]]] = {}

    def placed(self, request: PlacementRequest, host: str, batch: object) -> None:
        """Remember a member of the request's group, if it has one."""
        if request.group is not None:
            members = self._placed.setdefault(request.group.uuid, {})
            members[request.server] = (host, self._clock(), batch)

    def seen_by(self, request: PlacementRequest, batch: object) -> PlacementRequest:
        """The request with its group as it is by now.

        Members of the same batch are not in the group as the request tells it. Of those placed earlier the conductor
        may have counted some already: then the larger number is taken.
        """
        self._forget()
        group = request.group
        recent = self._placed.get(group.uuid) if group is not None else None
        if group is None or not recent:
            return request
        earlier: Counter[str] = Counter()
        same: Counter[str] = Counter()
        for server, (host, _, of) in recent.items():
            if server != request.server:
                (same if of is batch else earlier)[host] += 1
        told = Counter({host: group.members_on.get(host, 1) for host in group.hosts})
        return msgspec.structs.replace(request, group=_with(group, (told | earlier) + same))

    def _forget(self) -> None:
        oldest = self._clock() - REMEMBER_SECONDS
        for group, members in list(self._placed.items()):
            kept = {server: place for server, place in members.items() if place[1] >= oldest}
            if kept:
                self._placed[group] = kept
            else:
                del self._placed[group]


def _with(group: ServerGroup, members: Counter[str]) -> ServerGroup:
    return msgspec.structs.replace(group, hosts=list(members), members_on=dict(members))
