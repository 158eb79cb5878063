"""Makes the projects, users, roles, services and endpoints of the cloud in Keystone, in one process.

Run again it changes only what is missing or different. Passwords come from the environment
(ADMIN_PASSWORD, DEMO_PASSWORD, SERVICE_PASSWORD), so that no process list shows them.
"""

import argparse
import os
from typing import Any

from keystoneauth1.identity import v3
from keystoneauth1.session import Session

ROLES = ("admin", "manager", "member", "reader", "service")
SERVICE_USERS = ("nova", "glance")
SERVICE_NAMES = {"compute": "nova", "image": "glance"}
DEFAULT_DOMAIN = "default"


class Identity:
    """The few requests of the Identity API that are needed here."""

    def __init__(self, auth_url: str, password: str) -> None:
        """Logs in as the administrator that keystone-manage bootstrap made."""
        auth = v3.Password(
            auth_url=auth_url,
            username="admin",
            password=password,
            user_domain_id=DEFAULT_DOMAIN,
            project_name="admin",
            project_domain_id=DEFAULT_DOMAIN,
        )
        self._session = Session(auth=auth)
        self._base = auth_url

    def ensure(self, kind: str, match: dict[str, str], **values: str) -> dict[str, Any]:
        """Returns the one resource (kind "project", "user" ...) with the fields of match; makes it if missing."""
        found = self._request("GET", f"/{kind}s", params=match)[f"{kind}s"]
        if not found:
            made: dict[str, Any] = self._request("POST", f"/{kind}s", json={kind: match | values})[kind]
            return made
        first: dict[str, Any] = found[0]
        different = {key: value for key, value in values.items() if first.get(key, value) != value}
        if different:
            self._request("PATCH", f"/{kind}s/{first['id']}", json={kind: different})
        return first

    def ensure_user(self, name: str, password: str) -> str:
        """Returns the id of a user of the default domain, who has this password if just made."""
        user = self.ensure("user", {"name": name, "domain_id": DEFAULT_DOMAIN}, password=password)
        return str(user["id"])

    def grant(self, user: str, project: str, role: str) -> None:
        """Gives a user (id) a role (id) on a project (id)."""
        self._request("PUT", f"/projects/{project}/users/{user}/roles/{role}")

    def _request(self, method: str, path: str, **arguments: Any) -> Any:
        response = self._session.request(self._base + path, method, connect_retries=3, **arguments)
        return response.json() if response.content else None


def make_accounts(identity: Identity, demo_password: str, service_password: str) -> None:
    """Makes project and user demo, the project service and one user for each service."""
    roles = {name: identity.ensure("role", {"name": name})["id"] for name in ROLES}
    demo = identity.ensure("project", {"name": "demo", "domain_id": DEFAULT_DOMAIN})["id"]
    service = identity.ensure("project", {"name": "service", "domain_id": DEFAULT_DOMAIN})["id"]
    demo_user = identity.ensure_user("demo", demo_password)
    for role in ("member", "reader"):
        identity.grant(demo_user, demo, roles[role])
    for name in SERVICE_USERS:
        user = identity.ensure_user(name, service_password)
        for role in ("admin", "service"):
            identity.grant(user, service, roles[role])


def make_endpoint(identity: Identity, region: str, kind: str, url: str) -> None:
    """Enters a service of this type into the catalogue, at the same address for all three interfaces."""
    service = identity.ensure("service", {"type": kind, "name": SERVICE_NAMES[kind]})["id"]
    for interface in ("public", "internal", "admin"):
        match = {"service_id": service, "interface": interface, "region_id": region}
        identity.ensure("endpoint", match, url=url)


def main() -> None:
    """Reads the arguments and makes everything."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--auth-url", required=True)
    parser.add_argument("--region", required=True)
    parser.add_argument("--endpoint", action="append", default=[], metavar="TYPE=URL")
    arguments = parser.parse_args()
    identity = Identity(arguments.auth_url, os.environ["ADMIN_PASSWORD"])
    make_accounts(identity, os.environ["DEMO_PASSWORD"], os.environ["SERVICE_PASSWORD"])
    for endpoint in arguments.endpoint:
        kind, _, url = endpoint.partition("=")
        make_endpoint(identity, arguments.region, kind, url)


if __name__ == "__main__":
    main()
