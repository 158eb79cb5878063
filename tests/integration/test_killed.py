"""Each daemon is killed while servers are made and deleted: nothing waits for ever, nothing leaks."""

from __future__ import annotations

import os
import random
import signal
import threading
import time
from concurrent.futures import ThreadPoolExecutor

import pytest
import requests

from tests.integration.people import User, until_quiet
from tests.integration.stacks import Stack, wait

SERVERS = 20
RECOVERY_SECONDS = 60
LONGEST_DELAY = 1.5
DAEMONS = ("nova-conductor-1", "nova-scheduler", "nova-compute-1", "nova-network", "nova-consoleauth", "nova-api")


def patiently(user: User, method: str, path: str, body: object = None) -> requests.Response | None:
    """One request; None when the daemon that took it died."""
    try:
        return user.send(method, path, body)
    except requests.ConnectionError:
        return None


def kill_soon(stack: Stack, name: str, delay: float) -> threading.Thread:
    """Kill a daemon in a while, one worker of those that have several; the thread ends when it is back."""
    workers = stack.children(name) if name == "nova-api" else []
    pid = workers[0] if workers else stack.pid(name)

    def work() -> None:
        time.sleep(delay)
        os.kill(pid, signal.SIGKILL)
        if workers:
            wait("a new worker", lambda: pid not in stack.children(name) and len(stack.children(name)) == len(workers))
        else:
            stack.wait_running(name, not_pid=pid)

    thread = threading.Thread(target=work)
    thread.start()
    return thread


@pytest.mark.parametrize("name", DAEMONS)
def test_servers_are_made_or_fail_and_go_without_a_trace(stack: Stack, member: User, name: str) -> None:
    """Boots with a kill among them, then deletes with another."""
    chance = random.Random(name)
    killing = kill_soon(stack, name, chance.uniform(0.1, LONGEST_DELAY))
    with ThreadPoolExecutor(4) as pool:
        asked = list(pool.map(lambda _: patiently(member, "POST", "/servers", member.wish()), range(SERVERS)))
    refused = [answer.text for answer in asked if answer is not None and answer.status_code not in (202, 503)]
    killing.join()
    assert not refused
    servers = until_quiet(member, RECOVERY_SECONDS)
    assert len(servers) >= len([answer for answer in asked if answer is not None and answer.status_code == 202])
    wait("a clean audit", lambda: not_found(stack), RECOVERY_SECONDS, every=2)

    killing = kill_soon(stack, name, chance.uniform(0.1, LONGEST_DELAY))
    with ThreadPoolExecutor(4) as pool:
        list(pool.map(lambda server: patiently(member, "DELETE", f"/servers/{server}"), servers))
    killing.join()
    wait("the servers to be gone", lambda: gone(member), RECOVERY_SECONDS)
    wait("a clean audit", lambda: not_found(stack), RECOVERY_SECONDS, every=2)


def gone(user: User) -> bool:
    """Whether the project has no server; those whose delete was never taken are asked for again."""
    left = user.servers()
    for server in left.values():
        if server["OS-EXT-STS:task_state"] is None:
            patiently(user, "DELETE", f"/servers/{server['id']}")
    return not left


def not_found(stack: Stack) -> bool:
    """True when nothing is without an owner; what is fails the test when it stays so."""
    findings = stack.audit()
    assert not findings, findings
    return True
