"""The API over HTTP on the in-memory bus, with endpoints that a test puts in."""

from __future__ import annotations

import itertools
import shutil
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import Any

import pytest
import webob
from oslo_config import cfg
from oslo_policy import opts

from nova.api import settings as api_settings
from nova.api.web import application
from nova.api.web.call import Api
from nova.base import settings
from nova.base.contract import Contract
from nova.bus import settings as bus_settings
from nova.bus.bus import Bus
from nova.clients import settings as client_settings
from nova.conductor.daemon import Conductor
from nova.conductor.db.engine import Database
from tests.databases import make_conf, sqlite_url
from tests.functional.api.fake_daemons import FakeServers, make_server

_numbers = itertools.count()


class Client:
    """Asks the application as a user would; answers webob responses."""

    def __init__(self, app: Any, user: str, project: str) -> None:
        self._app, self._token = app, f"{user}:{project}"

    def __call__(
        self,
        method: str,
        path: str,
        body: Any = None,
        *,
        version: str | None = None,
        headers: dict[str, str] | None = None,
        root: str = "/v2.1",
        raw: bytes | None = None,
    ) -> webob.Response:
        request = webob.Request.blank(f"{root}{path}", method=method, base_url="http://openstack.example.com")
        request.headers["X-Auth-Token"] = self._token
        if version:
            request.headers["OpenStack-API-Version"] = f"compute {version}"
        request.headers.update(headers or {})
        if raw is not None:
            request.body = raw
            request.content_type = (headers or {}).get("Content-Type", "application/json")
        elif body is not None:
            request.json, request.content_type = body, "application/json"
        return request.get_response(self._app)


class Cloud:
    """An API process with the daemons a test serves."""

    def __init__(self, conf: cfg.ConfigOpts) -> None:
        self.conf = conf
        self.bus = Bus(conf)
        self._stops: list[Callable[[], None]] = []
        self.images: Any = None
        self._app: Any = None

    def serve(self, endpoints: Sequence[Contract], topic: str = "conductor", host: str = "controller") -> None:
        server = self.bus.serve(topic, host, list(endpoints))
        server.start()
        self._stops.append(server.stop)

    def client(self, user: str = "alice", project: str = "p1") -> Client:
        if self._app is None:
            app = application.load(self.conf, "osapi_compute")
            self._app = application.with_api(app, Api(self.conf, self.bus, self.images))
        return Client(self._app, user, project)

    def decree(self, folder: Path, rule: str, check: str) -> None:
        """A policy rule as an operator's file changes it."""
        file = folder / "policy.yaml"
        file.write_text(f'"{rule}": "{check}"\n')
        opts.set_defaults(self.conf)
        self.conf.set_override("policy_file", str(file), group="oslo_policy")

    def close(self) -> None:
        for stop in self._stops:
            stop()
        self.bus.close()


@pytest.fixture
def conf(tmp_path: Path) -> Iterator[cfg.ConfigOpts]:
    file = tmp_path / "nova.conf"
    file.write_text(f"[DEFAULT]\ntransport_url = fake://api{next(_numbers)}\nauth_strategy = noauth2\n")
    tables = [api_settings.OPTIONS, bus_settings.OPTIONS, client_settings.OPTIONS]
    found = settings.load(["--config-file", str(file)], program="nova-api", options=tables)
    yield found
    found.clear()
    found.reset()


@pytest.fixture
def cloud(conf: cfg.ConfigOpts) -> Iterator[Cloud]:
    found = Cloud(conf)
    yield found
    found.close()


@pytest.fixture
def servers(cloud: Cloud) -> FakeServers:
    """The conductor's servers, with one of alice's in it."""
    found = FakeServers()
    found.put(make_server())
    cloud.serve([found])
    return found


@pytest.fixture
def conductor(cloud: Cloud, empty_sqlite: Path, tmp_path: Path) -> Iterator[Conductor]:
    """A conductor as it is, over SQLite, on the API's bus; its tasks do not run."""
    found = Conductor(make_conf(sqlite_url(shutil.copy(empty_sqlite, tmp_path / "nova.db")), host="controller"))
    cloud.serve(found.endpoints(cloud.bus))
    yield found
    found.stop()


@pytest.fixture
def database(conductor: Conductor) -> Database:
    """That conductor's database."""
    return conductor.database
