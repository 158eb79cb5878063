"""One logged-in session for a script that prepares or looks after the cloud.

Who logs in comes from the environment: CLOUD_USER, and with Keystone CLOUD_PASSWORD and CLOUD_AUTH_URL.
Without CLOUD_AUTH_URL nobody checks users, and the token says who it is, as nova's noauth2 expects.
"""

import os
import sys
import time
from collections.abc import Callable
from typing import Any, NoReturn

from keystoneauth1 import token_endpoint
from keystoneauth1.identity import v3
from keystoneauth1.session import Session

POLL_SECONDS = 0.25


class Service:
    """One REST service: its base address, and JSON in and out."""

    def __init__(self, base: str, headers: dict[str, str] | None = None) -> None:
        """The base address is without a slash at its end; headers go with each request."""
        self._base = base
        self._headers = headers or {}
        self._session = Session(auth=_login(base))

    def request(self, method: str, path: str, *, allow: tuple[int, ...] = (), **arguments: Any) -> Any:
        """Returns the decoded body, None when there is none or when the status is one of allow."""
        headers = self._headers | arguments.pop("headers", {})
        answer = self._session.request(
            self._base + path, method, headers=headers, raise_exc=False, connect_retries=5, **arguments
        )
        if answer.status_code in allow:
            return None
        if answer.status_code >= 400:
            give_up(f"{method} {path} answered {answer.status_code}: {answer.text[:500]}")
        return answer.json() if answer.content else None

    def get(self, path: str, **arguments: Any) -> Any:
        """Returns what is at the path."""
        return self.request("GET", path, **arguments)

    def post(self, path: str, body: Any, **arguments: Any) -> Any:
        """Sends the body as JSON."""
        return self.request("POST", path, json=body, **arguments)


def compute(base: str, microversion: str = "2.1") -> Service:
    """The Compute API at this address, spoken to in one microversion."""
    return Service(base, {"OpenStack-API-Version": f"compute {microversion}"})


def wait_for(what: str, seconds: float, check: Callable[[], Any]) -> Any:
    """Asks until check() returns something true and returns it; gives up after so many seconds."""
    end = time.monotonic() + seconds
    while True:
        result = check()
        if result:
            return result
        if time.monotonic() > end:
            give_up(f"{what}: not there after {seconds:.0f} seconds")
        time.sleep(POLL_SECONDS)


def give_up(reason: str) -> NoReturn:
    """Ends the script with this reason."""
    sys.exit(reason)


def _login(base: str) -> Any:
    user = os.environ["CLOUD_USER"]
    auth_url = os.environ.get("CLOUD_AUTH_URL")
    if not auth_url:
        return token_endpoint.Token(base, f"{user}:{user}")
    return v3.Password(
        auth_url=auth_url,
        username=user,
        password=os.environ["CLOUD_PASSWORD"],
        user_domain_id="default",
        project_name=user,
        project_domain_id="default",
    )
