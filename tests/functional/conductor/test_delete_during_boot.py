"""A delete does not wait for what it makes needless."""

from __future__ import annotations

import shutil
import threading
from pathlib import Path

import pytest

from tests.databases import sqlite_url
from tests.functional.cloud import Cloud


@pytest.mark.parametrize("where", ["same conductor", "another"])
def test_a_delete_interrupts_a_long_step(tmp_path: Path, empty_sqlite: Path, where: str) -> None:
    reached, release = threading.Event(), threading.Event()
    with Cloud(tmp_path, sqlite_url(shutil.copy(empty_sqlite, tmp_path / "nova.db"))) as cloud:
        driver = cloud.hosts["one"].driver
        make_disks = driver.make_disks

        def endless(guest, fetch):  # type: ignore[no-untyped-def]
            reached.set()
            release.wait(30)
            make_disks(guest, fetch)

        driver.make_disks = endless  # type: ignore[method-assign]
        server = cloud.boot()
        assert reached.wait(10)
        if where == "another":
            cloud.conduct()
            # The first conductor takes no more requests, but goes on with its task.
            cloud.conductors[0][1]._server.stop()
        cloud.act(server, "delete")
        threading.Timer(0.5, release.set).start()
        assert cloud.settled(server) is None
        assert not cloud.leftovers()


def test_deletes_at_any_moment_of_many_boots(tmp_path: Path, empty_sqlite: Path) -> None:
    with Cloud(tmp_path, sqlite_url(shutil.copy(empty_sqlite, tmp_path / "nova.db"))) as cloud:
        answer = cloud.create(min_count=8, max_count=8)
        for server in answer.servers:
            cloud.act(server, "delete")
        for server in answer.servers:
            assert cloud.settled(server) is None
        assert not cloud.leftovers()
