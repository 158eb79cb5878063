"""Paste's map from the first words of a path to a pipeline.

"/v2.1" is that path alone, with or without its slash; "/v2.1/+" is what lies below it; "/" is everything else.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from nova.api.web.middleware import Wsgi


def urlmap_factory(loader: Any, global_conf: dict[str, str], **local: str) -> Wsgi:
    """A Paste composite."""
    exact: dict[str, Wsgi] = {}
    below: dict[str, Wsgi] = {}
    for path, name in local.items():
        app = loader.get_app(name)
        if path.endswith("/+"):
            below[path[:-2]] = app
        else:
            exact[path.rstrip("/")] = app

    def choose(environ: dict[str, Any], start_response: Any) -> Iterable[bytes]:
        path = environ.get("PATH_INFO", "")
        prefix = "/" + path.lstrip("/").partition("/")[0]
        rest = path[len(prefix) :]
        app = exact.get(prefix) if rest in ("", "/") else below.get(prefix)
        if app is None:
            return exact[""](environ, start_response)
        environ["SCRIPT_NAME"] = environ.get("SCRIPT_NAME", "") + prefix
        environ["PATH_INFO"] = rest
        return app(environ, start_response)

    return choose
