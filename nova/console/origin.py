"""Which web pages may open a console.

A browser sends the page's origin with every WebSocket it opens; a page of somebody else must not use a console that
its visitor has open. Programs that are no browsers send none, and need the token alone.
"""

from __future__ import annotations

from collections.abc import Container
from urllib.parse import urlsplit


def host_name(address: str) -> str | None:
    """The host in "host", "host:port" or "[v6]:port"; None when there is none."""
    try:
        return urlsplit(f"//{address}").hostname
    except ValueError:
        return None


def is_host_allowed(origin: str | None, host_header: str | None, allowed: Container[str]) -> bool:
    """Whether the page comes from the host it connects to, or from an allowed one."""
    if origin is None:
        return True
    try:
        host = urlsplit(origin).hostname
    except ValueError:
        return False
    return bool(host) and (host == host_name(host_header or "") or host in allowed)


def is_scheme_allowed(origin: str | None, access_url_base: str) -> bool:
    """Whether the page came by the scheme of the console's public address: not by http where that is https."""
    return origin is None or urlsplit(origin).scheme == urlsplit(access_url_base).scheme
