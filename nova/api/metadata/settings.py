"""Options of the metadata service."""

from __future__ import annotations

from oslo_config import cfg

from nova.contracts import guest_options

OPTIONS: dict[str, list[cfg.Opt]] = {
    "DEFAULT": [
        cfg.IntOpt(
            "metadata_cache_expiration",
            default=15,
            min=0,
            deprecated_opts=[cfg.DeprecatedOpt("metadata_cache_expiration", group="api")],
            help="Seconds for which what a guest is told is not looked up again; 0 looks it up for each request.",
        ),
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
