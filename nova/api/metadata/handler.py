"""The metadata service over HTTP: a guest asks who it is, and is known by its address."""

from __future__ import annotations

import logging
from collections.abc import Iterable, Sequence
from functools import partial
from typing import Any

import webob
import webob.dec
import webob.exc

from nova.api.metadata import ec2_tree, openstack_tree, vendor_data
from nova.api.metadata.lookup import Lookup, plain_address
from nova.api.metadata.page import NothingHere, Page
from nova.api.web.call import ENVIRON_KEY, Api
from nova.base.context import admin_context
from nova.contracts.errors import Conflict, NotFound, Unavailable
from nova.contracts.guest import Guest
from nova.contracts.metadata import GuestPasswords, Metadata

LOG = logging.getLogger(__name__)

# What one RSA key of 8192 bits can seal, in base64, is far less.
LONGEST_PASSWORD = 4 * 255
RETRY_SECONDS = 5


class MetadataRequestHandler:
    """The application "metaapp" of the Paste file."""

    def __init__(self) -> None:
        self._lookup = Lookup()

    @classmethod
    def factory(cls, global_conf: Any, **local: Any) -> MetadataRequestHandler:
        """Made by Paste, before the settings are known to it."""
        return cls()

    def __call__(self, environ: dict[str, Any], start_response: Any) -> Iterable[bytes]:
        """One request."""
        request = webob.Request(environ)
        answer: Iterable[bytes] = self._answer(request)(environ, start_response)
        return answer

    def _answer(self, request: webob.Request) -> webob.Response:
        api: Api = request.environ[ENVIRON_KEY]
        try:
            return self._served(request, api)
        except (NothingHere, NotFound):
            return webob.exc.HTTPNotFound()
        except Conflict as error:
            return webob.exc.HTTPConflict(str(error))
        except Unavailable as error:
            LOG.warning("No metadata for %s: %s", request.remote_addr, error)
            return webob.exc.HTTPServiceUnavailable(headers=[("Retry-After", str(RETRY_SECONDS))])
        except webob.exc.HTTPException as error:
            return error
        except Exception:
            LOG.exception("No metadata for %s", request.remote_addr)
            return webob.exc.HTTPInternalServerError()

    def _served(self, request: webob.Request, api: Api) -> webob.Response:
        path = _parts(request)
        tops = {(): ec2_tree.versions, ("ec2",): ec2_tree.versions, ("openstack",): openstack_tree.versions}
        top = tops.get(tuple(path))
        if top is not None:
            return _response(top())
        address = _address(request, use_forwarded_for=api.conf.use_forwarded_for)
        seconds = api.conf.metadata_cache_expiration
        guest = self._lookup.guest(api.bus.client(Metadata), address, seconds=seconds)
        if path[0] == "openstack" and path[2:] == [openstack_tree.PASSWORD] and request.method not in ("GET", "HEAD"):
            return self._set_password(request, api, guest, path, address)
        return _response(_page(guest, path, api, address))

    def _set_password(
        self, request: webob.Request, api: Api, guest: Guest, path: Sequence[str], address: str
    ) -> webob.Response:
        """A guest that made up its own password leaves it here, sealed with its user's key, once."""
        _page(guest, path, api, address)
        if request.method != "POST" or (request.content_length or 0) > LONGEST_PASSWORD:
            raise webob.exc.HTTPBadRequest()
        sealed = request.body_file.read(LONGEST_PASSWORD + 1)
        if len(sealed) > LONGEST_PASSWORD or not sealed.isascii():
            raise webob.exc.HTTPBadRequest()
        api.bus.client(GuestPasswords).leave(admin_context(), server=guest.uuid, sealed=sealed.decode())
        self._lookup.forget(address)
        return webob.Response(status=200)


def _page(guest: Guest, path: Sequence[str], api: Api, address: str) -> Page:
    domain = api.conf.dhcp_domain or ""
    if path[0] == "openstack":
        read = partial(vendor_data.read, api.conf.vendordata_jsonfile_path)
        return openstack_tree.page(guest, path[1:], domain=domain, vendor_data=read)
    below = path[1:] if path[0] == "ec2" else path
    return ec2_tree.page(guest, below, domain=domain, address=address)


def _response(page: Page) -> webob.Response:
    return webob.Response(body=page.body, content_type=page.content_type, charset="UTF-8")


def _parts(request: webob.Request) -> list[str]:
    try:
        return [part for part in request.path_info.split("/") if part]
    except UnicodeDecodeError as error:
        raise NothingHere from error


def _address(request: webob.Request, *, use_forwarded_for: bool) -> str:
    """Who asks. Of several forwarded addresses only the last was written by the proxy in front of us."""
    said = request.remote_addr or ""
    if use_forwarded_for:
        said = request.headers.get("X-Forwarded-For", said).rpartition(",")[2]
    address = plain_address(said)
    if address is None:
        raise NothingHere
    return address
