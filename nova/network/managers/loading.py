"""Which manager the settings name."""

from __future__ import annotations

from oslo_config import cfg

from nova.network.linux.host import Host
from nova.network.managers.base import Manager
from nova.network.managers.flatdhcp import FlatDhcp

MANAGERS = {"nova.network.manager.FlatDHCPManager": FlatDhcp}


class NotKnown(Exception):
    """Option network_manager names none of ours."""


def load(conf: cfg.ConfigOpts, host: Host) -> Manager:
    """The manager of option network_manager. Raises NotKnown."""
    kind = MANAGERS.get(conf.network_manager)
    if kind is None:
        raise NotKnown(f"network_manager = {conf.network_manager} is not offered; choose from {', '.join(MANAGERS)}")
    return kind(host, interface=conf.flat_interface)
