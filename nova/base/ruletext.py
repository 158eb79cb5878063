"""The text of packet filter tables, read, edited and written; nothing here touches the kernel.

The text is what iptables-save, ip6tables-save and ebtables-save print. A program's own ("wrapped") chains carry its
name as a prefix; in rules given by a program `$name` stands for its wrapped chain of that name.
"""

from __future__ import annotations

import re
import shlex
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

PROGRAM_CHARACTERS = 16
"""How much of a program's name goes into the names of its chains, whose length the kernel bounds."""

ZERO = "[0:0]"
_COUNTED = re.compile(r"^(\[\d+:\d+\])\s+")
_TARGET = re.compile(r"(?:^|\s)-j (\$?[\w.:-]+)")
_OWN = re.compile(r"\$([\w-]+)")
_COMMENT = re.compile(r"--comment (\"[^\"]*\"|\S+)")


@dataclass(frozen=True)
class Rule:
    """One rule without its `-A CHAIN`, and its packet and byte counters."""

    text: str
    counters: str = ZERO


@dataclass
class Chain:
    """A chain: its policy ("-" for one without) and its rules in order."""

    policy: str = "-"
    counters: str = ZERO
    rules: list[Rule] = field(default_factory=list)

    def texts(self) -> list[str]:
        """The rules as they compare: without counters and quotes."""
        return [plain(rule.text) for rule in self.rules]


Table = dict[str, Chain]


@dataclass(frozen=True)
class Skeleton:
    """The fixed chains of one table.

    `builtin` are the kernel's chains; `wrapped` the program's own that always exist, and one with a built-in's name
    is jumped to from there. `top` and `bottom` say which shared chain stands first or last in a built-in one, `inner`
    which wrapped chain a shared one leads to, `first` with which rules wrapped chains begin.
    """

    builtin: tuple[str, ...]
    wrapped: tuple[str, ...]
    top: Mapping[str, str] = field(default_factory=dict)
    bottom: Mapping[str, str] = field(default_factory=dict)
    inner: Mapping[str, str] = field(default_factory=dict)
    first: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    policy: str = "-"


FILTER = Skeleton(
    builtin=("INPUT", "FORWARD", "OUTPUT"),
    wrapped=("local", "INPUT", "OUTPUT", "FORWARD"),
    top={"FORWARD": "nova-filter-top", "OUTPUT": "nova-filter-top"},
    inner={"nova-filter-top": "local"},
)
NAT = Skeleton(
    builtin=("PREROUTING", "INPUT", "OUTPUT", "POSTROUTING"),
    wrapped=("PREROUTING", "OUTPUT", "POSTROUTING", "snat", "float-snat"),
    bottom={"POSTROUTING": "nova-postrouting-bottom"},
    inner={"nova-postrouting-bottom": "snat"},
    first={"snat": ("-j $float-snat",)},
)
MANGLE = Skeleton(
    builtin=("PREROUTING", "INPUT", "FORWARD", "OUTPUT", "POSTROUTING"),
    wrapped=("POSTROUTING",),
)
BRIDGE_NAT = Skeleton(
    builtin=("PREROUTING", "OUTPUT", "POSTROUTING"),
    wrapped=("PREROUTING",),
    policy="RETURN",
)


def plain(text: str) -> str:
    """A rule's text with one space between words and no needless quotes."""
    return shlex.join(shlex.split(text)) if '"' in text or "'" in text else " ".join(text.split())


def target(text: str) -> str | None:
    """The chain or target a rule jumps to."""
    found = _TARGET.search(text)
    return found.group(1) if found else None


def comment(text: str) -> str | None:
    """The comment a rule carries."""
    found = _COMMENT.search(text)
    return found.group(1).strip('"') if found else None


def parse(text: str) -> dict[str, Table]:
    """Tables by name, from what a save command printed."""
    tables: dict[str, Table] = {}
    table: Table = {}
    for line in text.splitlines():
        counted = _COUNTED.match(line)
        rest = line[counted.end() :] if counted else line
        if line.startswith("*"):
            table = tables.setdefault(line[1:].strip(), {})
        elif line.startswith(":"):
            name, policy, *counters = line[1:].split()
            table[name] = Chain(policy, counters[0] if counters else ZERO)
        elif rest.startswith("-A "):
            _, name, body = (*rest.split(" ", 2), "")[:3]
            table.setdefault(name, Chain()).rules.append(Rule(body, counted.group(1) if counted else ZERO))
    return tables


def render(tables: Mapping[str, Table], *, counted: bool = True) -> str:
    """The text for a restore command; without `counted` in the dialect of ebtables."""
    lines: list[str] = []
    for table_name, table in tables.items():
        lines.append(f"*{table_name}")
        for name, chain in table.items():
            lines.append(f":{name} {chain.policy} {chain.counters}" if counted else f":{name} {chain.policy}")
        for name, chain in table.items():
            head = "{0.counters} -A {1} {0.text}" if counted else "-A {1} {0.text}"
            lines.extend(head.format(rule, name) for rule in chain.rules)
        if counted:
            lines.append("COMMIT")
    return "\n".join(lines) + "\n"


