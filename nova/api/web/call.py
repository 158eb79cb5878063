"""One request, as a handler sees it, and what the whole process shares."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cached_property
from typing import TYPE_CHECKING, Any, TypeVar
from urllib.parse import urlsplit, urlunsplit

import webob
from oslo_config import cfg

from nova.api.web.policy import Policy, Rule
from nova.api.web.schema import bad_query
from nova.base.context import RequestContext
from nova.base.contract import Contract
from nova.bus.bus import Bus
from nova.contracts.server import Server

if TYPE_CHECKING:
    from nova.clients.images import Images

C = TypeVar("C", bound=Contract)
ENVIRON_KEY = "nova.api"


class Api:
    """What all requests of a process share; made after the fork. Pass `images` to stand in for Glance."""

    def __init__(self, conf: cfg.ConfigOpts, bus: Bus, images: Images | None = None) -> None:
        self.conf = conf
        self.bus = bus
        self.policy = Policy(conf)
        self._images = images

    @property
    def images(self) -> Images:
        """The image store, spoken to with the caller's rights."""
        if self._images is None:
            from nova.clients.glance import open_images

            self._images = open_images(self.conf)
        return self._images

    def close(self) -> None:
        """Let go of connections."""
        self.bus.close()


@dataclass(frozen=True)
class Answer:
    """A handler's answer when the JSON alone does not say it; `status` None is the operation's own."""

    body: Any = None
    status: int | None = None
    headers: Mapping[str, str] = field(default_factory=dict)


@dataclass
class Call:
    """One request that passed the gates.

    `body` and `query` are valid; `query` maps each key to its texts. `server` is there for operations on one.
    """

    api: Api
    http: webob.Request
    context: RequestContext
    version: int
    legacy: bool = False
    in_project: bool = False
    body: Any = None
    query: Mapping[str, list[str]] = field(default_factory=dict)
    fetched: Server | None = None

    @property
    def server(self) -> Server:
        """The server the path names, for operations declared `on_server`."""
        if self.fetched is None:
            raise LookupError("the operation is not declared on_server")
        return self.fetched

    def conductor(self, contract: type[C]) -> C:
        """Calls to the conductor: `call.conductor(Flavors).get(call.context, flavorid=...)`."""
        return self.api.bus.client(contract)

    def daemon(self, contract: type[C], host: str | None) -> C:
        """Calls to the daemon on a host, or to any of its kind."""
        return self.api.bus.client(contract, host)

    def can(self, rule: Rule, target: Mapping[str, Any] | None = None) -> bool:
        """Whether the caller may; `target` names project_id and user_id of the thing, default the caller's own."""
        return self.api.policy.allows(self.context, rule, target)

    def check(self, rule: Rule, target: Mapping[str, Any] | None = None) -> None:
        """PolicyNotAuthorized unless the caller may."""
        self.api.policy.check(self.context, rule, target)

    def one(self, key: str, default: str | None = None) -> str | None:
        """The last text of a query key."""
        values = self.query.get(key)
        return values[-1] if values else default

    def number(self, key: str, default: int | None = None) -> int | None:
        """A query key's non-negative whole number. BadRequest for anything else."""
        text = self.one(key)
        if text is None:
            return default
        if not text.isascii() or not text.isdigit() or len(text) > 18:
            raise bad_query(key, text, "It is not a number.")
        return int(text)

    @cached_property
    def _base(self) -> tuple[str, str]:
        prefix = self.api.conf.osapi_compute_link_prefix
        host = prefix.rstrip("/") if prefix else self.http.host_url
        project = f"/{self.context.project_id}" if self.in_project else ""
        return f"{host}{self.http.script_name}{project}", f"{host}{project}"

    def links(self, *path: str) -> list[dict[str, str]]:
        """The self and bookmark links of a thing: `call.links("servers", uuid)`."""
        tail = "/".join(path)
        own, bookmark = self._base
        return [{"rel": "self", "href": f"{own}/{tail}"}, {"rel": "bookmark", "href": f"{bookmark}/{tail}"}]

    def bookmark(self, *path: str) -> list[dict[str, str]]:
        """The bookmark link alone."""
        return self.links(*path)[1:]

    @property
    def public_url(self) -> str:
        """This request's URL without its query, as clients see it."""
        prefix = self.api.conf.osapi_compute_link_prefix
        url = self.http.path_url
        if prefix:
            asked, shown = urlsplit(url), urlsplit(prefix)
            return urlunsplit((shown.scheme, shown.netloc, shown.path.rstrip("/") + asked.path, "", ""))
        return str(url)


def api_of(request: webob.Request) -> Api:
    """The process's Api, which the outermost layer put beside the request."""
    found: Api = request.environ[ENVIRON_KEY]
    return found
