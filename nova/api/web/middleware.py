"""What stands around the application in every pipeline: request ids, faults, the request log, /v2's manners."""

from __future__ import annotations

import logging
import re
import time
from collections.abc import Callable, Iterable
from typing import Any
from urllib.parse import quote

import webob
import webob.dec
from oslo_middleware import cors, request_id

from nova.api.web import faults
from nova.api.web.microversion import HEADER, OLD_HEADER
from nova.api.web.router import LEGACY_KEY, version_headers

LOG = logging.getLogger(__name__)
# What comes after these words in a path opens a console.
_SECRET = re.compile(r"(os-console-auth-tokens/)[^/?]+")
Wsgi = Callable[..., Iterable[bytes]]
Filter = Callable[[Wsgi], Wsgi]


class RequestId(request_id.RequestId):
    """A fresh id for each request, in both headers; the caller's own id is taken as the global one."""

    compat_headers = ["x-compute-request-id"]


def cors_filter(global_conf: Any, **local: Any) -> Filter:
    """Browsers' cross-origin requests, as the [cors] settings allow."""
    cors.set_defaults(
        allow_headers=["X-Auth-Token", HEADER, OLD_HEADER, "X-OpenStack-Request-ID", "X-Client-Token"],
        expose_headers=["X-Auth-Token", HEADER, OLD_HEADER, "X-OpenStack-Request-ID", "X-Compute-Request-Id"],
        allow_methods=["GET", "PUT", "POST", "DELETE", "PATCH"],
    )
    return lambda inner: cors.CORS(inner, {})


def fault_filter(global_conf: Any, **local: Any) -> Filter:
    """Whatever is raised inside becomes a fault document, and every answer says the microversion."""

    def wrap(inner: Wsgi) -> Wsgi:
        @webob.dec.wsgify
        def guard(request: webob.Request) -> webob.Response:
            try:
                response = request.get_response(inner)
            except Exception as error:
                response = faults.response(error)
            if response.status_int >= 400 and response.content_type != "application/json":
                response = faults.of_library(response)
            for name, value in version_headers(request.environ):
                response.headers.add(name, value)
            return response

        return guard

    return wrap


def log_filter(global_conf: Any, **local: Any) -> Filter:
    """One line a request: who, method, path, status, bytes, seconds. Neither tokens nor bodies."""

    def wrap(inner: Wsgi) -> Wsgi:
        @webob.dec.wsgify
        def record(request: webob.Request) -> webob.Response:
            began = time.monotonic()
            response = request.get_response(inner)
            LOG.info(
                '%s "%s %s" status: %s len: %s time: %.4f',
                request.remote_addr or "-",
                request.method,
                _SECRET.sub(r"\1***", _asked(request.environ)[:2000]),
                response.status_int,
                response.content_length,
                time.monotonic() - began,
            )
            return response

        return record

    return wrap


def _asked(environ: dict[str, Any]) -> str:
    """Path and query in ASCII, also when they are no text in any encoding."""
    path = quote(f"{environ.get('SCRIPT_NAME', '')}{environ.get('PATH_INFO', '')}".encode("latin-1"))
    query = environ.get("QUERY_STRING")
    return f"{path}?{query}" if query else path


def legacy_filter(global_conf: Any, **local: Any) -> Filter:
    """Below /v2 microversions do not exist: neither asked for nor answered."""

    def wrap(inner: Wsgi) -> Wsgi:
        @webob.dec.wsgify
        def relax(request: webob.Request) -> webob.Response:
            request.environ[LEGACY_KEY] = True
            for name in (HEADER, OLD_HEADER):
                request.headers.pop(name, None)
            return request.get_response(inner)

        return relax

    return wrap
