"""Options of the metadata service."""

from __future__ import annotations

from oslo_config import cfg

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
        cfg.StrOpt("dhcp_domain", default="novalocal", help="Domain of the guests' names."),
        cfg.StrOpt(
            "vendordata_jsonfile_path",
            deprecated_opts=[cfg.DeprecatedOpt("vendordata_jsonfile_path", group="api")],
            help="A JSON file that every guest finds as vendor_data.json.",
        ),
    ],
}
