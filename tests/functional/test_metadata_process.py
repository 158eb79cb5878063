"""nova-api-metadata as a process: guests share it, however one of them behaves."""

from __future__ import annotations

import http.client
import select
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from nova.api.metadata.settings import MOST_OF_A_GUEST

PATIENCE = 30


@pytest.fixture
def port(tmp_path: Path) -> Iterator[int]:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        found = int(probe.getsockname()[1])
    conf = tmp_path / "nova.conf"
    conf.write_text(
        "[DEFAULT]\ntransport_url = fake://metadata\nauth_strategy = noauth2\n"
        f"metadata_listen = 127.0.0.1\nmetadata_listen_port = {found}\nmetadata_workers = 1\n"
    )
    command = [sys.executable, "-m", "nova.cmd.api_metadata", "--config-file", str(conf)]
    with (tmp_path / "log").open("wb") as log:
        process = subprocess.Popen(command, cwd=Path(__file__).parents[2], stdout=log, stderr=log)
    try:
        until = time.monotonic() + PATIENCE
        while not answers(found):
            assert process.poll() is None and time.monotonic() < until, (tmp_path / "log").read_text()
            time.sleep(0.05)
        yield found
    finally:
        process.terminate()
        process.wait(timeout=PATIENCE)


def answers(port: int) -> bool:
    try:
        return versions(port, "127.0.0.1") == 200
    except OSError:
        return False


def connected(port: int, source: str) -> socket.socket:
    return socket.create_connection(("127.0.0.1", port), timeout=PATIENCE, source_address=(source, 0))


def versions(port: int, source: str) -> int:
    """The status of the list of versions, for which no server need be known."""
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=PATIENCE, source_address=(source, 0))
    try:
        connection.request("GET", "/")
        return connection.getresponse().status
    finally:
        connection.close()


def test_a_guest_that_holds_connections_keeps_nobody_out(port: int) -> None:
    assert versions(port, "127.0.0.2") == 200
    held = [connected(port, "127.0.0.2") for _ in range(MOST_OF_A_GUEST + 5)]
    closed: list[socket.socket] = []
    until = time.monotonic() + PATIENCE
    while len(closed) < 5 and time.monotonic() < until:
        closed, _, _ = select.select(held, [], [], 0.2)
    assert len(closed) == 5 and all(one.recv(1) == b"" for one in closed)
    assert versions(port, "127.0.0.3") == 200
    for one in held:
        one.close()
    until = time.monotonic() + PATIENCE
    while True:
        try:
            assert versions(port, "127.0.0.2") == 200
            return
        except (OSError, http.client.HTTPException):
            assert time.monotonic() < until, "its share is not given back"
            time.sleep(0.05)
