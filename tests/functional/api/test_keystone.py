"""The keystone pipeline, against an identity service that counts what it is asked."""

from __future__ import annotations

import datetime
import json
import re
import threading
from collections import Counter
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import pytest
from keystoneauth1 import loading

from nova.base import settings
from tests.functional.api.fake_daemons import make_server

UUID = make_server().uuid
LATER = (datetime.datetime.now(datetime.UTC) + datetime.timedelta(hours=1)).strftime("%Y-%m-%dT%H:%M:%S.000000Z")
DOMAIN = {"id": "default", "name": "Default"}


def token_of(user, roles):
    return {
        "token": {
            "methods": ["password"],
            "user": {"id": user, "name": user, "domain": DOMAIN},
            "project": {"id": "p1", "name": "demo", "domain": DOMAIN},
            "roles": [{"id": role, "name": role} for role in roles],
            "expires_at": LATER,
            "issued_at": "2026-01-01T00:00:00.000000Z",
            "audit_ids": ["a"],
            "catalog": [],
        }
    }


TOKENS = {
    "good": token_of("alice", ["member", "reader"]),
    "reader": token_of("carol", ["reader"]),
    "nothing": token_of("dave", []),
}


class Keystone(BaseHTTPRequestHandler):
    asked: Counter[str]

    def _answer(self, status, body, **headers):
        raw = json.dumps(body).encode()
        self.send_response(status)
        for name, value in {"Content-Type": "application/json", "Content-Length": str(len(raw)), **headers}.items():
            self.send_header(name, value)
        self.end_headers()
        self.wfile.write(raw)

    def do_GET(self):
        subject = self.headers.get("X-Subject-Token")
        if subject:
            self.asked["validate"] += 1
            found = TOKENS.get(subject)
            self._answer(200 if found else 404, found or {"error": {"code": 404, "message": "", "title": ""}})
            return
        url = f"http://{self.headers['Host']}/v3/"
        version = {"id": "v3.14", "status": "stable", "links": [{"rel": "self", "href": url}], "media-types": []}
        body = {"version": version} if "v3" in self.path else {"versions": {"values": [version]}}
        self._answer(200, body)

    def do_POST(self):
        self.asked["login"] += 1
        given = token_of("nova", ["service"])
        endpoint = {"interface": "internal", "region_id": "r", "url": f"http://{self.headers['Host']}", "id": "e"}
        given["token"]["catalog"] = [{"type": "identity", "name": "keystone", "id": "s", "endpoints": [endpoint]}]
        self._answer(201, given, **{"X-Subject-Token": "service-token"})

    def log_message(self, *words):
        pass


@pytest.fixture
def keystone(conf, tmp_path):
    handler = type("Counting", (Keystone,), {"asked": Counter()})
    server = ThreadingHTTPServer(("127.0.0.1", 0), handler)
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    url = f"http://127.0.0.1:{server.server_port}/v3"
    file = tmp_path / "nova.conf"
    section = (
        f"[keystone_authtoken]\nauth_url = {url}\nwww_authenticate_uri = {url}\nauth_type = password\nusername = nova\n"
        "password = secret\nproject_name = service\nuser_domain_id = default\nproject_domain_id = default\n"
    )
    file.write_text(file.read_text().replace("noauth2", "keystone") + section)
    settings.load(["--config-file", str(file)], program="nova-api")
    yield handler
    server.shutdown()
    server.server_close()
    thread.join()
    # They are registered for the whole process, and one is required of every later test's file.
    conf.reset()
    conf.unregister_opts(loading.get_auth_plugin_conf_options("password"), group="keystone_authtoken")


def ask(cloud, token, method="GET", path=f"/p1/servers/{UUID}"):
    return cloud.client()(method, path, headers={"X-Auth-Token": token})


def test_keystone_is_asked_once_a_token(keystone, cloud, servers):
    for _ in range(20):
        assert ask(cloud, "good").status_int == 200
    assert keystone.asked == {"login": 1, "validate": 1}


def test_a_bad_token_is_no_entry(keystone, cloud, servers):
    answer = ask(cloud, "forged")
    assert answer.status_int == 401 and "Keystone uri" in answer.headers["WWW-Authenticate"]
    assert answer.headers["X-Compute-Request-Id"] and servers.asked == []


@pytest.mark.parametrize("token", ["", " ", "\t", "x" * 20_000])
def test_keystone_is_not_asked_about_what_can_be_no_token(keystone, cloud, servers, token):
    assert ask(cloud, token).status_int == 401 and not keystone.asked
    given = {"X-Auth-Token": "good", "X-Service-Token": token}
    assert cloud.client()("GET", f"/p1/servers/{UUID}", headers=given).status_int == 200


def test_a_silent_keystone_is_said_in_a_fault(keystone, cloud, servers, tmp_path):
    file = tmp_path / "nova.conf"
    file.write_text(re.sub(r"127.0.0.1:\d+", "127.0.0.1:9", file.read_text()))
    settings.load(["--config-file", str(file)], program="nova-api")
    answer = ask(cloud, "good")
    assert answer.status_int == 503 and answer.headers["Retry-After"] == "30"
    assert answer.json["serviceUnavailable"]["message"].startswith("Keystone does not answer")


def test_roles_decide(keystone, cloud, servers):
    assert ask(cloud, "reader").status_int == 200
    assert ask(cloud, "reader", "DELETE").status_int == 403
    assert ask(cloud, "nothing").status_int == 403
    answer = ask(cloud, "good", "GET", "/p1/servers?all_tenants=1")
    assert answer.json["forbidden"]["message"] == (
        "Policy doesn't allow os_compute_api:servers:index:get_all_tenants to be performed."
    )


def test_the_operators_policy_file_is_heeded_and_read_again(keystone, cloud, servers, tmp_path):
    policy = tmp_path / "policy.yaml"
    policy.write_text('"os_compute_api:servers:show": "!"\n')
    cloud.conf.set_override("policy_file", str(policy), group="oslo_policy")
    assert ask(cloud, "good").status_int == 403
    policy.write_text("{}\n" + "#" * 100)
    assert ask(cloud, "good").status_int == 200
