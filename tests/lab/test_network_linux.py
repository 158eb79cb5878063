"""nova-network in a real network namespace, with a real dnsmasq."""

from __future__ import annotations

import json
import os
import signal

from nova.base import links
from nova.base.iptables import Tables
from nova.compute.filters import PacketFilters
from nova.contracts.network import ServedNetwork
from nova.network.linux.dnsmasq import SCRIPT
from tests.lab.namespaces import command, tables
from tests.lab.network_host import (
    CONTEXT,
    MARKS,
    NETWORK,
    Lab,
    Plans,
    ask_for_address,
    filters,
    fresh,
    line,
    plug,
    serve,
)

pytestmark = MARKS


def test_a_guest_gets_its_address_and_gives_it_back(lab: Lab) -> None:
    serve(lab, add=[line(5)], generation=1)
    assert {"kind": "leases", "network": 7} in lab.events()
    known, stranger = plug(lab, 5), plug(lab, 6)
    guest_filters = PacketFilters(Tables("nova-compute", families=("ip", "bridge"), lock_path=str(lab.folder)))
    guest_filters.apply([filters(5, known.tap, []), filters(6, stranger.tap, [])])
    try:
        assert ask_for_address(known, lab.folder) == "10.9.0.5"
        assert lab.await_event(kind="leased", mac=line(5).mac, address="10.9.0.5")
        assert known.reaches("10.9.0.1")
        assert ask_for_address(stranger, lab.folder) is None

        serve(lab, add=[line(6)], generation=2)  # by a signal to the dnsmasq that runs
        assert ask_for_address(stranger, lab.folder) == "10.9.0.6"

        serve(lab, add=[], remove=[line(5).mac], generation=3)
        assert lab.await_event(kind="released", mac=line(5).mac, address="10.9.0.5")
        assert not any(event["kind"] == "old" for event in lab.events())
    finally:
        known.namespace.end()
        stranger.namespace.end()


def test_leases_survive_a_restart_of_dnsmasq(lab: Lab) -> None:
    (lab.folder / "leases").write_text(json.dumps([{k: getattr(line(5), k) for k in line(5).__struct_fields__}]))
    serve(lab, add=[line(5)], generation=1)
    before = lab.dnsmasq()
    assert before
    for pid in before:
        os.kill(pid, signal.SIGKILL)
    lab.plans.networks = [ServedNetwork(network=NETWORK, dhcp_address="10.9.0.1", dhcp_hosts=[line(5)], generation=1)]
    lab.agent.converge()
    assert len(lab.dnsmasq()) == 1 and lab.dnsmasq() != before
    guest = plug(lab, 5)
    try:
        assert ask_for_address(guest, lab.folder) == "10.9.0.5"
    finally:
        guest.namespace.end()


def test_the_same_plan_twice_changes_nothing_and_what_was_lost_comes_back(lab: Lab) -> None:
    lab.plans.networks = [ServedNetwork(network=NETWORK, dhcp_address="10.9.0.1", dhcp_hosts=[line(5)], generation=4)]
    command("iptables", "-A", "FORWARD", "-s", "203.0.113.9", "-j", "ACCEPT")
    lab.agent.converge()
    rules, writes, pids = tables(), lab.kernel.writes, lab.dnsmasq()
    assert rules.count(NETWORK.uuid) == 11 and "203.0.113.9" in rules
    lab.agent.converge()
    assert (tables(), lab.kernel.writes, lab.dnsmasq()) == (rules, writes, pids)

    again = fresh(lab.namespace, lab.folder, lab.plans)
    again.agent.converge()
    assert (tables(), again.kernel.writes, lab.dnsmasq()) == (rules, 0, pids)

    command("iptables", "-t", "nat", "-F")
    command("iptables", "-F", "nova-network-INPUT")
    command("ip", "addr", "flush", "dev", "brnvt0")
    os.kill(pids[0], signal.SIGKILL)
    plan = lab.plans.plan(CONTEXT, host="host")
    lab.agent.converge()
    assert tables() == rules
    assert links.addresses("brnvt0") == ["10.9.0.1/24"]
    assert lab.agent.leftovers(CONTEXT, plan=plan) == []


def test_a_forgotten_network_leaves_the_host_as_it_was(lab: Lab) -> None:
    lab.agent.converge()
    before = tables()
    serve(lab, add=[line(5)], generation=1)
    lab.plans.networks = []
    found = {
        (finding.kind, finding.what)
        for finding in lab.agent.leftovers(CONTEXT, plan=lab.plans.plan(CONTEXT, host="host"))
    }
    assert {("bridge", "brnvt0"), ("dhcp", "brnvt0")} <= found
    lab.agent.forget(CONTEXT, network=NETWORK)
    assert tables() == before
    assert not links.exists("brnvt0")
    assert lab.dnsmasq() == []
    assert sorted(path.name for path in (lab.folder / "networks").iterdir()) == [SCRIPT]


def test_what_no_plan_knows_is_taken_away_by_a_fresh_process(lab: Lab) -> None:
    lab.agent.converge()
    before = tables()
    serve(lab, add=[line(5)], generation=1)
    fresh(lab.namespace, lab.folder, Plans()).agent.converge()
    assert tables() == before
    assert not links.exists("brnvt0")
    assert lab.dnsmasq() == []
