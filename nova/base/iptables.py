"""Packet filters of the kernel, kept as this program wants them.

Wanted rules are held in memory; `apply` makes the kernel agree, with one save and at most one restore for all tables
of a family, and with no restore when nothing differs. Rules of others, and counters, are kept.
"""

from __future__ import annotations

import contextlib
import logging
import threading
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Protocol

from oslo_config import cfg

from nova.base import filelock, process, settings
from nova.base.privileged import entrypoint
from nova.base.rounds import Rounds
from nova.base.ruletext import BRIDGE_NAT, FILTER, MANGLE, NAT, Editor, Skeleton, Table, parse, render, same

LOG = logging.getLogger(__name__)

OPTIONS: dict[str, list[cfg.Opt]] = {
    "DEFAULT": [
        cfg.StrOpt("iptables_top_regex", default="", help="Rules of others that match stand before ours."),
        cfg.StrOpt("iptables_bottom_regex", default="", help="Rules of others that match stand after ours."),
        cfg.StrOpt("iptables_drop_action", default="DROP", help="What becomes of packets that nothing accepts."),
    ]
}

ATTEMPTS = 5
PAUSE = 0.2
"""Seconds before the second attempt; it grows with each."""

FAMILIES: dict[str, dict[str, Skeleton]] = {
    "ip": {"filter": FILTER, "nat": NAT, "mangle": MANGLE},
    "ip6": {"filter": FILTER},
    "bridge": {"nat": BRIDGE_NAT},
}
"""Which tables of a family are ours to edit. `bridge` is what ebtables filters: frames on their way into a bridge."""

COMMANDS = {
    "ip": (("iptables-save", "-c"), ("iptables-restore", "-w", "10", "-c")),
    "ip6": (("ip6tables-save", "-c"), ("ip6tables-restore", "-w", "10", "-c")),
    "bridge": (("ebtables-save",), ("ebtables-restore",)),
}


class Kernel(Protocol):
    """Where tables are read from and written to."""

    def save(self, family: str) -> str:
        """The text of all tables of the family."""

    def restore(self, family: str, text: str) -> None:
        """Replace the tables that the text names. Raises process.CommandFailed."""


class RealKernel:
    """The tables of this host, or of the network namespace this process is in."""

    def save(self, family: str) -> str:
        """The text of all tables of the family."""
        return _save(family)

    def restore(self, family: str, text: str) -> None:
        """Replace the tables that the text names. Raises process.CommandFailed."""
        _restore(family, text)


class LoggedKernel:
    """Tables in memory: what would be written is logged, and read back."""

    def __init__(self) -> None:
        self._tables: dict[str, dict[str, Table]] = {}

    def save(self, family: str) -> str:
        """The text written last."""
        return render(self._tables.get(family, {}))

    def restore(self, family: str, text: str) -> None:
        """Remember the tables that the text names."""
        LOG.debug("Not run: %s with %d lines", COMMANDS[family][1][0], text.count("\n"))
        self._tables.setdefault(family, {}).update(parse(text))


@entrypoint
def _save(family: str) -> str:
    return process.run(COMMANDS[family][0], timeout=30).stdout.decode()


@entrypoint
def _restore(family: str, text: str) -> None:
    process.run(COMMANDS[family][1], timeout=60, input=text.encode())


