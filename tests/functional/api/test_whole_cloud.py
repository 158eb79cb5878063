"""The life of a server over HTTP, with every daemon behind the API: in one process, on the fake driver."""

from __future__ import annotations

import shutil
import time

import pytest
from oslo_config import cfg

from nova.api import settings as api_settings
from nova.api.web import application
from nova.api.web.call import Api
from nova.base import settings as base_settings
from tests.databases import sqlite_url
from tests.functional.api.conftest import Client
from tests.functional.cloud import Cloud


@pytest.fixture
def whole(empty_sqlite, tmp_path):
    url = sqlite_url(shutil.copy(empty_sqlite, tmp_path / "nova.db"))
    with Cloud(tmp_path, url) as cloud:
        conf = cfg.ConfigOpts()
        base_settings.register(conf, [base_settings.OPTIONS, api_settings.OPTIONS])
        file = tmp_path / "api.conf"
        file.write_text("[DEFAULT]\nauth_strategy = noauth2\n")
        conf(["--config-file", str(file)], project="nova")
        app = application.with_api(application.load(conf, "osapi_compute"), Api(conf, cloud.bus, cloud.images))
        cloud.alice = Client(app, "alice", "p1")
        cloud.root = Client(app, "admin", "admin")
        yield cloud


def until(ask, path, wanted, version=None):
    """The server once it has this status, or None once it is gone."""
    end = time.monotonic() + 20
    while time.monotonic() < end:
        answer = ask("GET", path, version=version)
        status = answer.json["server"]["status"] if answer.status_int == 200 else None
        if status == wanted:
            return answer.json.get("server")
        time.sleep(0.05)
    raise AssertionError(f"{path} did not become {wanted}: {answer.text}")


def test_the_life_of_a_server(whole):
    ask = whole.alice
    body = {"server": {"name": "web", "imageRef": whole.image.id, "flavorRef": "1", "metadata": {"a": "1"}}}
    made = ask("POST", "/p1/servers", body)
    assert made.status_int == 202, made.text
    path = f"/servers/{made.json['server']['id']}"
    server = until(ask, path, "ACTIVE")
    assert server["addresses"]["private"][0]["addr"].startswith("10.1.0.")
    assert server["metadata"] == {"a": "1"} and server["hostId"]

    shown = ask("GET", "/servers/detail?name=^we&status=active&sort_key=display_name&sort_dir=asc", version="2.103")
    assert [each["id"] for each in shown.json["servers"]] == [server["id"]]
    assert whole.root("GET", "/servers").json["servers"] == []
    (found,) = whole.root("GET", "/servers/detail?all_tenants=1&locked=false&host=one", version="2.73").json["servers"]
    assert found["OS-EXT-SRV-ATTR:host"] == "one" and found["OS-EXT-SRV-ATTR:instance_name"] == "instance-00000001"

    assert ask("POST", f"{path}/action", {"os-stop": None}).status_int == 202
    until(ask, path, "SHUTOFF")
    again = ask("POST", f"{path}/action", {"os-stop": None})
    assert again.status_int == 409 and "vm_state stopped" in again.json["conflictingRequest"]["message"]
    assert ask("POST", f"{path}/action", {"os-start": None}).status_int == 202
    until(ask, path, "ACTIVE")
    assert ask("POST", f"{path}/action", {"reboot": {"type": "HARD"}}).status_int == 202
    until(ask, path, "ACTIVE")

    assert ask("PUT", path, {"server": {"name": "other"}}).json["server"]["name"] == "other"
    assert ask("POST", f"{path}/metadata", {"metadata": {"b": "2"}}).json == {"metadata": {"a": "1", "b": "2"}}
    assert ask("PUT", f"{path}/tags/blue", version="2.26").status_int == 201
    assert ask("POST", f"{path}/action", {"os-getConsoleOutput": {}}).status_int == 200
    done = ask("GET", f"{path}/os-instance-actions").json["instanceActions"]
    assert [each["action"] for each in done] == ["reboot", "start", "stop", "create"]
    (group,) = ask("GET", f"{path}/os-security-groups").json["security_groups"]
    assert group["name"] == "default"

    assert ask("DELETE", path).status_int == 204
    until(ask, path, None)
    assert whole.leftovers() == {}


@pytest.mark.parametrize("query", ["", *(f"sort_key={key}" for key in ("uuid", "display_name", "image_ref", "host"))])
def test_every_page_is_reached(whole, query):
    body = {"server": {"name": "web", "imageRef": whole.image.id, "flavorRef": "1", "min_count": 3}}
    assert whole.alice("POST", "/servers", body).status_int == 202
    ask = Client(whole.alice._app, "admin", "p1")
    for server in ask("GET", "/servers").json["servers"]:
        until(ask, f"/servers/{server['id']}", "ACTIVE")
    seen, path = [], f"/servers?limit=1&{query}"
    while path:
        answer = ask("GET", path)
        assert answer.status_int == 200, answer.text
        seen += [server["name"] for server in answer.json["servers"]]
        links = answer.json.get("servers_links", [])
        path = links[0]["href"].partition("/v2.1")[2] if links else None
    assert sorted(seen) == ["web-1", "web-2", "web-3"]


def test_every_filter_is_understood(whole):
    ask = Client(whole.alice._app, "admin", "p1")
    from nova.api.openstack.servers.query import EQUALS, MATCHES, SORT_KEYS, TAGS

    values = {"launch_index": "1", "power_state": "1", "progress": "1"}
    values |= dict.fromkeys(("created_at", "launched_at", "terminated_at"), "2026-01-01T00:00:00")
    for key in (*EQUALS, *MATCHES, *TAGS, "flavor", "config_drive", "locked", "auto_disk_config", "deleted"):
        answer = ask("GET", f"/servers?{key}={values.get(key, '1')}", version="2.103")
        assert answer.status_int == 200, (key, answer.text)
    for key in (*SORT_KEYS, "locked"):
        assert ask("GET", f"/servers?sort_key={key}", version="2.103").status_int == 200, key
