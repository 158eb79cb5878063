"""Options of the metadata service."""

from __future__ import annotations

from oslo_config import cfg

from nova.contracts import guest_options

MOST_OF_A_GUEST = 20
"""Connections a guest may hold to one process, so that it leaves the other guests their share."""

OPTIONS: dict[str, list[cfg.Opt]] = {
    "DEFAULT": [
        guest_options.METADATA_CACHE,
        cfg.BoolOpt(
            "use_forwarded_for",
            default=False,
            deprecated_opts=[cfg.DeprecatedOpt("use_forwarded_for", group="api")],
            help="Whether callers are known by X-Forwarded-For; only behind a proxy that sets it for every request.",
        ),
        guest_options.DHCP_DOMAIN,
        guest_options.VENDOR_DATA,
    ],
}
