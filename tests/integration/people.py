"""Users of a cloud: what they send over plain HTTP, and the command line clients in their name."""

from __future__ import annotations

import itertools
import json
import time
import uuid
from dataclasses import dataclass, field
from typing import Any

import requests

from tests.integration.stacks import Stack, wait

LATEST = "2.103"
HTTP_SECONDS = 70
_numbers = itertools.count(1)


@dataclass
class User:
    """A user in a project, with the roles he has there. Without Keystone the token says it all."""

    stack: Stack
    name: str
    project: str
    password: str | None = None
    project_id: str = ""
    _token: str = ""
    _session: requests.Session = field(default_factory=requests.Session)

    def __post_init__(self) -> None:
        # Clouds are never behind this machine's proxy.
        self._session.trust_env = False
        if self.password is None:
            self._token, self.project_id = f"{self.name}:{self.project}", self.project

    @property
    def environment(self) -> dict[str, str]:
        """What the command line clients are told."""
        if self.password is None:
            return self.stack.openrc(self.name)
        return {
            "OS_AUTH_URL": self.stack.identity_url,
            "OS_IDENTITY_API_VERSION": "3",
            "OS_USERNAME": self.name,
            "OS_PASSWORD": self.password,
            "OS_PROJECT_NAME": self.project,
            "OS_USER_DOMAIN_NAME": "Default",
            "OS_PROJECT_DOMAIN_NAME": "Default",
            "OS_REGION_NAME": "RegionOne",
        }

    def openstack(self, *words: str, codes: tuple[int, ...] = (0,)) -> str:
        """What `openstack` prints."""
        return self.stack.client("openstack", self.environment, *words, codes=codes)

    def shown(self, *words: str) -> Any:
        """What `openstack ... -f json` prints, decoded."""
        return json.loads(self.openstack(*words, "-f", "json"))

    def nova(self, *words: str, codes: tuple[int, ...] = (0,)) -> str:
        """What `nova` prints, spoken to in the last microversion that has the calls of nova-network."""
        return self.stack.client("nova", self.environment, "--os-compute-api-version", "2.35", *words, codes=codes)

    def glance(self, *words: str) -> str:
        """What `glance` prints."""
        return self.stack.client("glance", self.environment, *words)

    def token(self) -> str:
        """A token of this user."""
        if not self._token:
            self._login()
        return self._token

    def send(
        self,
        method: str,
        path: str,
        body: Any = None,
        *,
        version: str = LATEST,
        headers: dict[str, str] | None = None,
        **more: Any,
    ) -> requests.Response:
        """One request to the Compute API; `path` begins with a slash. `body` is sent as JSON."""
        return self.fetch(
            method,
            self.stack.compute_url + path,
            json=body,
            headers={"OpenStack-API-Version": f"compute {version}", **(headers or {})},
            **more,
        )

    def fetch(self, method: str, url: str, *, headers: dict[str, str] | None = None, **more: Any) -> requests.Response:
        """One request to any service, with the user's token."""
        headers = {"X-Auth-Token": self.token(), **(headers or {})}
        return self._session.request(method, url, headers=headers, timeout=HTTP_SECONDS, **more)

    def get(self, path: str, *, version: str = LATEST) -> Any:
        """The decoded body of what is there."""
        return self.ask("GET", path, version=version)

    def ask(self, method: str, path: str, body: Any = None, *, version: str = LATEST, **more: Any) -> Any:
        """As `send`; answers the decoded body of a success, and fails with what was answered otherwise."""
        answer = self.send(method, path, body, version=version, **more)
        assert answer.status_code < 300, f"{method} {path} answered {answer.status_code}: {answer.text[:1000]}"
        return answer.json() if answer.content else None

    def image_id(self, name: str = "test-guest-disk") -> str:
        """The id of an image."""
        answer = self.fetch("GET", f"{self.stack.image_url}/v2/images", params={"name": name})
        return str(answer.json()["images"][0]["id"])

    def wish(self, **more: Any) -> dict[str, Any]:
        """The body of a small server's create."""
        server = {"name": f"server-{next(_numbers)}", "flavorRef": "42", "imageRef": self.image, "networks": "auto"}
        return {"server": {**server, **more}}

    @property
    def image(self) -> str:
        """The test image's id, looked up once."""
        if "image" not in self._remembered:
            self._remembered["image"] = self.image_id()
        return self._remembered["image"]

    def boot(self, **more: Any) -> str:
        """Ask for a server; answers its id."""
        return str(self.ask("POST", "/servers", self.wish(**more))["server"]["id"])

    def servers(self) -> dict[str, dict[str, Any]]:
        """All of the project's servers in full, by id."""
        return {server["id"]: server for server in self.get("/servers/detail")["servers"]}

    def active(self, server: str, seconds: float = 60) -> dict[str, Any]:
        """Wait until a server is ACTIVE and answer it; fails at once when it is in ERROR."""
        shown = self.settled(server, seconds)
        assert shown["status"] == "ACTIVE", f"{shown['status']}: {shown.get('fault')}"
        return shown

    def settled(self, server: str, seconds: float = 60) -> dict[str, Any]:
        """Wait until nothing is being done to a server and answer it."""

        def look() -> Any:
            shown = self.get(f"/servers/{server}")["server"]
            return shown if shown["status"] != "BUILD" and shown["OS-EXT-STS:task_state"] is None else None

        return dict(wait(f"server {server} to settle", look, seconds))

    def clear(self, seconds: float = 60) -> None:
        """Delete all servers of the project and wait until they are gone."""
        for server in self.servers():
            self.send("DELETE", f"/servers/{server}")
        wait("all servers to be gone", lambda: not self.servers(), seconds)

    _remembered: dict[str, str] = field(default_factory=dict)

    def _login(self) -> None:
        domain = {"id": "default"}
        user: Any = {"name": self.name, "password": self.password, "domain": domain}
        body: Any = {
            "auth": {
                "identity": {"methods": ["password"], "password": {"user": user}},
                "scope": {"project": {"name": self.project, "domain": domain}},
            }
        }
        answer = self._session.post(f"{self.stack.identity_url}/auth/tokens", json=body, timeout=HTTP_SECONDS)
        assert answer.status_code == 201, answer.text
        self._token, self.project_id = answer.headers["X-Subject-Token"], answer.json()["token"]["project"]["id"]


