"""Bridges, addresses and other links of the kernel, over netlink.

Every function may be repeated: what is already so stays as it is. A device is named as `ip link` shows it; an
address with its prefix length, as in 10.0.0.1/24.
"""

from __future__ import annotations

import errno
import ipaddress
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from pyroute2 import IPRoute
from pyroute2.netlink.exceptions import NetlinkError

from nova.base.privileged import entrypoint

ALIAS_BYTES = 255
SCOPES = {"global": 0, "link": 253, "host": 254}


class NoSuchLink(LookupError):
    """The named device does not exist."""


@entrypoint
def ensure_bridge(name: str, interface: str | None = None, mtu: int | None = None) -> None:
    """Make the bridge exist and be up, without spanning tree or forward delay.

    With `interface` that device joins it: the bridge takes its MAC, global addresses and routes by a gateway.
    Raises NoSuchLink when the interface does not exist.
    """
    with _netlink() as kernel:
        if _find(kernel, name) is None:
            _unless_there(kernel.link, "add", ifname=name, kind="bridge", br_stp_state=0, br_forward_delay=0)
        index = _index(kernel, name)
        if mtu and _find(kernel, name).get("mtu") != mtu:
            kernel.link("set", index=index, mtu=mtu)
        _bring_up(kernel, name)
        if interface:
            _join(kernel, index, interface)


@entrypoint
def delete_link(device: str) -> None:
    """Take a device away, whatever its kind."""
    with _netlink() as kernel:
        found = _find(kernel, device)
        if found is not None:
            _unless_gone(kernel.link, "del", index=found["index"])


@entrypoint
def bring_up(device: str) -> None:
    """Set the device up. Raises NoSuchLink."""
    with _netlink() as kernel:
        _bring_up(kernel, device)


@entrypoint
def set_alias(device: str, text: str) -> None:
    """Write who owns the device into its alias (at most 255 bytes, else ValueError). Raises NoSuchLink."""
    if len(text.encode()) > ALIAS_BYTES:
        raise ValueError(f"An alias has at most {ALIAS_BYTES} bytes")
    with _netlink() as kernel:
        if _find_or_raise(kernel, device).get("ifalias") != text:
            kernel.link("set", index=_index(kernel, device), ifalias=text)


def alias(device: str) -> str | None:
    """The alias of the device; None where there is none, or no such device."""
    with _netlink() as kernel:
        found = _find(kernel, device)
        return (found.get("ifalias") or None) if found is not None else None


def exists(device: str) -> bool:
    """Whether the device is there."""
    with _netlink() as kernel:
        return _find(kernel, device) is not None


def list_links(prefix: str = "") -> dict[str, str | None]:
    """Devices whose names begin with `prefix`, each with its alias."""
    with _netlink() as kernel:
        names = {link.get("ifname"): link.get("ifalias") or None for link in kernel.get_links()}
    return {name: text for name, text in sorted(names.items()) if name.startswith(prefix)}


def members(bridge: str) -> list[str]:
    """Devices that are ports of the bridge."""
    with _netlink() as kernel:
        found = _find(kernel, bridge)
        if found is None:
            return []
        return sorted(link.get("ifname") for link in kernel.get_links(master=found["index"]))


def addresses(device: str, version: int = 4) -> list[str]:
    """Addresses of the device of one IP version, in the kernel's order (the first is the source of what we send)."""
    with _netlink() as kernel:
        found = _find(kernel, device)
        if found is None:
            return []
        return [_text(message) for message in _addresses(kernel, found["index"], version)]


@entrypoint
def ensure_address(device: str, address: str, scope: str = "global") -> None:
    """Give the device an address; `scope` is global, link or host. Raises NoSuchLink."""
    wanted = ipaddress.ip_interface(address)
    with _netlink() as kernel:
        index = _index(kernel, device)
        _unless_there(
            kernel.addr,
            "add",
            index=index,
            address=str(wanted.ip),
            prefixlen=wanted.network.prefixlen,
            scope=SCOPES[scope],
        )


@entrypoint
def remove_address(device: str, address: str) -> None:
    """Take an address from the device."""
    wanted = ipaddress.ip_interface(address)
    with _netlink() as kernel:
        found = _find(kernel, device)
        if found is not None:
            _unless_gone(
                kernel.addr,
                "del",
                index=found["index"],
                address=str(wanted.ip),
                prefixlen=wanted.network.prefixlen,
            )


