"""Glance's images API v2."""

from __future__ import annotations

import json
import logging
import random
import time
from collections.abc import Callable, Iterator, Mapping
from typing import Any, TypeVar
from urllib.parse import quote, urlencode

import requests
from glanceclient import exc
from glanceclient.common.http import SessionClient
from glanceclient.v2.client import Client
from keystoneauth1 import exceptions as keystone
from keystoneauth1 import plugin
from oslo_config import cfg

from nova.base.context import RequestContext
from nova.clients import image_document
from nova.clients.fake_glance import FakeGlance
from nova.clients.images import Images
from nova.clients.keystone import caller_credentials, open_session
from nova.clients.settings import GLANCE
from nova.contracts.errors import BadRequest, Conflict, Forbidden, NotFound, Unauthorized, Unavailable
from nova.contracts.image import Image

LOG = logging.getLogger(__name__)
T = TypeVar("T")

RETRY_PAUSE = 0.5
PATCH_TYPE = "application/openstack-images-v2.1-json-patch"
HINT = "Try again later; the operator finds more in the log."


def open_images(conf: cfg.ConfigOpts) -> Images:
    """The image store that section [glance] names."""
    servers = conf[GLANCE].api_servers or []
    if servers and servers[0].startswith("fake://"):
        return FakeGlance.at(servers[0])
    return Glance(conf)


class _Away(Exception):
    """Glance did not answer this time; another try or another server may help."""