def admin(stack: Stack) -> User:
    """The administrator that stack.sh makes."""
    user = User(stack, "admin", "admin", stack.openrc("admin").get("OS_PASSWORD"))
    user.token()
    return user


class Keystone:
    """Makes projects and users, as the administrator."""

    def __init__(self, administrator: User) -> None:
        self._admin = administrator
        listed = self._request("GET", "/roles")["roles"]
        self._roles = {role["name"]: role["id"] for role in listed}

    def project(self, name: str = "project") -> tuple[str, str]:
        """A new project; its id and name, which no other has."""
        full = f"{name}-{uuid.uuid4().hex[:8]}"
        made = self._request("POST", "/projects", {"project": {"name": full, "domain_id": "default"}})["project"]
        return made["id"], full

    def user(self, project: tuple[str, str], *roles: str) -> User:
        """A new user with these roles in the project."""
        name, password = f"{'-'.join(roles)}-{uuid.uuid4().hex[:8]}", uuid.uuid4().hex
        wanted = {"name": name, "password": password, "domain_id": "default"}
        made = self._request("POST", "/users", {"user": wanted})["user"]
        for role in roles:
            self._request("PUT", f"/projects/{project[0]}/users/{made['id']}/roles/{self._roles[role]}")
        return User(self._admin.stack, name, project[1], password, project[0])

    def _request(self, method: str, path: str, body: Any = None) -> Any:
        answer = self._admin.fetch(method, self._admin.stack.identity_url + path, json=body)
        assert answer.status_code < 300, answer.text
        return answer.json() if answer.content else None


def raise_limits(administrator: User, project_id: str, **limits: int) -> None:
    """Let a project have so much."""
    administrator.ask("PUT", f"/os-quota-sets/{project_id}", {"quota_set": limits})


def until_quiet(user: User, seconds: float = 60) -> dict[str, dict[str, Any]]:
    """Wait until every server of the project is ACTIVE or in ERROR with a fault, or gone; answers those there."""

    def look() -> Any:
        try:
            servers = user.servers()
        except requests.RequestException as away:
            raise AssertionError(str(away)) from away
        unrest = {
            server["id"]: (server["status"], server["OS-EXT-STS:task_state"])
            for server in servers.values()
            if server["status"] not in ("ACTIVE", "ERROR") or server["OS-EXT-STS:task_state"] is not None
        }
        assert not unrest, unrest
        for server in servers.values():
            assert server["status"] == "ACTIVE" or server["fault"]["message"], server
        return servers, time.monotonic()

    return dict(wait("all servers to settle", look, seconds)[0])