@entrypoint
def ensure_first_address(device: str, address: str, broadcast: str | None = None) -> None:
    """Make an IPv4 address the device's first global one. Raises NoSuchLink.

    The kernel keeps addresses in the order they were given, so the others are taken off and put back behind it, and
    the device's routes by a gateway, which go with them, are put back too.
    """
    wanted = ipaddress.ip_interface(address)
    with _netlink() as kernel:
        index = _index(kernel, device)
        held = [message for message in _addresses(kernel, index, 4) if message["scope"] == SCOPES["global"]]
        if held and _text(held[0]) == str(wanted):
            return
        routes = _gateway_routes(kernel, index)
        for message in held:
            _unless_gone(kernel.addr, "del", **_address_facts(message, index))
        first = {"index": index, "address": str(wanted.ip), "prefixlen": wanted.network.prefixlen}
        kernel.addr("add", **first, broadcast=broadcast or str(wanted.network.broadcast_address))
        for message in held:
            if _text(message) != str(wanted):
                _unless_there(kernel.addr, "add", **_address_facts(message, index))
        _put_routes(kernel, routes, index)


@contextmanager
def _netlink() -> Iterator[Any]:
    # A socket per use: it belongs to the calling thread, and so to that thread's network namespace.
    with IPRoute() as kernel:
        yield kernel


def _find(kernel: Any, device: str) -> Any:
    try:
        found = list(kernel.link("get", ifname=device))
    except NetlinkError as error:
        if error.code == errno.ENODEV:
            return None
        raise
    return found[0] if found else None


def _find_or_raise(kernel: Any, device: str) -> Any:
    found = _find(kernel, device)
    if found is None:
        raise NoSuchLink(device)
    return found


def _index(kernel: Any, device: str) -> int:
    index: int = _find_or_raise(kernel, device)["index"]
    return index


def _bring_up(kernel: Any, device: str) -> None:
    found = _find_or_raise(kernel, device)
    if not found["flags"] & 1:
        kernel.link("set", index=found["index"], state="up")


def _join(kernel: Any, bridge: int, interface: str) -> None:
    """Make the interface a port and let the bridge inherit what would stop working on a port."""
    port = _find_or_raise(kernel, interface)
    if port.get("master") != bridge:
        kernel.link("set", index=port["index"], master=bridge)
        kernel.link("set", index=bridge, address=port.get("address"))
    _bring_up(kernel, interface)
    routes = _gateway_routes(kernel, port["index"])
    for message in _addresses(kernel, port["index"], 4):
        if message["scope"] == SCOPES["global"]:
            _unless_gone(kernel.addr, "del", **_address_facts(message, port["index"]))
            _unless_there(kernel.addr, "add", **_address_facts(message, bridge))
    _put_routes(kernel, routes, bridge)


def _addresses(kernel: Any, index: int, version: int) -> list[Any]:
    family = 2 if version == 4 else 10
    return [message for message in kernel.get_addr(family=family, index=index) if message["index"] == index]


def _text(message: Any) -> str:
    return f"{message.get('local') or message.get('address')}/{message['prefixlen']}"


def _address_facts(message: Any, index: int) -> dict[str, Any]:
    facts = {
        "index": index,
        "address": message.get("local") or message.get("address"),
        "prefixlen": message["prefixlen"],
        "scope": message["scope"],
    }
    if message.get("broadcast"):
        facts["broadcast"] = message.get("broadcast")
    return facts


def _gateway_routes(kernel: Any, index: int) -> list[dict[str, Any]]:
    routes = []
    for message in kernel.get_routes(family=2, oif=index):
        if message.get("gateway") and message.get("oif") == index:
            target = f"{message.get('dst')}/{message['dst_len']}" if message.get("dst") else "default"
            facts = {"dst": target, "gateway": message.get("gateway")}
            extra = {"priority": message.get("priority"), "table": message.get("table")}
            routes.append(facts | {key: value for key, value in extra.items() if value is not None})
    return routes


def _put_routes(kernel: Any, routes: list[dict[str, Any]], index: int) -> None:
    for route in routes:
        _unless_there(kernel.route, "replace", oif=index, **route)


def _unless_there(do: Any, *args: Any, **kwargs: Any) -> None:
    try:
        do(*args, **kwargs)
    except NetlinkError as error:
        if error.code != errno.EEXIST:
            raise


def _unless_gone(do: Any, *args: Any, **kwargs: Any) -> None:
    try:
        do(*args, **kwargs)
    except NetlinkError as error:
        if error.code not in (errno.ENODEV, errno.EADDRNOTAVAIL, errno.ENOENT, errno.ESRCH):
            raise
