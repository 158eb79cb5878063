"""CPU time and memory of a cloud's processes, read from /proc."""

from __future__ import annotations

import os
import subprocess
from dataclasses import dataclass
from pathlib import Path

TICKS = os.sysconf("SC_CLK_TCK")
PAGE = os.sysconf("SC_PAGE_SIZE")
MIB = 1024 * 1024


@dataclass(frozen=True)
class Process:
    """One process as /proc shows it now; children that ended count to their parent."""

    pid: int
    parent: int
    cpu: float
    rss: int


class Processes:
    """The daemons that the cloud's supervisord runs, each with its children, by name."""

    def __init__(self, supervisorctl: list[str]) -> None:
        self._ctl = supervisorctl

    def roots(self) -> dict[str, int]:
        """Name and pid of each daemon that runs."""
        listed = subprocess.run([*self._ctl, "status"], capture_output=True, text=True, timeout=30, check=False).stdout
        found = {}
        for line in listed.splitlines():
            words = line.split()
            if len(words) > 3 and words[1] == "RUNNING":
                found[words[0]] = int(words[3].rstrip(","))
        return found

    def cpu(self) -> dict[str, float]:
        """Seconds of CPU so far, by daemon."""
        return {name: sum(each.cpu for each in family) for name, family in self._families().items()}

    def rss(self) -> dict[str, float]:
        """MiB resident of the largest process of each daemon."""
        return {
            name: round(max(each.rss for each in family) / MIB, 1)
            for name, family in self._families().items()
            if family
        }

    def _families(self) -> dict[str, list[Process]]:
        everything = _everything()
        return {name: _family(everything, pid) for name, pid in self.roots().items()}


def rss_of(pid: int) -> float:
    """MiB resident of the largest of a process and its children."""
    family = _family(_everything(), pid)
    return round(max((each.rss for each in family), default=0) / MIB, 1)


def cpu_of(pid: int) -> float:
    """Seconds of CPU of a process and its children."""
    return sum(each.cpu for each in _family(_everything(), pid))


def machine_busy() -> float:
    """Seconds of CPU that all processes of the machine, or whoever it is shared with, used since it started."""
    fields = [int(word) for word in Path("/proc/stat").read_text().split("\n", 1)[0].split()[1:9]]
    user, nice, system, _idle, _wait, irq, softirq, steal = fields
    return (user + nice + system + irq + softirq + steal) / TICKS


def _everything() -> dict[int, Process]:
    found = {}
    for entry in os.listdir("/proc"):
        if entry.isdigit():
            try:
                words = Path(f"/proc/{entry}/stat").read_text().rsplit(")", 1)[1].split()
            except OSError:
                continue
            cpu = sum(int(word) for word in words[11:15]) / TICKS
            found[int(entry)] = Process(int(entry), int(words[1]), cpu, int(words[21]) * PAGE)
    return found


def _family(everything: dict[int, Process], root: int) -> list[Process]:
    family, left = [], [root]
    while left:
        pid = left.pop()
        if pid in everything:
            family.append(everything[pid])
            left.extend(child.pid for child in everything.values() if child.parent == pid)
    return family
