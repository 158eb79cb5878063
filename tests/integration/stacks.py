"""Whole clouds of real processes: stack.sh puts them up, unstack.sh takes them away.

Each lives in a network namespace and a data folder of its own. KEEP=1 leaves it running; the next run takes it over.
Else its logs are what stays, in TESTS/reports/clouds.
Where the environments that `stack.sh --install-only` makes are missing, tests that want a cloud are skipped.
"""

from __future__ import annotations

import contextlib
import json
import os
import shutil
import signal
import subprocess
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

CHECKOUT = Path(__file__).parents[2]
TESTS = Path(os.environ.get("TESTS", "/opt/nova-tests"))
VENVS = Path(os.environ.get("VENVS", TESTS))
START_SECONDS = 300
STOP_SECONDS = 180
COMMAND_SECONDS = 120
POLL_SECONDS = 0.25


class CommandFailed(AssertionError):
    """A command ended with another code than 0; its output is the message."""


@dataclass(frozen=True)
class Daemon:
    """What supervisord says of a daemon: its name, state such as RUNNING, and pid (0 when it has none)."""

    name: str
    state: str
    pid: int


class Stack:
    """One cloud. `index` (0..63) tells its addresses from those of other clouds; options are those of stack.sh."""

    def __init__(self, name: str, index: int, **options: str | int) -> None:
        self.name = name
        self.data = Path(os.environ.get("STACKS", TESTS)) / f"nova-int-{name}"
        self.kept_logs = TESTS / "reports" / "clouds" / name
        self.address = f"10.254.0.{index * 4 + 2}"
        self.compute_url = f"http://{self.address}:8774/v2.1"
        self.identity_url = f"http://{self.address}:5000/v3"
        self.image_url = f"http://{self.address}:9292"
        self._options = {
            "DATA": str(self.data),
            "VENVS": str(VENVS),
            "NETNS": f"nova-int-{name}",
            "SUBNET_INDEX": str(index),
            "VIRT_DRIVER": "fake",
            "DEMO": "0",
            **{option: str(value) for option, value in options.items()},
        }

    def up(self) -> None:
        """Start it, or repair one that is there."""
        if os.geteuid() != 0:
            pytest.skip("clouds are put up by root")
        if not (VENVS / "venv-nova").is_dir():
            pytest.skip(f"{VENVS} has no environments: run devstack/stack.sh --install-only with VENVS={VENVS}")
        self._script("stack.sh", START_SECONDS)

    def down(self) -> None:
        """Stop it and delete all it wrote but its logs, unless KEEP=1."""
        if os.environ.get("KEEP") != "1":
            self._script("unstack.sh", STOP_SECONDS)
            if (self.data / "log").is_dir():
                shutil.copytree(self.data / "log", self.kept_logs, dirs_exist_ok=True)
            self._script("unstack.sh", STOP_SECONDS, "--purge")

    def daemons(self) -> dict[str, Daemon]:
        """Every process that supervisord looks after, by name."""
        lines = run([str(self.data / "bin/ctl"), "status"], codes=(0, 3)).splitlines()
        words = [line.replace(",", " ").split() for line in lines]
        return {name: Daemon(name, state, int(rest[1]) if state == "RUNNING" else 0) for name, state, *rest in words}

    def pid(self, name: str) -> int:
        """The process of a daemon that runs."""
        daemon = self.daemons()[name]
        assert daemon.pid, f"{name} is {daemon.state}"
        return daemon.pid

    def children(self, name: str) -> list[int]:
        """The processes that a daemon forked."""
        pid = self.pid(name)
        return [int(child) for child in Path(f"/proc/{pid}/task/{pid}/children").read_text().split()]

    def signal(self, name: str, number: int) -> int:
        """Send a daemon a signal; answers its pid."""
        pid = self.pid(name)
        os.kill(pid, number)
        return pid

    def kill(self, name: str) -> None:
        """End a daemon from one moment to the next; supervisord starts it again."""
        self.signal(name, signal.SIGKILL)

    def stop(self, name: str) -> None:
        """End a daemon, which stays away."""
        self._ctl("stop", name)

    def start(self, name: str) -> None:
        """Start a daemon that was stopped, and wait until supervisord takes it for running."""
        self._ctl("start", name)

    def restart(self, name: str) -> None:
        """Stop and start."""
        self._ctl("restart", name)

    def wait_running(self, name: str, not_pid: int = 0, seconds: float = 60) -> None:
        """Until supervisord has it running again, as another process than `not_pid`."""

        def runs() -> bool:
            pid = self.daemons()[name].pid
            return pid != 0 and pid != not_pid

        wait(f"{name} to run", runs, seconds)

    def manage(self, *words: str, codes: tuple[int, ...] = (0,)) -> str:
        """What nova-manage prints."""
        return run([str(self.data / "bin/nova-manage"), *words], codes=codes)

    def audit(self) -> list[dict[str, str]]:
        """What nova-manage audit finds: nothing when all is well."""
        findings: list[dict[str, str]] = json.loads(self.manage("audit", "--format", "json", codes=(0, 1)))
        return findings

    def log(self, name: str) -> Path:
        """The file a daemon logs to."""
        return self.data / "log" / f"{name}.log"

    def openrc(self, user: str) -> dict[str, str]:
        """The client's environment of the users that stack.sh makes, `admin` and `demo`."""
        lines = (self.data / f"etc/openrc-{user}").read_text().splitlines()
        return dict(line.split("=", 1) for line in lines if line.startswith("OS_"))

    def client(self, program: str, environment: Mapping[str, str], *words: str, codes: tuple[int, ...] = (0,)) -> str:
        """Run `openstack`, `nova` or `glance` as the user of this environment; answers what it prints."""
        return run([str(VENVS / "venv-clients/bin" / program), *words], environment=environment, codes=codes)

    def complaints(self, since: float) -> str:
        """The warnings and errors of all nova daemons that were logged after a moment (seconds since 1970), and where
        all logs are kept.
        """
        start = time.strftime("%Y-%m-%d %H:%M:%S", time.localtime(since))
        found: list[str] = []
        for path in sorted((self.data / "log").glob("nova-*.log")):
            lines = path.read_text(errors="replace").splitlines()
            grave = [line for line in lines if line >= start and _is_grave(line)]
            if grave:
                found += [f"== {path.name}", *grave[-15:]]
        found.append(f"all logs: {self.data / 'log'}; after the end of this cloud: {self.kept_logs}")
        return "\n".join(found)

    def _ctl(self, *words: str) -> None:
        run([str(self.data / "bin/ctl"), *words])

    def _script(self, name: str, seconds: float, *words: str) -> None:
        try:
            run([str(CHECKOUT / "devstack" / name), *words], environment=self._options, seconds=seconds)
        except CommandFailed as failed:
            raise CommandFailed(f"{failed}\nafter the end of this cloud its logs are in {self.kept_logs}") from None


