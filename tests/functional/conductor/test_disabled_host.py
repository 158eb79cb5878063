"""A host that an operator closes takes nothing more from that moment on, whatever the scheduler still believes."""

from __future__ import annotations

import shutil
from pathlib import Path

from nova.contracts.service import ServiceChange, Services
from tests.databases import sqlite_url
from tests.functional.cloud import Cloud


def test_a_host_closed_a_moment_ago_takes_no_server(tmp_path: Path, empty_sqlite: Path) -> None:
    url = sqlite_url(shutil.copy(empty_sqlite, tmp_path / "nova.db"))
    with Cloud(tmp_path, url, hosts=("one", "two"), look_every=3600) as cloud:
        for closed, open_ in (("one", "two"), ("two", "one")):
            services = cloud.client(Services)
            services.change(cloud.admin, change=ServiceChange(disabled=True), host=closed, binary="nova-compute")
            servers = [cloud.settled(cloud.boot()) for _ in range(3)]
            assert {server.host for server in servers if server} == {open_}
            services.change(cloud.admin, change=ServiceChange(disabled=False), host=closed, binary="nova-compute")


def test_a_closed_host_may_be_forced(tmp_path: Path, empty_sqlite: Path) -> None:
    url = sqlite_url(shutil.copy(empty_sqlite, tmp_path / "nova.db"))
    with Cloud(tmp_path, url, look_every=3600) as cloud:
        cloud.client(Services).change(
            cloud.admin, change=ServiceChange(disabled=True), host="one", binary="nova-compute"
        )
        forced = cloud.settled(cloud.boot(forced_host="one"))
        assert forced is not None and forced.host == "one"
