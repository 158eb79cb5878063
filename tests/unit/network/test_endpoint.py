"""The agent over the in-memory bus, on a host where everything is only logged."""

from __future__ import annotations

import logging
from pathlib import Path

import pytest

from nova.base import settings
from nova.base.context import admin_context
from nova.bus import settings as bus_settings
from nova.bus.bus import Bus
from nova.contracts.errors import Unavailable
from nova.contracts.network import HostNetworkPlan
from nova.contracts.network_agent import NetworkAgent, NetworkPlans
from nova.network import assembly
from nova.network import settings as network_settings
from nova.network.endpoint import Endpoint
from nova.network.linux.host import LoggedHost
from nova.network.managers import loading
from tests.unit.network.factories import make_line, make_network, make_served

CONTEXT = admin_context()


class Plans(NetworkPlans):
    """A conductor with one answer, which may be away."""

    def __init__(self) -> None:
        self.networks, self.away, self.asked = [], False, 0

    def plan(self, context, *, host):
        self.asked += 1
        if self.away:
            raise Unavailable(service="nova-conductor", hint="")
        return HostNetworkPlan(host=host, networks=self.networks)

    def leases(self, context, *, host, network_id):
        return []

    def leased(self, context, *, host, mac, address):
        """Nobody leases here."""

    def released(self, context, *, host, mac, address):
        """Nobody leases here."""


class Cloud:
    """One nova-network and its conductor."""

    def __init__(self, folder: Path) -> None:
        (folder / "conf").write_text(
            f"[DEFAULT]\ntransport_url = fake://{folder.name}\nstate_path = {folder}\nmy_ip = 192.0.2.5\n"
            "network_manager = nova.network.manager.FlatDHCPManager\nfake_network = True\nhost = h1\n"
        )
        options = [bus_settings.OPTIONS, network_settings.OPTIONS]
        argv = ["--config-file", str(folder / "conf")]
        self.conf = settings.load(argv, program="nova-network", options=options, default_files=())
        self.host, self.plans, self.bus = LoggedHost(), Plans(), Bus(self.conf)
        self.serving = assembly.serving(self.conf, self.host)
        self.endpoint = Endpoint("h1", self.serving, self.bus.client(NetworkPlans))
        self.servers = [
            self.bus.serve("conductor", "c1", [self.plans]),
            self.bus.serve("network", "h1", [self.endpoint]),
        ]
        for server in self.servers:
            server.start()
        self.agent = self.bus.client(NetworkAgent, host="h1")
        self.hosts_file = folder / "networks" / "nova-br100.conf"

    def stop(self) -> None:
        for server in self.servers:
            server.stop()
        self.bus.close()

    def serve(self, *, add=(), remove=(), generation=1) -> None:
        self.agent.serve(
            CONTEXT,
            network=make_network(updated_at=f"at {generation}"),
            dhcp_address="10.0.0.1",
            add=[make_line(number) for number in add],
            remove=[make_line(number).mac for number in remove],
            generation=generation,
        )

    def lines(self) -> list[str]:
        return [line.split(",")[2] for line in self.hosts_file.read_text().splitlines()]


@pytest.fixture
def cloud(tmp_path):
    made = Cloud(tmp_path)
    yield made
    made.stop()


def test_a_first_message_does_not_cut_off_those_the_plan_knows(cloud):
    cloud.plans.networks = [make_served(5, 6, generation=1)]
    cloud.serve(add=[7], generation=2)
    assert cloud.lines() == ["10.0.0.5", "10.0.0.6", "10.0.0.7"]
    cloud.serve(remove=[5], generation=3)
    assert cloud.lines() == ["10.0.0.6", "10.0.0.7"]
    assert cloud.plans.asked == 1
    assert cloud.host.bridges() == {"br100": "n1"}


def test_a_fresh_process_never_cuts_off_the_way_to_the_metadata_service(cloud):
    cloud.endpoint.converge()
    assert "192.0.2.5:8775" in cloud.host.kernel.save("ip")
    written = []
    restore = cloud.host.kernel.restore
    cloud.host.kernel.restore = lambda family, text: (written.append(text), restore(family, text))
    later = Endpoint("h1", assembly.serving(cloud.conf, cloud.host), cloud.bus.client(NetworkPlans))
    later.apply(CONTEXT, served=make_served(5))
    assert written and all("192.0.2.5:8775" in text for text in written if "*nat" in text)