def run(
    command: list[str],
    *,
    environment: Mapping[str, str] | None = None,
    seconds: float = COMMAND_SECONDS,
    codes: tuple[int, ...] = (0,),
) -> str:
    """What the command prints to its standard output. CommandFailed with all it said unless it ends with `codes`.

    A run that is interrupted waits for the command to end, so that nothing works on while it is cleaned up after.
    """
    keep = {name: os.environ[name] for name in ("PATH", "HOME", "LANG") if name in os.environ}
    process = subprocess.Popen(
        command,
        env={**keep, **(environment or {})},
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        start_new_session=True,
    )
    try:
        output, errors = process.communicate(timeout=seconds)
    except subprocess.TimeoutExpired as late:
        output, errors = _end(process)
        raise CommandFailed(f"{' '.join(command)} took more than {seconds} s:\n{output}\n{errors}") from late
    except KeyboardInterrupt:
        _end(process)
        raise
    if process.returncode not in codes:
        raise CommandFailed(f"{' '.join(command)} ended with {process.returncode}:\n{output[-8000:]}\n{errors[-8000:]}")
    return output


def _end(process: subprocess.Popen[str]) -> tuple[str, str]:
    with contextlib.suppress(ProcessLookupError):
        os.killpg(process.pid, signal.SIGTERM)
    return process.communicate(timeout=60)


def wait(what: str, check: Callable[[], Any], seconds: float = 60, every: float = POLL_SECONDS) -> Any:
    """Ask until check() answers something true, and answer it; an AssertionError is no answer yet."""
    end = time.monotonic() + seconds
    while True:
        missing: object = ""
        try:
            result = check()
            if result:
                return result
        except AssertionError as error:
            missing = error
        assert time.monotonic() < end, f"waited {seconds} s in vain for {what} {missing}"
        time.sleep(every)


def _is_grave(line: str) -> bool:
    return any(f" {level} " in line for level in ("WARNING", "ERROR", "CRITICAL", "TRACE"))
