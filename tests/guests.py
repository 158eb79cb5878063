"""Guests for tests of drivers."""

from __future__ import annotations

from typing import Any

from oslo_config import cfg

from nova.base import settings
from nova.contracts.flavor import Flavor
from nova.contracts.guest import Guest, GuestRef
from nova.contracts.image import Image
from nova.contracts.network import FixedIp, NetworkRef, Subnet, Vif
from nova.virt import settings as virt_settings

UUID = "11111111-2222-4333-8444-555555555555"
NETWORK = NetworkRef(id="33333333-2222-4333-8444-555555555555", label="private", bridge="br-tests")
SUBNET = Subnet(cidr="10.0.0.0/24", gateway="10.0.0.1", dhcp_server="10.0.0.1", dns=["10.0.0.1"])
VIF = Vif(
    id="aaaaaaaa-bbbb-4ccc-8ddd-eeeeeeeeeeee",
    address="fa:16:3e:00:00:01",
    network=NETWORK,
    ips=[FixedIp(address="10.0.0.2", subnet=SUBNET, floating=["172.24.4.2"])],
    device="tapaaaaaaaa-bb",
)


def make_conf(**overrides: Any) -> cfg.ConfigOpts:
    """Settings of a compute host; `section__option` names one of a section."""
    conf = cfg.ConfigOpts()
    settings.register(conf, [settings.OPTIONS, virt_settings.OPTIONS])
    conf([], default_config_files=[])
    for name, value in overrides.items():
        section, _, option = name.rpartition("__")
        conf.set_override(option, value, group=section or None)
    return conf


def make_flavor(**facts: Any) -> Flavor:
    """A small size."""
    return Flavor(**{"flavorid": "1", "name": "tiny", "memory_mb": 128, "vcpus": 1, "root_gb": 1} | facts)


def make_image(name: str = "disk", disk_format: str = "raw", **properties: str) -> Image:
    """An image of a format."""
    return Image(id=name, disk_format=disk_format, container_format="bare", properties=properties)


def make_guest(**facts: Any) -> Guest:
    """A guest with an image, one interface and nothing else."""
    basics = {
        "uuid": UUID,
        "number": 10,
        "name": "instance-0000000a",
        "hostname": "vm-one",
        "display_name": "vm one",
        "project_id": "p" * 32,
        "user_id": "u" * 32,
        "flavor": make_flavor(),
        "image": make_image(),
        "vifs": [VIF],
    }
    return Guest(**basics | facts)


def ref_of(guest: Guest) -> GuestRef:
    """What is said of a guest when no more is needed."""
    return GuestRef(uuid=guest.uuid, number=guest.number, name=guest.name, vifs=guest.vifs)
