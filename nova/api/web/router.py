"""The application: from a path to a handler, through the same gates in the same order for every operation."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Mapping
from typing import Any

import routes
import webob
import webob.dec

from nova.api import openstack
from nova.api.web import body, schema
from nova.api.web.call import Answer, Call, api_of
from nova.api.web.microversion import FIRST, answer_headers, negotiate
from nova.api.web.operations import Operation, by_path, discover
from nova.base.context import RequestContext
from nova.contracts.errors import BadRequest, MethodNotAllowed, NotFound
from nova.contracts.server import Servers

CONTEXT_KEY = "nova.context"
VERSION_KEY = "nova.microversion"
LEGACY_KEY = "nova.legacy_v2"
MAX_QUERY_KEYS = 200


class PathNotFound(NotFound):
    """404 for a path that is not there, or not in this microversion."""

    says = "The resource could not be found."


class Router:
    """Serves every registered operation, below /v2.1 or /v2, with or without a project in the path."""

    def __init__(self) -> None:
        discover(openstack)
        self._operations = by_path()
        self._plain, self._in_project = routes.Mapper(), routes.Mapper()
        # Words before blanks: /servers/detail is not the server "detail".
        for path in sorted(self._operations, key=lambda path: [part.startswith("{") for part in path.split("/")]):
            template = re.sub(r"{(\w+)}", r"{\1:[^/]+}", path)
            self._plain.connect(None, template, template=path)
            self._in_project.connect(None, "/{project_id:[^/]+}" + template.rstrip("/"), template=path)
        for mapper in (self._plain, self._in_project):
            mapper.create_regs([])

    @webob.dec.wsgify
    def __call__(self, request: webob.Request) -> webob.Response:
        legacy = LEGACY_KEY in request.environ
        version = FIRST if legacy else negotiate(request.headers)
        request.environ[VERSION_KEY] = version
        words, in_project = self._match(request)
        api = api_of(request)
        context: RequestContext = request.environ[CONTEXT_KEY]
        context.is_admin = api.policy.is_admin(context)
        _check_project(words.pop("project_id", None), context)
        call = Call(api, request, context, version, legacy, in_project)
        choices = self._operations[words.pop("template")]
        operation = _choose(call, choices)
        return _answer(call, operation, _perform(call, operation, words))

    def _match(self, request: webob.Request) -> tuple[dict[str, Any], bool]:
        try:
            path = request.path_info
        except UnicodeDecodeError as error:
            raise BadRequest(reason="Malformed request URL: it is not UTF-8") from error
        body.check_text(path, "Malformed request URL")
        path = path.rstrip("/") or "/"
        for mapper, in_project in ((self._plain, False), (self._in_project, True)):
            words = mapper.match(path)
            if words is not None:
                return {
                    word: value for word, value in words.items() if word not in ("controller", "action")
                }, in_project
        raise PathNotFound(what="path", id=path)


def _check_project(in_path: str | None, context: RequestContext) -> None:
    if in_path is not None and in_path != context.project_id:
        raise BadRequest(
            reason=f"Malformed request URL: URL's project_id '{in_path[:80]}' doesn't match "
            f"Context's project_id '{context.project_id}'"
        )


def _choose(call: Call, choices: Iterable[Operation]) -> Operation:
    """By method, then action, then microversion. MethodNotAllowed, BadRequest, PathNotFound."""
    offered = [choice for choice in choices if choice.method == call.http.method]
    if not offered:
        allowed = {choice.method for choice in choices if choice.serves(call.version)}
        if not allowed:
            raise PathNotFound(what="path", id="")
        raise MethodNotAllowed(allowed=", ".join(sorted(allowed)))
    if offered[0].action is not None:
        call.body = body.read(call.http)
        if len(call.body) != 1:
            raise BadRequest(reason="Malformed request body: it must name exactly one action")
        name = next(iter(call.body))
        offered = [choice for choice in offered if choice.action == name]
        if not offered:
            raise BadRequest(reason=f"There is no such action: {name[:80]}")
    for choice in offered:
        if choice.serves(call.version):
            return choice
    raise PathNotFound(what="path", id="")


def _perform(call: Call, operation: Operation, words: Mapping[str, str]) -> Any:
    """The gates: body, query, the server, policy; then the handler."""
    words = dict(words)
    if operation.body is not None:
        if call.body is None:
            call.body = body.read(call.http)
        schema.check_body(operation.body.at(0 if call.legacy else call.version), call.body, relaxed=call.legacy)
    call.query = _query(call, operation)
    target = None
    if operation.on_server:
        call.fetched = call.conductor(Servers).get(call.context, server=words.pop("server_id"), bare=operation.bare)
        target = {"project_id": call.server.project_id, "user_id": call.server.user_id}
    if operation.rule is not None:
        call.check(operation.rule, target)
    handler: Callable[..., Any] = operation.handler
    return handler(call, **words)


def _query(call: Call, operation: Operation) -> dict[str, list[str]]:
    try:
        pairs = list(call.http.GET.items())
    except UnicodeDecodeError as error:
        raise BadRequest(reason="Malformed request URL: the query is not UTF-8") from error
    if len(pairs) > MAX_QUERY_KEYS:
        raise BadRequest(reason=f"The query holds more than {MAX_QUERY_KEYS} keys")
    given: dict[str, list[str]] = {}
    for key, value in pairs:
        body.check_text(key + value, f"Invalid input for query parameters {key[:80]!r}")
        given.setdefault(key, []).append(value)
    if operation.query is not None:
        return schema.check_query(operation.query.at(call.version), given, call.version)
    # Requests that change something may carry any query, unless they say which.
    return schema.check_query(schema.NO_QUERY, given, call.version) if operation.method == "GET" else {}


def _answer(call: Call, operation: Operation, result: Any) -> webob.Response:
    answer = result if isinstance(result, Answer) else Answer(result)
    response = webob.Response(status=answer.status or operation.status.at(call.version))
    if answer.body is None:
        response.headers.pop("Content-Type", None)
    else:
        response.content_type, response.charset = "application/json", "UTF-8"
        response.body = body.write(answer.body)
    response.headers.update(answer.headers)
    return response


def version_headers(environ: Mapping[str, Any]) -> list[tuple[str, str]]:
    """What the answer to this request must say of the microversion; nothing below /v2."""
    version = environ.get(VERSION_KEY)
    return [] if version is None or LEGACY_KEY in environ else answer_headers(version)
