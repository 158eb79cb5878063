"""The register: every operation of the API, said once beside the code that serves it.

The router, validation, policy defaults, the extension list and the documents are derived from OPERATIONS.
"""

from __future__ import annotations

import importlib
import pkgutil
from collections import defaultdict
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from types import ModuleType
from typing import Any, TypeVar

from nova.api.web.microversion import LAST, Dated
from nova.api.web.policy import Rule
from nova.api.web.schema import Query, Schema

F = TypeVar("F", bound=Callable[..., Any])
ACTION_PATH = "/servers/{server_id}/action"


@dataclass(frozen=True)
class Operation:
    """One thing a client can ask.

    `on_server`: the server of the path's `server_id` is fetched first, `rule` is checked against its owner, and the
    handler finds it as `call.server`; with `bare` only what its own row says of it. Otherwise `rule` is checked against
    the caller's own project. `action` is the body's key where several things are done by POST to one path. `errors` are
    the statuses to expect beyond those every request may meet.
    """

    method: str
    path: str
    handler: Callable[..., Any]
    rule: Rule | None
    since: int
    until: int
    body: Dated[Schema] | None
    query: Dated[Query] | None
    status: Dated[int]
    errors: tuple[int, ...]
    on_server: bool
    action: str | None = None
    bare: bool = False

    def serves(self, version: int) -> bool:
        """Whether it exists at this microversion."""
        return self.since <= version <= self.until


@dataclass(frozen=True)
class Extension:
    """An entry of /extensions."""

    alias: str
    name: str
    description: str


OPERATIONS: list[Operation] = []
EXTENSIONS: dict[str, Extension] = {}


def operation(
    method: str,
    path: str,
    *,
    rule: Rule | None,
    since: int = 1,
    until: int = LAST,
    body: Schema | Dated[Schema] | None = None,
    query: Query | Dated[Query] | None = None,
    status: int | Dated[int] = 200,
    errors: tuple[int, ...] = (),
    on_server: bool = False,
    action: str | None = None,
    bare: bool = False,
) -> Callable[[F], F]:
    """Register the handler `f(call, **path_words)`; it answers what becomes the JSON body, None, or an Answer.

    `path` is without version and project. Microversions are minor numbers, both ends included.
    """

    def register(handler: F) -> F:
        OPERATIONS.append(
            Operation(
                method,
                path,
                handler,
                rule,
                since,
                until,
                _dated(body),
                _dated(query),
                _dated(status) or Dated({1: 200}),
                errors,
                on_server,
                action,
                bare,
            )
        )
        return handler

    return register


def action(
    name: str,
    *,
    rule: Rule,
    body: Schema | Dated[Schema],
    since: int = 1,
    until: int = LAST,
    status: int | Dated[int] = 202,
    errors: tuple[int, ...] = (404, 409),
) -> Callable[[F], F]:
    """Register a server action: `body` is the schema of the whole body, the handler is `f(call)`."""
    return operation(
        "POST",
        ACTION_PATH,
        rule=rule,
        since=since,
        until=until,
        body=body,
        status=status,
        errors=errors,
        on_server=True,
        action=name,
        bare=True,
    )


def extension(alias: str, name: str, description: str) -> None:
    """Declare an entry of /extensions."""
    EXTENSIONS[alias] = Extension(alias, name, description)


def _dated(value: Any) -> Any:
    return value if value is None or isinstance(value, Dated) else Dated({0: value})


def discover(package: ModuleType) -> None:
    """Import every module of the package and of those inside it: a new file there is a new resource."""
    for module in pkgutil.walk_packages(package.__path__, package.__name__ + "."):
        importlib.import_module(module.name)


def by_path() -> Mapping[str, list[Operation]]:
    """Operations by path template."""
    found: dict[str, list[Operation]] = defaultdict(list)
    for known in OPERATIONS:
        found[known.path].append(known)
    return found


def places_of_rules() -> Mapping[str, list[tuple[str, str]]]:
    """(method, path) of every operation a rule guards, for the policy sample."""
    found: dict[str, list[tuple[str, str]]] = defaultdict(list)
    for name, place in _places():
        found[name].append(place)
    return found


def _places() -> Iterator[tuple[str, tuple[str, str]]]:
    for known in OPERATIONS:
        if known.rule is not None:
            path = known.path + (f" ({known.action})" if known.action else "")
            yield known.rule.name, (known.method, path)
