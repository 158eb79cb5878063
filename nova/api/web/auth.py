"""Who asks: the pipelines by auth_strategy, and the context made from what they found."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

import webob
import webob.dec
from oslo_middleware import request_id

from nova.api.web.middleware import Filter, Wsgi
from nova.api.web.router import CONTEXT_KEY
from nova.base.context import RequestContext
from nova.contracts.errors import Unauthorized

NOAUTH_ADMIN = "admin"
MOST_TOKEN_BYTES = 16 * 1024
TOKENS = ("HTTP_X_AUTH_TOKEN", "HTTP_X_STORAGE_TOKEN", "HTTP_X_SERVICE_TOKEN")


def pipeline_factory(loader: Any, global_conf: dict[str, str], **local: str) -> Wsgi:
    """A Paste composite: one line a strategy, each naming filters and, last, the application."""
    words = local[global_conf["auth_strategy"]].split()
    inner: Wsgi = loader.get_app(words[-1])
    for name in reversed(words[:-1]):
        inner = loader.get_filter(name)(inner)
    return inner


def token_filter(global_conf: Any, **local: Any) -> Filter:
    """keystonemiddleware, with this file's own options only: it warns of every one that it does not know.

    Keystone is not asked about what can be no token, and breaks on some of it.
    """
    from keystonemiddleware import auth_token

    check: Filter = auth_token.filter_factory({}, **local)

    def wrap(inner: Wsgi) -> Wsgi:
        checked = check(inner)

        def enter(environ: dict[str, Any], start_response: Any) -> Iterable[bytes]:
            for name in TOKENS:
                if not 0 < len(environ.get(name, "").strip()) <= MOST_TOKEN_BYTES:
                    environ.pop(name, None)
            return checked(environ, start_response)

        return enter

    return wrap


def keystone_context_filter(global_conf: Any, **local: Any) -> Filter:
    """The context of what keystonemiddleware found in the token."""

    def wrap(inner: Wsgi) -> Wsgi:
        @webob.dec.wsgify
        def enter(request: webob.Request) -> webob.Response:
            context = RequestContext.from_environ(request.environ, overwrite=True)
            if not context.user_id:
                raise Unauthorized(reason="the token names no user")
            request.environ[CONTEXT_KEY] = context
            return request.get_response(inner)

        return enter

    return wrap


def noauth_filter(global_conf: Any, **local: Any) -> Filter:
    """Believe the caller: a token is "user:project", and the user "admin" is one."""

    def wrap(inner: Wsgi) -> Wsgi:
        @webob.dec.wsgify
        def enter(request: webob.Request) -> webob.Response:
            token = request.headers.get("X-Auth-Token")
            if not token:
                return _give_token(request)
            user, _, project = token.partition(":")
            roles = ["reader", "member"] + (["admin"] if user == NOAUTH_ADMIN else [])
            request.environ[CONTEXT_KEY] = RequestContext(
                auth_token=token,
                user_id=user,
                project_id=project or user,
                roles=roles,
                request_id=request.environ.get(request_id.ENV_REQUEST_ID),
                global_request_id=request.environ.get(request_id.GLOBAL_REQ_ID),
            )
            return request.get_response(inner)

        return enter

    return wrap


def noauth_token_filter(global_conf: Any, **local: Any) -> Filter:
    """A token at a version's root, for who names himself there; for others the document behind it."""

    def wrap(inner: Wsgi) -> Wsgi:
        @webob.dec.wsgify
        def enter(request: webob.Request) -> webob.Response:
            return _give_token(request) if "X-Auth-User" in request.headers else request.get_response(inner)

        return enter

    return wrap


def _give_token(request: webob.Request) -> webob.Response:
    user = request.headers.get("X-Auth-User", NOAUTH_ADMIN)
    project = request.headers.get("X-Auth-Project-Id", NOAUTH_ADMIN)
    response = webob.Response(status=204)
    response.headers["X-Auth-Token"] = f"{user}:{project}"
    response.headers["X-Server-Management-Url"] = f"{request.application_url.rstrip('/')}/{project}"
    response.content_type = "text/plain"
    return response
