"""The register as an OpenAPI 3.1 document of one microversion, for people, test tools and makers of clients."""

from __future__ import annotations

import inspect
import re
from collections.abc import Iterable, Mapping
from http import HTTPStatus
from typing import Any

from nova.api.web.operations import Operation, by_path

ALWAYS = (400, 401, 403, 404, 406, 413)
"""Statuses that every request may meet before its handler is asked."""
FAULT = {
    "type": "object",
    "minProperties": 1,
    "maxProperties": 1,
    "additionalProperties": {
        "type": "object",
        "required": ["code", "message"],
        "properties": {"code": {"type": "integer"}, "message": {"type": "string"}},
    },
}
_PATH_WORD = re.compile(r"{(\w+)}")


def document(version: int) -> dict[str, Any]:
    """All that can be asked at a microversion (a minor number), paths as below /v2.1. `nova.api.openstack` must have
    been discovered before."""
    paths: dict[str, dict[str, Any]] = {}
    for path, operations in sorted(by_path().items()):
        methods: dict[str, list[Operation]] = {}
        for known in operations:
            if known.serves(version):
                methods.setdefault(known.method.lower(), []).append(known)
        if methods:
            paths[path] = {method: _described(path, same, version) for method, same in methods.items()}
            paths[path]["parameters"] = [
                {"name": word, "in": "path", "required": True, "schema": {"type": "string"}}
                for word in _PATH_WORD.findall(path)
            ]
    return {
        "openapi": "3.1.0",
        "info": {"title": "Compute API", "version": f"2.{version}"},
        "servers": [{"url": "/v2.1"}],
        "security": [{"token": []}],
        "paths": paths,
        "components": {
            "securitySchemes": {"token": {"type": "apiKey", "in": "header", "name": "X-Auth-Token"}},
            "schemas": {"Fault": FAULT},
        },
    }


def _described(path: str, operations: list[Operation], version: int) -> dict[str, Any]:
    """What is done by one method on one path; actions are told apart by their body."""
    first = operations[0]
    found: dict[str, Any] = {
        "operationId": "_".join([first.method.lower(), *re.findall(r"\w+", path)]),
        "tags": [re.findall(r"\w[\w-]*", path)[0] if path != "/" else "versions"],
        "summary": _says(first) if len(operations) == 1 else "One of these actions.",
        "responses": _answers(operations, version),
    }
    if len(operations) > 1:
        found["description"] = "\n".join(f"* {known.action}: {_says(known)}" for known in operations)
    rules = sorted({known.rule.name for known in operations if known.rule is not None})
    if rules:
        found["x-policies"] = rules
    query = first.query.at(version) if first.query is not None else None
    if query is not None:
        found["parameters"] = [
            {"name": key, "in": "query", "schema": _many(schema) if key in query.many else _portable(schema)}
            for key, schema in query.keys.items()
        ]
    bodies = [_portable(known.body.at(version)) for known in operations if known.body is not None]
    if bodies:
        schema = bodies[0] if len(bodies) == 1 else {"oneOf": bodies}
        found["requestBody"] = {"required": True, "content": {"application/json": {"schema": schema}}}
    return found


def _many(schema: Any) -> dict[str, Any]:
    return {"type": "array", "items": _portable(schema)}


def _portable(part: Any) -> Any:
    """A schema whose patterns mean in other languages what they mean in Python."""
    if isinstance(part, Mapping):
        return {_portable(key): _portable(value) for key, value in part.items()}
    if isinstance(part, list | tuple):
        return [_portable(value) for value in part]
    return part.removesuffix(r"\Z") + "$" if isinstance(part, str) and part.endswith(r"\Z") else part


def _says(known: Operation) -> str:
    return (inspect.getdoc(known.handler) or "").split("\n\n")[0].replace("\n", " ")


def _answers(operations: Iterable[Operation], version: int) -> dict[str, Any]:
    fault = {"application/json": {"schema": {"$ref": "#/components/schemas/Fault"}}}
    good = {known.status.at(version) for known in operations}
    bad = {code for known in operations for code in known.errors} | set(ALWAYS)
    answers: dict[str, Any] = {str(code): {"description": HTTPStatus(code).phrase} for code in sorted(good)}
    answers.update({str(code): {"description": HTTPStatus(code).phrase, "content": fault} for code in sorted(bad)})
    return answers
