"""How nova-network is put together from its settings."""

from __future__ import annotations

import logging
import threading
from collections.abc import Sequence
from pathlib import Path

from oslo_config import cfg

from nova.base import iptables
from nova.base.contract import Contract
from nova.base.daemon import Stoppable
from nova.base.periodic import Periodic
from nova.bus.bus import Bus
from nova.contracts.errors import Unavailable
from nova.contracts.network_agent import NetworkPlans
from nova.network.endpoint import Endpoint
from nova.network.linux.dhcptext import DhcpSettings
from nova.network.linux.dnsmasq import SCRIPT, Dnsmasq
from nova.network.linux.host import Host, LoggedHost, RealHost
from nova.network.linux.rules import LOOPBACK, RoutingSettings
from nova.network.managers import loading
from nova.network.serving import Serving

LOG = logging.getLogger(__name__)

PROGRAM = "nova-network"
RETRY_SECONDS = 3
"""Until a conductor that did not answer is asked again."""


class Assembly:
    """The parts of the daemon. Raises managers.loading.NotKnown."""

    def __init__(self, conf: cfg.ConfigOpts) -> None:
        self._conf = conf
        self._serving = serving(conf, LoggedHost() if conf.fake_network else RealHost())
        self._endpoint: Endpoint | None = None

    def endpoints(self, bus: Bus) -> Sequence[Contract]:
        """What the daemon offers."""
        self._endpoint = Endpoint(self._conf.host, self._serving, bus.client(NetworkPlans))
        return [self._endpoint]

    def started(self, bus: Bus) -> Sequence[Stoppable]:
        """The background work: comparing the host with the plan, at start and again and again."""
        work = Periodic("network-converge", self._conf.network_converge_interval, lambda: self._converge(work))
        work.start()
        bus.returned.append(work.nudge)
        return [work]

    def _converge(self, work: Periodic) -> None:
        assert self._endpoint is not None
        try:
            self._endpoint.converge()
        except Unavailable as missing:
            # Daemons of a host start together, and after a reboot its guests wait for their gateway.
            LOG.warning("What this host should serve is not known yet: %s", missing)
            soon = threading.Timer(RETRY_SECONDS, work.nudge)
            soon.daemon = True
            soon.start()


def serving(conf: cfg.ConfigOpts, host: Host) -> Serving:
    """The networks of a host as the settings say."""
    dnsmasq = Dnsmasq(host, dhcp(conf), program=conf.dhcpbridge, config_files=conf.dhcpbridge_flagfile)
    tables = iptables.from_settings(conf, PROGRAM, bridge=bool(conf.force_snat_range), kernel=host.kernel)
    return Serving(
        host,
        loading.load(conf, host),
        tables,
        dnsmasq,
        routing(conf),
        release_leases=conf.force_dhcp_release,
    )


def dhcp(conf: cfg.ConfigOpts) -> DhcpSettings:
    """What dnsmasq is told of the settings."""
    folder = Path(conf.networks_path)
    return DhcpSettings(
        folder=folder,
        domain=conf.dhcp_domain or "",
        lease_time=conf.dhcp_lease_time,
        script=str(folder / SCRIPT),
        config_file=conf.dnsmasq_config_file or "",
        dns_servers=tuple(conf.dns_server),
        use_network_dns=conf.use_network_dns_servers,
        single_default_gateway=conf.use_single_default_gateway,
    )


def routing(conf: cfg.ConfigOpts) -> RoutingSettings:
    """What iptables are told of the settings."""
    return RoutingSettings(
        metadata_host=conf.metadata_host,
        metadata_port=conf.metadata_port,
        metadata_here=conf.metadata_host in (conf.my_ip, *LOOPBACK),
        public_interface=conf.public_interface or "",
        source=conf.routing_source_ip or "",
        dmz=tuple(conf.dmz_cidr),
        force_snat=tuple(conf.force_snat_range),
        forward_to=tuple(conf.forward_bridge_interface),
        drop=conf.iptables_drop_action,
    )