def same(one: Table, other: Table) -> bool:
    """Whether two tables filter alike: counters do not matter, nor the order of chains."""
    if one.keys() != other.keys():
        return False
    return all(
        chain.policy == other[name].policy and chain.texts() == other[name].texts() for name, chain in one.items()
    )


class Editor:
    """Puts one program's rules into tables, and leaves everybody else's as they are.

    `top` and `bottom` are patterns of foreign rules that belong before or after ours in the built-in chains.
    """

    def __init__(self, program: str, *, top: str = "", bottom: str = "") -> None:
        self.prefix = program[:PROGRAM_CHARACTERS] + "-"
        self._top = re.compile(top) if top else None
        self._bottom = re.compile(bottom) if bottom else None

    def edit(self, table: Table, skeleton: Skeleton, wanted: Mapping[str, Iterable[str]]) -> Table:
        """The table as it should be; `wanted` holds the rules of wrapped chains by their short names."""
        edited = {name: self._without_ours(chain) for name, chain in table.items() if not self.owns(name)}
        for name in skeleton.builtin:
            edited.setdefault(name, Chain("ACCEPT"))
        for shared, inner in skeleton.inner.items():
            rules = edited.setdefault(shared, Chain(skeleton.policy)).rules
            jump = self._jump(table, shared, f"{self.prefix}{inner}")
            edited[shared].rules = self._with_siblings(rules, inner, jump)
        for name in skeleton.builtin:
            edited[name].rules = self._built_in(table, name, edited[name].rules, skeleton)
        for name in dict.fromkeys((*skeleton.wrapped, *wanted)):
            rules_of_ours = (*skeleton.first.get(name, ()), *wanted.get(name, ()))
            edited[self.prefix + name] = self._wrapped(table, name, rules_of_ours, skeleton.policy)
        return edited

    def owns(self, chain: str) -> bool:
        """Whether a chain carries this program's name."""
        return chain.startswith(self.prefix)

    def found(self, table: Table, skeleton: Skeleton) -> dict[tuple[str, str], list[str]]:
        """This program's rules as they stand: {(short chain, owner): rules}.

        The owner is the rule's comment; without one, the chain of ours that the rule is in or leads to. Rules that
        have neither belong to nobody and are left out.
        """
        rules: dict[tuple[str, str], list[str]] = {}
        for name, chain in table.items():
            short = name.removeprefix(self.prefix)
            if not self.owns(name):
                continue
            for rule in chain.rules:
                text = re.sub(rf"(-j ){re.escape(self.prefix)}", r"\1$", rule.text)
                leads_to = target(text) or ""
                own = short if short not in skeleton.wrapped else leads_to[1:] * leads_to.startswith("$")
                owner = comment(text) or own
                if owner and text not in skeleton.first.get(short, ()):
                    rules.setdefault((short, owner), []).append(text)
        return rules

    def _without_ours(self, chain: Chain) -> Chain:
        kept = [rule for rule in chain.rules if not self.owns(target(rule.text) or "")]
        return Chain(chain.policy, chain.counters, kept)

    def _jump(self, table: Table, chain: str, to: str) -> Rule:
        """The rule that leads to `to`, with the counters it has if it is there already."""
        there = (rule for rule in table.get(chain, Chain()).rules if plain(rule.text) == f"-j {to}")
        return next(there, Rule(f"-j {to}"))

    def _with_siblings(self, rules: list[Rule], name: str, ours: Rule) -> list[Rule]:
        # Programs of this project sort their jumps, so that none moves another's aside at each turn.
        siblings = [rule for rule in rules if re.fullmatch(rf"-j nova-[\w-]+-{re.escape(name)}", rule.text)]
        rest = [rule for rule in rules if rule not in siblings]
        return sorted([*siblings, ours], key=lambda rule: rule.text) + rest

    def _built_in(self, table: Table, name: str, rules: list[Rule], skeleton: Skeleton) -> list[Rule]:
        shared = {f"-j {chain[name]}" for chain in (skeleton.top, skeleton.bottom) if name in chain}
        rules = [rule for rule in rules if rule.text not in shared]
        above = [rule for rule in rules if self._top and self._top.search(rule.text)]
        below = [rule for rule in rules if self._bottom and self._bottom.search(rule.text) and rule not in above]
        between = [rule for rule in rules if rule not in above and rule not in below]
        if name in skeleton.wrapped:
            between = self._with_siblings(between, name, self._jump(table, name, self.prefix + name))
        first = [self._jump(table, name, skeleton.top[name])] if name in skeleton.top else []
        last = [self._jump(table, name, skeleton.bottom[name])] if name in skeleton.bottom else []
        return above + first + between + last + below

    def _wrapped(self, table: Table, name: str, rules: Iterable[str], policy: str) -> Chain:
        there = table.get(self.prefix + name, Chain(policy))
        counters = {plain(rule.text): rule.counters for rule in there.rules}
        texts = [_OWN.sub(rf"{self.prefix}\1", rule) for rule in rules]
        # Of two equal rules the later one stands.
        kept = list(reversed(dict.fromkeys(reversed(texts))))
        return Chain(policy, there.counters, [Rule(text, counters.get(plain(text), ZERO)) for text in kept])