def test_a_network_of_version_6_alone_is_a_bridge_without_dhcp(cloud):
    network = make_network(cidr=None, gateway=None, dhcp_server=None, broadcast=None, cidr_v6="fd00::/64")
    cloud.agent.serve(CONTEXT, network=network, dhcp_address="", add=[], remove=[], generation=1)
    assert cloud.host.bridges() == {"br100": "n1"}
    assert not cloud.hosts_file.exists()
    cloud.endpoint.forget(CONTEXT, network=network)
    assert cloud.host.bridges() == {}


def test_while_the_plan_is_unknown_nothing_is_served(cloud):
    cloud.plans.away = True
    with pytest.raises(Unavailable):
        cloud.serve(add=[7])
    assert not cloud.hosts_file.exists()
    cloud.plans.away = False
    cloud.serve(add=[7])
    assert cloud.lines() == ["10.0.0.7"]


def test_only_lines_change_with_one_signal_and_no_look_at_the_kernel(cloud, caplog):
    cloud.serve(add=[5], generation=1)
    with caplog.at_level(logging.DEBUG, logger="nova"):
        cloud.serve(add=[6], generation=2)
        cloud.serve(add=[6], generation=2)
    done = [record.getMessage() for record in caplog.records if record.getMessage().startswith("Not ")]
    assert done == ["Not sent: signal 1 to 1"]


def test_the_mark_of_a_freed_address_goes_to_dnsmasq(cloud, caplog):
    cloud.serve(add=[5], generation=1)
    with caplog.at_level(logging.DEBUG, logger="nova"):
        cloud.serve(remove=[5], generation=2)
    assert "Not run: dhcp_release br100 10.0.0.5 fa:16:3e:00:00:05" in caplog.text


def test_convergence_makes_the_host_as_planned_and_audits_clean(cloud):
    cloud.plans.networks = [make_served(5, generation=1)]
    cloud.endpoint.converge()
    plan = HostNetworkPlan(host="h1", networks=cloud.plans.networks)
    assert cloud.agent.leftovers(CONTEXT, plan=plan) == []
    longer = HostNetworkPlan(host="h1", networks=[make_served(5, 6, generation=2)])
    assert [(found.kind, found.owner) for found in cloud.agent.leftovers(CONTEXT, plan=longer)] == [("dhcp", "s6")]
    none = HostNetworkPlan(host="h1", networks=[])
    assert {found.kind for found in cloud.agent.leftovers(CONTEXT, plan=none)} == {"rule", "bridge", "dhcp"}

    cloud.plans.networks = []
    cloud.endpoint.converge()
    assert cloud.agent.leftovers(CONTEXT, plan=none) == []
    assert cloud.host.bridges() == {} and not cloud.hosts_file.exists()


def test_an_audit_finds_rules_that_somebody_flushed(cloud):
    cloud.plans.networks = [make_served(5, generation=1)]
    cloud.endpoint.converge()
    for table in ("filter", "nat", "mangle"):
        cloud.host.kernel.restore("ip", f"*{table}\nCOMMIT\n")
    plan = HostNetworkPlan(host="h1", networks=cloud.plans.networks)
    (found,) = cloud.agent.leftovers(CONTEXT, plan=plan)
    assert (found.kind, found.what) == ("rule", "br100")
    cloud.endpoint.converge()
    assert cloud.agent.leftovers(CONTEXT, plan=plan) == []


def test_apply_replaces_all_lines_and_forget_takes_everything(cloud):
    cloud.serve(add=[5, 6], generation=1)
    cloud.endpoint.apply(CONTEXT, served=make_served(7, generation=2))
    assert cloud.lines() == ["10.0.0.7"]
    cloud.endpoint.forget(CONTEXT, network=make_network())
    assert not cloud.hosts_file.exists() and cloud.host.bridges() == {}
    assert "n1" not in cloud.host.kernel.save("ip")


def test_one_networks_trouble_does_not_keep_others_waiting(cloud):
    cloud.plans.networks = [
        make_served(uuid="broken", bridge=None),
        make_served(5, generation=1),
    ]
    with pytest.raises(ValueError, match="no bridge"):
        cloud.endpoint.converge()
    assert cloud.lines() == ["10.0.0.5"]


def test_a_manager_that_is_not_offered_is_refused_with_a_word_of_what_is(cloud):
    cloud.conf.set_override("network_manager", "nova.network.manager.Unheard")
    try:
        with pytest.raises(loading.NotKnown, match="FlatDHCPManager"):
            loading.load(cloud.conf, cloud.host)
    finally:
        cloud.conf.clear_override("network_manager")
