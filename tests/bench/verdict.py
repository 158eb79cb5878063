"""What was measured, beside what is promised: a table for people, and the same in JSON."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from typing import Any


@dataclass(frozen=True)
class Line:
    """One promise: `most` or `least` bounds the value, None: it is only shown."""

    what: str
    value: float
    unit: str
    least: float | None = None
    most: float | None = None

    @property
    def kept(self) -> bool | None:
        """Whether the promise is kept; None without one."""
        if self.least is None and self.most is None:
            return None
        return (self.least is None or self.value >= self.least) and (self.most is None or self.value <= self.most)


def lines(found: Mapping[str, Any]) -> list[Line]:
    """The promises of the project, each beside its figure."""
    boot, full = found["boot"], found["boot_full"]
    reads = {read["path"].split("?")[0]: read for read in found["reads"]}
    one = next(read for path, read in reads.items() if path.startswith("/servers/") and path != "/servers/detail")
    detail, bare = reads["/servers/detail"], found["bare_call"]["p50_ms"]
    there = full["there_before"]
    made = [
        Line(f"boots to ACTIVE, {boot['count']} by 8 clients", boot["per_second"], "/s", least=10),
        Line(f"the same with {there} servers there", full["per_second"], "/s", least=10),
        Line("with many servers there / with few", round(full["per_second"] / boot["per_second"], 2), "x"),
        Line("RPC requests a boot", boot["messages_each"], "", most=8),
        Line("SQL statements a boot", boot["statements_each"], ""),
        Line("CPU a boot, all processes", boot["cpu_each"], "s", most=0.15),
        Line(f"the same with {there} servers there", full["cpu_each"], "s", most=0.15),
        Line("deletes", found["delete"]["per_second"], "/s", least=20),
        Line("CPU a delete, all processes", found["delete"]["cpu_each"], "s"),
        Line(f"GET /servers/detail of {min(there, 1000)} servers, p50", detail["p50_ms"], "ms", most=400),
        Line("SQL statements of it", detail["statements_each"], "", most=8),
        Line("GET /servers/{id}, p50", one["p50_ms"], "ms", most=10),
        Line("GET /servers/{id} / bare call", round(one["p50_ms"] / bare, 1), "x"),
        Line("POST /servers alone, p50", found["post"]["p50_ms"], "ms", most=25),
        Line("POST /servers / bare call", round(found["post"]["p50_ms"] / bare, 1), "x"),
        Line("POST /servers until ACTIVE, p50", found["post"]["until_active_p50_ms"], "ms"),
        Line("bare call over oslo.messaging, p50", bare, "ms"),
    ]
    for life in found["lives"]:
        name = life["daemon"]
        made += [
            Line(f"{name} resident when idle", life["idle_rss_mib"], "MiB", most=90),
            Line(f"{name} ready after", life["ready_seconds"], "s", most=2),
            Line(f"{name} ended after", life["stopped_seconds"], "s", most=2),
        ]
    return made


def table(made: Sequence[Line]) -> str:
    """Aligned text."""
    words = {True: "kept", False: "MISSED", None: ""}
    width = max(len(line.what) for line in made)
    return "\n".join(
        f"{line.what:{width}}  {line.value:10.4g} {line.unit:4} {_bound(line):>10}  {words[line.kept]}".rstrip()
        for line in made
    )


def as_json(made: Sequence[Line]) -> list[dict[str, Any]]:
    """The same for programs."""
    return [{**asdict(line), "kept": line.kept} for line in made]


def _bound(line: Line) -> str:
    if line.least is not None:
        return f">= {line.least:g}"
    return f"<= {line.most:g}" if line.most is not None else ""