class Glance(Images):
    """A Glance, or several with the same images. Safe to use from several threads. `pause`: seconds before a retry."""

    pause = RETRY_PAUSE

    def __init__(self, conf: cfg.ConfigOpts) -> None:
        self._options = conf[GLANCE]
        self._session = open_session(conf, GLANCE)

    def address(self) -> str | None:
        """The first of the settings' addresses, else the catalogue's."""
        try:
            return str((self._options.api_servers or self._servers())[0])
        except (*_AWAY, keystone.ClientException) as away:
            LOG.warning("Glance's address is not known: %s", away)
            return None

    def get(self, context: RequestContext, image_id: str) -> Image:
        """One image, with the caller's token."""
        return image_document.read(self._fetch(self._caller(context), image_id))

    def find(
        self,
        context: RequestContext,
        *,
        filters: Mapping[str, str] | None = None,
        limit: int | None = None,
        marker: str | None = None,
    ) -> list[Image]:
        """One request a page of Glance's, until `limit` images are there."""
        query = {**(filters or {}), "sort_key": "created_at", "sort_dir": "desc"}
        query |= {"limit": str(limit)} if limit else {}
        query |= {"marker": marker} if marker else {}
        auth, found = self._caller(context), list[Image]()
        path: str | None = "/v2/images?" + urlencode(query)
        while path:
            page = self._get(auth, path, marker or "")
            found += [image_document.read(document) for document in page.get("images", [])]
            path = page.get("next") if limit and len(found) < limit else None
        return found[:limit] if limit else found

    def delete(self, context: RequestContext, image_id: str) -> None:
        """With the caller's token."""
        self._ask(self._caller(context), "delete", lambda client: client.delete(_path(image_id)), image_id)

    def set_properties(
        self, context: RequestContext, image_id: str, properties: Mapping[str, str], *, replace: bool = False
    ) -> Image:
        """Two requests: what is there, and the difference."""
        auth = self._caller(context)
        current = self._fetch(auth, image_id)
        changes = image_document.patch(current, properties, replace=replace)
        if not changes:
            return image_document.read(current)
        headers, body = {"Content-Type": PATCH_TYPE}, json.dumps(changes)

        def send(client: SessionClient) -> Any:
            return client.patch(_path(image_id), headers=dict(headers), data=body)[1]

        return image_document.read(self._ask(auth, "update", send, image_id))

    def download(self, image_id: str) -> Iterator[bytes]:
        """A stream. A connection that breaks on the way is Unavailable too: what came so far is worth nothing."""
        path = _path(image_id) + "/file"
        response, pieces = self._ask(None, "download", lambda client: client.get(path), image_id)
        if response.status_code == requests.codes.no_content or pieces is None:
            raise NotFound(what="The data of image", id=image_id)
        return self._guarded(image_id, response, pieces)

    def _guarded(self, image_id: str, response: Any, pieces: Iterator[bytes]) -> Iterator[bytes]:
        try:
            yield from pieces
        except (requests.RequestException, OSError) as broken:
            LOG.warning("The download of image %s broke off: %s", image_id, broken)
            raise Unavailable(service="Glance", hint=f"The download of image {image_id} broke off.") from broken
        finally:
            response.close()

    def _fetch(self, auth: plugin.BaseAuthPlugin | None, image_id: str) -> dict[str, Any]:
        return self._get(auth, _path(image_id), image_id)

    def _get(self, auth: plugin.BaseAuthPlugin | None, path: str, image_id: str) -> dict[str, Any]:
        """A JSON document; what is none is taken for a server that is not well."""
        answer = self._ask(auth, "get", lambda client: client.get(path)[1], image_id)
        if not isinstance(answer, dict):
            raise Unavailable(service="Glance", hint=HINT, log=f"no JSON document at {path}")
        return answer

    def _caller(self, context: RequestContext) -> plugin.BaseAuthPlugin:
        return caller_credentials(context, self._session.auth)

    def _servers(self) -> list[str]:
        """Addresses to try, at least one. Several share the load."""
        if self._options.api_servers:
            servers = list(self._options.api_servers)
            random.shuffle(servers)
            return servers
        if self._options.endpoint_override:
            return [self._options.endpoint_override]
        found = self._session.get_endpoint(
            service_type=self._options.service_type,
            service_name=self._options.service_name,
            interface=self._options.valid_interfaces,
            region_name=self._options.region_name,
        )
        if not found:
            raise _Away("Keystone's catalogue has no image service, and section [glance] names none")
        return [found]

    def _ask(
        self, auth: plugin.BaseAuthPlugin | None, verb: str, send: Callable[[SessionClient], T], image_id: str
    ) -> T:
        """Send to one server after the other while they are away, then give up."""
        servers: list[str] = []
        for attempt in range(self._options.num_retries + 1):
            if attempt:
                time.sleep(self.pause)
            try:
                servers = servers or self._servers()
                client = self._client(servers[attempt % len(servers)], auth)
                return send(client)
            except _AWAY as away:
                LOG.warning("Glance is away (%s of image %s, try %s): %s", verb, image_id, attempt + 1, away)
            except keystone.ClientException as refused:
                LOG.error("No token for Glance: check section [glance]: %s", refused)
                raise Unavailable(service="Keystone", hint=HINT) from refused
            except exc.HTTPException as answer:
                # Numbers that the library does not know, 429 and 504 above all, mean that another time may do.
                if not isinstance(answer.code, int) or answer.code >= 500:
                    LOG.warning("Glance failed (%s of image %s, try %s): %s", verb, image_id, attempt + 1, answer)
                    continue
                raise _translate(answer, image_id) from answer
            except (LookupError, AttributeError, ValueError) as nonsense:
                # The library trips over error pages of proxies that are not in a form it expects.
                LOG.warning("Glance's answer is not understood (%s of image %s): %r", verb, image_id, nonsense)
        raise Unavailable(service="Glance", hint=HINT)

    def _client(self, server: str, auth: plugin.BaseAuthPlugin | None) -> SessionClient:
        # The client adds /v2 to each path itself.
        address = server.rstrip("/").removesuffix("/v2")
        return Client(session=self._session, auth=auth, endpoint_override=address).http_client


_AWAY = (
    _Away,
    exc.CommunicationError,
    exc.InvalidEndpoint,
    keystone.ConnectFailure,
    keystone.ConnectTimeout,
    keystone.UnknownConnectionError,
    keystone.EndpointNotFound,
    requests.RequestException,
)


def _path(image_id: str) -> str:
    return f"/v2/images/{quote(image_id, safe='')}"


def _translate(answer: exc.HTTPException, image_id: str) -> Exception:
    """Glance's 4xx in our words; its own text goes to the log only."""
    LOG.info("Glance answered %s about image %s: %s", answer.code, image_id, answer)
    if answer.code == 404:
        return NotFound(what="Image", id=image_id)
    if answer.code == 401:
        return Unauthorized(reason="Glance did not accept the token.")
    if answer.code == 403:
        return Forbidden(reason=f"Glance does not allow this for image {image_id}.")
    if answer.code == 409:
        return Conflict(reason=f"Image {image_id} is in use.")
    return BadRequest(reason=f"Glance cannot do this with image {image_id}: HTTP {answer.code}.")
