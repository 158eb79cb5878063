"""Options about what guests are told, said once for the daemons that tell it."""

from __future__ import annotations

from oslo_config import cfg

DHCP_DOMAIN = cfg.StrOpt("dhcp_domain", default="novalocal", help="Domain of the guests' names.")
VENDOR_DATA = cfg.StrOpt(
    "vendordata_jsonfile_path",
    deprecated_opts=[cfg.DeprecatedOpt("vendordata_jsonfile_path", group="api")],
    help="A JSON file that every guest finds as vendor_data.json.",
)
