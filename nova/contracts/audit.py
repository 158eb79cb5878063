"""What an audit finds: things without an owner, and owners without their things."""

from __future__ import annotations

from nova.contracts.record import Record


class Finding(Record, frozen=True, kw_only=True):
    """One thing that should not be, or is missing.

    `kind` is domain, disk, file, tap, chain, rule, bridge, dhcp, address, claim, task, or daemon for one that could not
    be asked; `where` is the host or "database"; `what` its name; `owner` the server's uuid as far as it can be told;
    `hint` says what to do.
    """

    kind: str
    where: str
    what: str
    owner: str | None = None
    hint: str = ""
