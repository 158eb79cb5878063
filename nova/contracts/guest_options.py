"""Options about what guests are told, said once for the daemons that tell it."""

from __future__ import annotations

from oslo_config import cfg

METADATA_CACHE = cfg.IntOpt(
    "metadata_cache_expiration",
    default=15,
    min=0,
    deprecated_opts=[cfg.DeprecatedOpt("metadata_cache_expiration", group="api")],
    help="Seconds for which what a guest is told is not looked up again, and a freed address not given out; "
    "0 looks it up for each request.",
)
METADATA_SECONDS = 10
"""How long the conductor's answer about an address may be under way."""
DHCP_DOMAIN = cfg.StrOpt("dhcp_domain", default="novalocal", help="Domain of the guests' names.")
VENDOR_DATA = cfg.StrOpt(
    "vendordata_jsonfile_path",
    deprecated_opts=[cfg.DeprecatedOpt("vendordata_jsonfile_path", group="api")],
    help="A JSON file that every guest finds as vendor_data.json.",
)


def told_for(conf: cfg.ConfigOpts) -> float:
    """Seconds after which nobody who asks from an address is told any more what its server of before was told."""
    return float(conf.metadata_cache_expiration + METADATA_SECONDS)
