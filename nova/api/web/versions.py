"""The version documents, for clients that look for what there is. No token is needed."""

from __future__ import annotations

from typing import Any
from urllib.parse import quote

import webob
import webob.dec

from nova.api.web import body
from nova.api.web.call import api_of
from nova.api.web.faults import plain
from nova.api.web.microversion import FIRST, LAST
from nova.api.web.middleware import Wsgi

MEDIA_TYPE = "application/vnd.openstack.compute+json;version="
VERSIONS: dict[str, dict[str, str]] = {
    "v2": {
        "id": "v2.0",
        "status": "DEPRECATED",
        "version": "",
        "min_version": "",
        "updated": "2025-07-04T12:00:00Z",
    },
    "v2.1": {
        "id": "v2.1",
        "status": "CURRENT",
        "version": f"2.{LAST}",
        "min_version": f"2.{FIRST}",
        "updated": "2013-07-23T11:33:21Z",
    },
}
MEDIA = {"v2": "2", "v2.1": "2.1"}


def document(base: str, name: str) -> dict[str, Any]:
    """One version in full."""
    return {
        **VERSIONS[name],
        "links": [
            {"rel": "self", "href": f"{base}/{name}/"},
            {"rel": "describedby", "type": "text/html", "href": "http://docs.openstack.org/"},
        ],
        "media-types": [{"base": "application/json", "type": MEDIA_TYPE + MEDIA[name]}],
    }


def all_versions(base: str) -> dict[str, Any]:
    """The list at the root."""
    return {
        "versions": [
            {**known, "links": [{"rel": "self", "href": f"{base}/{name}/"}]} for name, known in VERSIONS.items()
        ]
    }


def choices(base: str, path: str) -> dict[str, Any]:
    """Where the same path, quoted already, is found in the versions there are."""
    return {
        "choices": [
            {
                "id": known["id"],
                "status": known["status"],
                "links": [{"rel": "self", "href": f"{base}/{name}{path}"}],
                "media-types": [{"base": "application/json", "type": MEDIA_TYPE + MEDIA[name]}],
            }
            for name, known in VERSIONS.items()
        ]
    }


def base_url(request: webob.Request) -> str:
    """The public URL of the root, without a slash at its end."""
    prefix = api_of(request).conf.osapi_compute_link_prefix
    if prefix:
        return str(prefix).rstrip("/")
    above = (
        request.script_name.rpartition("/")[0] if request.script_name.endswith(tuple(VERSIONS)) else request.script_name
    )
    return f"{request.host_url}{above}"


def root_app(global_conf: Any, **local: Any) -> Wsgi:
    """The list at "/", and 300 with choices for a version that is not there."""

    @webob.dec.wsgify
    def answer(request: webob.Request) -> webob.Response:
        base = base_url(request)
        path: str = request.environ.get("PATH_INFO", "")
        if path in ("", "/"):
            return _json(request, 200, all_versions(base))
        return _json(request, 300, choices(base, quote(path.encode("latin-1"))))

    return answer


def version_app(global_conf: Any, **local: str) -> Wsgi:
    """The document of the version that `version` names in the Paste file."""
    name = local["version"]

    @webob.dec.wsgify
    def answer(request: webob.Request) -> webob.Response:
        base = base_url(request)
        if request.path_info == "" and name == "v2.1":
            return webob.Response(status=302, location=f"{base}/{name}/")
        return _json(request, 200, {"version": document(base, name)})

    return answer


def _json(request: webob.Request, status: int, value: Any) -> webob.Response:
    if request.method not in ("GET", "HEAD"):
        return plain(405, "The method is not allowed here.", {"Allow": "GET"})
    return webob.Response(status=status, body=body.write(value), content_type="application/json", charset="UTF-8")
