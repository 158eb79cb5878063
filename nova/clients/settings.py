"""Options of the clients of other services."""

from __future__ import annotations

from keystoneauth1 import loading
from oslo_config import cfg

GLANCE = "glance"


def _adapter_options(service_type: str) -> list[cfg.Opt]:
    """How the service is found in Keystone's catalogue, with what differs by service as the default."""
    defaults = {"service_type": service_type, "valid_interfaces": ["internal", "public"]}
    options: list[cfg.Opt] = loading.get_adapter_conf_options()
    for option in options:
        option.default = defaults.get(option.dest, option.default)
    return options


OPTIONS: dict[str, list[cfg.Opt]] = {
    GLANCE: [
        cfg.ListOpt(
            "api_servers",
            help="Addresses of Glance, tried in turn; unset: endpoint_override, else Keystone's catalogue. "
            "fake:///folder serves images from a folder without any Glance, for trials.",
        ),
        cfg.IntOpt("num_retries", default=0, min=0, help="How often a request is tried again when Glance is away."),
        *loading.get_auth_common_conf_options(),
        *loading.get_session_conf_options(),
        *_adapter_options("image"),
    ],
}
