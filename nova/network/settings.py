"""Options of nova-network and nova-dhcpbridge."""

from __future__ import annotations

from oslo_config import cfg

from nova.base import iptables
from nova.contracts import guest_options, network_options

DHCP = [
    cfg.StrOpt("networks_path", default="$state_path/networks", help="Folder of dnsmasq's files."),
    guest_options.DHCP_DOMAIN,
    cfg.IntOpt("dhcp_lease_time", default=86400, min=1, help="Seconds a DHCP lease lasts."),
    cfg.StrOpt(
        "dhcpbridge",
        default="$bindir/nova-dhcpbridge",
        help="The program dnsmasq runs for each lease.",
    ),
    cfg.MultiStrOpt(
        "dhcpbridge_flagfile",
        default=["/etc/nova/nova-dhcpbridge.conf"],
        help="Configuration files of nova-dhcpbridge.",
    ),
    cfg.StrOpt("dnsmasq_config_file", default="", help="A further configuration file for dnsmasq."),
    cfg.MultiStrOpt("dns_server", default=[], help="Name servers dnsmasq asks instead of the host's."),
    cfg.BoolOpt("use_network_dns_servers", default=False, help="Let dnsmasq also ask the networks' dns1 and dns2."),
    cfg.BoolOpt(
        "use_single_default_gateway",
        default=False,
        help="Give a guest of several networks a default route on its first interface only.",
    ),
    cfg.BoolOpt("force_dhcp_release", default=True, help="Make dnsmasq forget a lease when its address is freed."),
]

ROUTING = [
    cfg.StrOpt("public_interface", default="eth0", help="The interface that leads to the outside."),
    cfg.StrOpt("routing_source_ip", default="$my_ip", help="The address guests appear as outside; empty: their own."),
    cfg.IPOpt("metadata_host", default="$my_ip", help="Address of nova-api-metadata."),
    cfg.PortOpt("metadata_port", default=8775, help="Port of nova-api-metadata."),
    cfg.ListOpt("dmz_cidr", default=[], help="Ranges that guests reach under their own address."),
    cfg.MultiStrOpt(
        "force_snat_range",
        default=[],
        help="Ranges reached under routing_source_ip on networks whose gateway is elsewhere.",
    ),
    cfg.MultiStrOpt(
        "forward_bridge_interface",
        default=["all"],
        help="Interfaces a bridge's traffic may be forwarded to, or `all`.",
    ),
]

OPTIONS: dict[str, list[cfg.Opt]] = {
    "DEFAULT": [
        *iptables.OPTIONS["DEFAULT"],
        *DHCP,
        *ROUTING,
        cfg.StrOpt(
            "network_manager",
            default="nova.network.manager.VlanManager",
            help="How networks are made on hosts.",
        ),
        network_options.FLAT_INTERFACE,
        cfg.BoolOpt(
            "fake_network", default=False, help="Log what would be done to the host's network, and do nothing."
        ),
        cfg.IntOpt(
            "network_converge_interval",
            default=60,
            min=5,
            help="Seconds between two comparisons of the host with what the conductor says it should serve.",
        ),
    ]
}
