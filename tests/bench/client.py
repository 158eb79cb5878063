"""One keep-alive connection to a cloud's Compute API, with the standard library alone: the caller costs little."""

from __future__ import annotations

import http.client
import json
import queue
import threading
import time
import urllib.parse
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from typing import Any

TIMEOUT = 120.0


class Refused(Exception):
    """The API answered with an error."""


@dataclass(frozen=True)
class Login:
    """A token, the project it is for, and where the Compute API is."""

    token: str
    project: str
    compute: str

    def headers(self) -> dict[str, str]:
        """What goes with each request."""
        return {"X-Auth-Token": self.token, "OpenStack-API-Version": "compute 2.37", "Accept": "application/json"}


class Client:
    """Used by one thread. The connection is made anew where the server closed it."""

    def __init__(self, base: str, headers: dict[str, str]) -> None:
        self._url = urllib.parse.urlsplit(base)
        self._headers = headers
        self._connection: http.client.HTTPConnection | None = None

    def call(self, method: str, path: str, body: Any = None) -> tuple[int, Any, bytes]:
        """Status, headers and body."""
        data = None if body is None else json.dumps(body).encode()
        headers = {**self._headers, "Content-Type": "application/json"} if data else self._headers
        for last in (False, True):
            connection = self._open()
            try:
                connection.request(method, self._url.path.rstrip("/") + path, data, headers)
                answer = connection.getresponse()
                return answer.status, answer.headers, answer.read()
            except (http.client.HTTPException, ConnectionError):
                connection.close()
                self._connection = None
                if last:
                    raise
        raise AssertionError("the loop returns or raises")

    def json(self, method: str, path: str, body: Any = None) -> Any:
        """The decoded body. Refused for any error."""
        status, _, text = self.call(method, path, body)
        if status >= 400:
            raise Refused(f"{method} {path} answered {status}: {text[:300]!r}")
        return json.loads(text) if text else None

    def timed(self, method: str, path: str, body: Any = None) -> float:
        """Milliseconds until the body is read. Refused for any error."""
        began = time.perf_counter()
        status, _, text = self.call(method, path, body)
        took = time.perf_counter() - began
        if status >= 400:
            raise Refused(f"{method} {path} answered {status}: {text[:300]!r}")
        return took * 1000

    def _open(self) -> http.client.HTTPConnection:
        if self._connection is None:
            assert self._url.hostname is not None
            self._connection = http.client.HTTPConnection(self._url.hostname, self._url.port, timeout=TIMEOUT)
        return self._connection


def log_in(auth_url: str, user: str, password: str, project: str, compute: str) -> Login:
    """A token of Keystone. Refused."""
    identity = {"methods": ["password"], "password": {"user": {"name": user, "domain": {"id": "default"}}}}
    identity["password"]["user"]["password"] = password  # type: ignore[index]
    scope = {"project": {"name": project, "domain": {"id": "default"}}}
    keystone = Client(auth_url, {})
    status, headers, text = keystone.call("POST", "/auth/tokens", {"auth": {"identity": identity, "scope": scope}})
    if status != 201:
        raise Refused(f"Keystone answered {status}")
    return Login(headers["X-Subject-Token"], json.loads(text)["token"]["project"]["id"], compute)


@dataclass
class Outcome:
    """What several clients did side by side: milliseconds of each request, and how many were refused."""

    latencies: list[float] = field(default_factory=list)
    refused: list[str] = field(default_factory=list)


def side_by_side(
    login: Login, clients: int, work: Iterable[Any], do: Callable[[Client, Any], tuple[int, Any, bytes]]
) -> Outcome:
    """Let so many clients, each with a connection of its own, work through the list."""
    left: queue.SimpleQueue[Any] = queue.SimpleQueue()
    for each in work:
        left.put(each)
    outcome = Outcome()

    def run() -> None:
        client = Client(login.compute, login.headers())
        while True:
            try:
                each = left.get_nowait()
            except queue.Empty:
                return
            began = time.perf_counter()
            status, _, text = do(client, each)
            outcome.latencies.append((time.perf_counter() - began) * 1000)
            if status >= 400:
                outcome.refused.append(f"{status}: {text[:200]!r}")

    threads = [threading.Thread(target=run) for _ in range(clients)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return outcome