class Tables:
    """The rules of one program. Methods may be called from any thread; nothing reaches the kernel before `apply`.

    What an earlier run of the program left is adopted as it stands, so that a fresh process that so far knows of one
    owner does not open the way to all the others.
    """

    def __init__(
        self,
        program: str,
        *,
        families: tuple[str, ...] = ("ip",),
        lock_path: str | None = None,
        kernel: Kernel | None = None,
        top: str = "",
        bottom: str = "",
    ) -> None:
        self.families = families
        self._editor = Editor(program, top=top, bottom=bottom)
        self._lock_path = lock_path
        self._kernel: Kernel = kernel or RealKernel()
        # (family, table, short chain) -> owner -> rules
        self._wanted: dict[tuple[str, str, str], dict[str, list[str]]] = {}
        self._adopted = False
        self._memory = threading.RLock()
        self._rounds = Rounds(self._round)

    @contextlib.contextmanager
    def changing(self) -> Iterator[None]:
        """Have what is wanted change as a whole: no `apply` of another thread sees the half of it.

        Nothing is applied within.
        """
        with self._memory:
            yield

    def set_chain(
        self, table: str, chain: str, rules: list[str], *, family: str = "ip", owner: str | None = None
    ) -> None:
        """Say what a wrapped chain holds. Several owners may each put rules into the same chain.

        Without `owner` the chain itself is the owner. A family this program does not filter is passed over.
        """
        if family not in self.families:
            return
        with self._memory:
            self._adopt()
            self._wanted.setdefault((family, table, chain), {})[owner or chain] = list(rules)

    def remove_owner(self, owner: str) -> None:
        """Take away every rule of an owner, in all families; chains left without rules go too."""
        with self._memory:
            self._adopt()
            for owners in self._wanted.values():
                owners.pop(owner, None)
            self._prune()

    def owners(self) -> dict[str, set[str]]:
        """Who has rules here, as wanted: {owner: short names of chains}."""
        with self._memory:
            self._adopt()
            return _by_owner((chain, owner) for (_, _, chain), owners in self._wanted.items() for owner in owners)

    def found(self) -> dict[str, set[str]]:
        """Who has rules in the kernel just now: {owner: short names of chains}."""
        return _by_owner((chain, owner) for _, _, chain, owner, _ in self._read())

    def apply(self) -> bool:
        """Make the kernel agree; True when something had to be changed by this call.

        Callers that come while another one is at it share the next round. Raises process.CommandFailed.
        """
        return self._rounds.join() or False

    def _round(self) -> bool:
        with self._memory:
            self._adopt()
            wanted = {
                key: [rule for owner in sorted(owners) for rule in owners[owner]]
                for key, owners in self._wanted.items()
            }
        return self._write_patiently(wanted)

    def _read(self) -> Iterator[tuple[str, str, str, str, list[str]]]:
        for family in self.families:
            tables = parse(self._kernel.save(family))
            for name, skeleton in FAMILIES[family].items():
                for (chain, owner), rules in self._editor.found(tables.get(name, {}), skeleton).items():
                    yield family, name, chain, owner, rules

    def _adopt(self) -> None:
        if not self._adopted:
            for family, table, chain, owner, rules in self._read():
                self._wanted.setdefault((family, table, chain), {})[owner] = rules
            self._adopted = True

    def _prune(self) -> None:
        self._wanted = {key: owners for key, owners in self._wanted.items() if any(owners.values())}

    def _write_patiently(self, wanted: dict[tuple[str, str, str], list[str]]) -> bool:
        for attempt in range(1, ATTEMPTS + 1):
            try:
                with self._between_processes():
                    return self._write(wanted)
            except process.CommandFailed as failed:
                if attempt == ATTEMPTS:
                    raise
                LOG.warning("Packet filters could not be set, trying again: %s", failed)
                time.sleep(PAUSE * attempt)
        return False

    def _write(self, wanted: dict[tuple[str, str, str], list[str]]) -> bool:
        changed = False
        for family in self.families:
            before = parse(self._kernel.save(family))
            after: dict[str, Table] = {}
            for name, skeleton in FAMILIES[family].items():
                chains = {key[2]: rules for key, rules in wanted.items() if key[:2] == (family, name)}
                table = self._editor.edit(before.get(name, {}), skeleton, chains)
                if not same(before.get(name, {}), table):
                    after[name] = table
            if after:
                self._kernel.restore(family, render(after, counted=family != "bridge"))
                changed = True
        return changed

    def _between_processes(self) -> contextlib.AbstractContextManager[None]:
        """The lock that other programs of this project hold while they edit."""
        if self._lock_path is None:
            return contextlib.nullcontext()
        return filelock.hold(Path(self._lock_path) / "nova-iptables")


def from_settings(conf: cfg.ConfigOpts, program: str, *, bridge: bool = False, kernel: Kernel | None = None) -> Tables:
    """The tables of a program as its settings say; with `bridge` it also filters frames that enter bridges."""
    families = ("ip", *(["ip6"] if conf.use_ipv6 else []), *(["bridge"] if bridge else []))
    return Tables(
        program,
        families=families,
        lock_path=str(settings.lock_folder(conf)),
        kernel=kernel,
        top=conf.iptables_top_regex,
        bottom=conf.iptables_bottom_regex,
    )


def _by_owner(pairs: Iterator[tuple[str, str]]) -> dict[str, set[str]]:
    chains: dict[str, set[str]] = {}
    for chain, owner in pairs:
        chains.setdefault(owner, set()).add(chain)
    return chains
