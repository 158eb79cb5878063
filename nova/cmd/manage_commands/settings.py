"""Options that say what `nova-manage` makes when its command line does not."""

from __future__ import annotations

from oslo_config import cfg

OPTIONS: dict[str, list[cfg.Opt]] = {
    "DEFAULT": [
        cfg.IntOpt("num_networks", default=1, min=1, help="How many networks `network create` cuts from a range."),
        cfg.StrOpt("flat_network_bridge", help="Bridge of flat networks."),
        cfg.StrOpt("flat_network_dns", default="8.8.4.4", help="First name server of flat networks."),
        cfg.BoolOpt("flat_injected", default=False, help="Write the network settings into the guests' disks."),
        cfg.StrOpt("vlan_interface", help="Interface that VLAN networks are on."),
        cfg.IntOpt("vlan_start", default=100, min=1, max=4094, help="First VLAN id of new networks."),
        cfg.PortOpt("vpn_start", default=1000, help="First port of the VPN forwarding of new networks."),
        cfg.BoolOpt("multi_host", default=False, help="New networks are served by every compute host itself."),
        cfg.BoolOpt("share_dhcp_address", default=False, help="All hosts use the DHCP server's address."),
        cfg.IntOpt("network_device_mtu", min=68, help="Largest packet on new networks."),
        cfg.StrOpt("default_floating_pool", default="nova", help="Pool of new floating addresses."),
    ],
}
