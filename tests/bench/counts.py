"""How many messages the daemons took and how many SQL statements they sent, read from their status reports."""

from __future__ import annotations

import json
import os
import signal
import time
from collections import Counter
from collections.abc import Mapping
from pathlib import Path

# What daemons say with nobody asking for it.
IDLE = ("services.", "echo.")
SECTION = "Requests taken"
STATEMENTS = "SQL statements"
PATIENCE = 15.0


class Counts:
    """Reads the reports that SIGUSR2 makes daemons write into their logs."""

    def __init__(self, logs: Path) -> None:
        self._logs = logs

    def messages(self, daemons: Mapping[str, int]) -> Counter[str]:
        """Requests that these daemons (name and pid) took since they started, by method; signs of life left out."""
        total: Counter[str] = Counter()
        for found in self._sections(daemons, SECTION):
            total.update({name: count for name, count in found.items() if not name.startswith(IDLE)})
        return total

    def statements(self, daemons: Mapping[str, int]) -> int:
        """SQL statements of these daemons."""
        return sum(found.get("executed", 0) for found in self._sections(daemons, STATEMENTS))

    def _sections(self, daemons: Mapping[str, int], title: str) -> list[dict[str, int]]:
        starts = {}
        for name, pid in daemons.items():
            starts[name] = self._log(name).stat().st_size
            os.kill(pid, signal.SIGUSR2)
        return [self._wait_for(name, start, title) for name, start in starts.items()]

    def _wait_for(self, name: str, start: int, title: str) -> dict[str, int]:
        until = time.monotonic() + PATIENCE
        while time.monotonic() < until:
            with self._log(name).open("rb") as file:
                file.seek(start)
                text = file.read().decode(errors="replace")
            lines = [line.strip() for line in text.splitlines()]
            for number, line in enumerate(lines):
                if title in line:
                    values = [each for each in lines[number + 1 :] if each.startswith("{") and each.endswith("}")]
                    if values:
                        found: dict[str, int] = json.loads(values[0])
                        return found
            time.sleep(0.05)
        raise TimeoutError(f"{name} wrote no report with {title!r}")

    def _log(self, name: str) -> Path:
        return self._logs / f"{name}.log"
