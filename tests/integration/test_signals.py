"""What operators do to single daemons: signals, graceful ends, and a daemon that hears nothing any more."""

from __future__ import annotations

import re
import signal
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
import requests

from tests.integration.people import User
from tests.integration.stacks import VENVS, Stack, run, wait

DAEMONS = (
    "nova-api", "nova-api-metadata", "nova-compute-1", "nova-conductor-2", "nova-consoleauth", "nova-network",
    "nova-novncproxy", "nova-scheduler",
)  # fmt: skip
UNBIND = """
import sys, kombu
with kombu.Connection(sys.argv[1]) as connection:
    connection.default_channel.queue_unbind(sys.argv[2], exchange="nova", routing_key=sys.argv[2])
"""


@contextmanager
def settings(path: Path, text: str) -> Iterator[None]:
    """More lines at the end of a configuration file, for a while."""
    before = path.read_text()
    path.write_text(before + text)
    try:
        yield
    finally:
        path.write_text(before)


def said(stack: Stack, name: str, pattern: str, start: int) -> bool:
    """Whether a daemon's log says this after so many bytes."""
    return bool(re.search(pattern, stack.log(name).read_bytes()[start:].decode(errors="replace")))


def made(member: User) -> bool:
    """Whether a server can be made; one that fails at first, for want of a daemon, is no answer."""
    try:
        return bool(member.active(member.boot()))
    except requests.ConnectionError:
        return False


def end(stack: Stack, name: str) -> int:
    """The bytes that a daemon's log has."""
    return stack.log(name).stat().st_size


def test_settings_are_read_again_on_sighup(stack: Stack, member: User) -> None:
    """nova-api's workers begin to log at level debug; a conductor's report shows the new setting"""
    conductor, api = "nova-conductor-1", "nova-api"
    starts = {name: end(stack, name) for name in (conductor, api)}
    with settings(stack.data / "etc/nova/nova.conf", "\n[DEFAULT]\ndebug = true\n"):
        stack.signal(api, signal.SIGHUP)
        stack.signal(conductor, signal.SIGHUP)

        def louder() -> bool:
            member.servers()
            stack.signal(conductor, signal.SIGUSR2)
            return said(stack, api, " DEBUG ", starts[api]) and said(
                stack, conductor, "debug = True", starts[conductor]
            )

        wait("the new log level", louder, 30, every=1)
    for name in starts:
        stack.signal(name, signal.SIGHUP)


@pytest.mark.parametrize("name", ["nova-conductor-1", "nova-compute-1", "nova-api", "nova-novncproxy"])
def test_a_report_on_sigusr2(stack: Stack, name: str) -> None:
    """Threads and settings, without secrets, and the daemon goes on"""
    start = end(stack, name)
    pid = stack.signal(name, signal.SIGUSR2)
    wait("a report", lambda: said(stack, name, "(?s)Guru Meditation.*Threads.*Configuration", start), 20)
    report = stack.log(name).read_bytes()[start:].decode(errors="replace")
    secrets = (stack.data / "etc/secrets.conf").read_text().splitlines()
    assert not [line for line in secrets if line.split("=")[1] in report]
    assert stack.pid(name) == pid


def test_idle_daemons_end_with_code_0(stack: Stack, member: User) -> None:
    """SIGTERM, one after the other; then all come back"""
    journal = stack.data / "log/supervisord.log"
    start = journal.stat().st_size
    for name in DAEMONS:
        stack.stop(name)
    lines = journal.read_bytes()[start:].decode()
    ended = dict(re.findall(r"stopped: (\S+) \((.*)\)", lines))
    assert ended == dict.fromkeys(DAEMONS, "exit status 0")
    for name in reversed(DAEMONS):
        stack.start(name)
    wait("a server to be made again", lambda: made(member), 60)


def test_a_deaf_daemon_ends_itself(stack: Stack) -> None:
    """Its queue is cut off from the broker's exchange: it cannot know but by calling itself"""
    name, queue = "nova-compute-1", "compute.compute-1"
    url = re.search(r"transport_url = (\S+)", (stack.data / "etc/nova/nova.conf").read_text())
    assert url
    broker = url[1].replace("rabbit://", "amqp://")
    start = end(stack, name)
    with settings(stack.data / f"etc/nova/{name}.conf", "\n[DEFAULT]\nwatchdog_timeout = 10\nreport_interval = 2\n"):
        stack.restart(name)
        pid = stack.pid(name)
        wait("the daemon to hear", lambda: said(stack, name, f" {pid} .*is ready", start), 30)
        python = str(VENVS / "venv-nova/bin/python")
        run([str(stack.data / "bin/in-cloud"), python, "-c", UNBIND, broker, queue])
        stack.wait_running(name, not_pid=pid, seconds=60)
    assert said(stack, name, "does not hear its own calls", start)
    stack.restart(name)
