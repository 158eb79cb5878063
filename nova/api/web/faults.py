"""The only place where an exception becomes a response."""

from __future__ import annotations

import logging
from typing import Any

import webob
from webob import exc

from nova.api.web import body
from nova.contracts.errors import (
    BadRequest,
    Conflict,
    Forbidden,
    Gone,
    MethodNotAllowed,
    NotFound,
    NotImplementedHere,
    NovaError,
    TooLarge,
    Unauthorized,
    Unavailable,
    UnsupportedMediaType,
)

LOG = logging.getLogger(__name__)

# Seconds by status.
_RETRY_AFTER = {413: "0", 503: "30"}
_OF_LIBRARIES = {413: "Request is too large.", 503: "Keystone does not answer just now. Try again later."}
FAULTS = {
    kind.status: kind.fault
    for kind in (
        BadRequest,
        Unauthorized,
        Forbidden,
        NotFound,
        MethodNotAllowed,
        Conflict,
        Gone,
        TooLarge,
        UnsupportedMediaType,
        NotImplementedHere,
        Unavailable,
    )
}


def response(error: BaseException) -> webob.Response:
    """Status, fault name and words for the caller; inside words go to the log only."""
    if isinstance(error, exc.HTTPException):
        return plain(error.status_int, error.detail or error.explanation or error.title, dict(error.headers))
    if not isinstance(error, NovaError):
        LOG.exception("Unexpected error", exc_info=error)
        error = NovaError()
    elif error.status >= 500:
        LOG.error("%s: %s %s", type(error).__name__, error, error.log)
    headers = {}
    if isinstance(error, MethodNotAllowed):
        headers["Allow"] = error.facts["allowed"]
    if error.status in _RETRY_AFTER:
        headers["Retry-After"] = _RETRY_AFTER[error.status]
    return _answer(error.status, error.fault, str(error), headers)


def of_library(answer: webob.Response) -> webob.Response:
    """The fault for an answer that a filter inside gave in words of its own."""
    retry = {"Retry-After": _RETRY_AFTER[answer.status_int]} if answer.status_int in _RETRY_AFTER else {}
    words = _OF_LIBRARIES.get(answer.status_int, answer.status.partition(" ")[2])
    return plain(answer.status_int, words, {**answer.headers, **retry})


def plain(status: int, message: str, headers: dict[str, str]) -> webob.Response:
    """A fault for a status that a library chose."""
    kept = {name: value for name, value in headers.items() if name.lower() not in ("content-type", "content-length")}
    return _answer(status, FAULTS.get(status, "computeFault"), message, kept)


def _answer(status: int, fault: str, message: str, headers: dict[str, str]) -> webob.Response:
    document: dict[str, Any] = {fault: {"code": status, "message": message}}
    if "Retry-After" in headers and status == 413:
        document[fault]["retryAfter"] = headers["Retry-After"]
    answer = webob.Response(status=status, body=body.write(document), content_type="application/json", charset="UTF-8")
    answer.headers.update(headers)
    return answer
