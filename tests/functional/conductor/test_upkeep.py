"""An audit looks into the database and asks every host that lives; it is for administrators."""

import uuid

import pytest
from sqlalchemy import insert, update

from nova.base.context import RequestContext
from nova.conductor import audits, placement
from nova.conductor.db.tables import block_device_mapping, fixed_ips, instances, services, virtual_interfaces
from nova.conductor.servers.endpoint import ServerEndpoint
from nova.conductor.upkeep import UpkeepEndpoint
from nova.contracts.audit import Finding
from nova.contracts.compute import Compute
from nova.contracts.errors import Forbidden, Unavailable
from nova.contracts.network_agent import NetworkAgent
from tests.functional.conductor.fakes import IdleRunner
from tests.functional.conductor.network_rows import add_network, add_service
from tests.functional.conductor.rows import add_host, add_server, admin, user_context

TAP = Finding(kind="tap", where="host1", what="tap0")
DNS = Finding(kind="dhcp", where="net1", what="br100")


class Daemon:
    """One daemon as the bus reaches it."""

    def __init__(self, bus, contract, host):
        self._bus, self._contract, self._host = bus, contract, host

    def leftovers(self, context, *, plan):
        self._bus.plans.append((self._contract, plan.host))
        if self._host in self._bus.silent:
            raise Unavailable(service=self._host, hint="")
        return {Compute: [TAP], NetworkAgent: [DNS]}[self._contract]


class Daemons:
    """A bus to daemons of which some do not answer."""

    def __init__(self, *silent):
        self.silent, self.plans = silent, []

    def client(self, contract, host):
        return Daemon(self, contract, host)


class Cloud:
    """As much of the conductor's surroundings as an audit needs."""

    def __init__(self, conf, database, bus):
        self.conf, self.database, self.bus = conf, database, bus


@pytest.fixture
def audit(database, conf):

    def run(*hosts, silent=()):
        bus = Daemons(*silent)
        found = UpkeepEndpoint(Cloud(conf, database, bus)).audit(admin(), hosts=list(hosts))
        return found, bus.plans

    return run


@pytest.fixture
def daemons(database):
    def add(conn):
        add_service(conn, "host1", "nova-compute")
        add_service(conn, "net1", "nova-network")
        add_service(conn, "host1", "nova-scheduler")

    database.transaction(add)


def test_every_host_is_asked_with_its_own_plan(audit, daemons):
    found, plans = audit()
    assert sorted(plans, key=str) == sorted([(Compute, "host1"), (NetworkAgent, "net1")], key=str)
    assert {one.what for one in found} == {"tap0", "br100"}
    assert audit("net1") == ([DNS], [(NetworkAgent, "net1")])


def test_daemons_that_are_down_or_silent_are_findings(audit, daemons, database):
    database.transaction(
        lambda conn: conn.execute(update(services).where(services.c.host == "net1").values(stopped=True))
    )
    found, plans = audit(silent=["host1"])
    assert plans == [(Compute, "host1")]
    assert {(one.kind, one.where, one.what) for one in found} == {
        ("daemon", "host1", "nova-compute"),
        ("daemon", "net1", "nova-network"),
    }
    hints = {one.where: one.hint for one in found}
    assert "could not be asked" in hints["host1"] and "is down" in hints["net1"]


@pytest.mark.parametrize("who", [user_context(), RequestContext(overwrite=False)])
def test_audits_are_for_administrators(database, conf, daemons, who):
    bus = Daemons()
    with pytest.raises(Forbidden, match="for administrators"):
        UpkeepEndpoint(Cloud(conf, database, bus)).audit(who, hosts=[])
    assert bus.plans == []


def wreck(conn, server, provider):
    """Everything a server may hold, as a crash in the middle of its end could leave it."""
    network = add_network(conn)
    placement.claim(conn, provider, server, {"VCPU": 1})
    vif = {"uuid": str(uuid.uuid4()), "address": "m", "network_id": network.id, "instance_uuid": server}
    conn.execute(insert(virtual_interfaces).values(vif))
    of_server = {"instance_uuid": server, "allocated": True}
    conn.execute(update(fixed_ips).where(fixed_ips.c.address == "10.0.0.5").values(of_server))
    disk = {"uuid": str(uuid.uuid4()), "instance_uuid": server, "source_type": "image", "destination_type": "local"}
    conn.execute(insert(block_device_mapping).values(disk))


def kinds(database):
    return [(one.kind, one.owner) for one in database.read(audits.database)]


def test_what_a_server_holds_is_found_once_it_is_gone(database, conf):
    provider = add_host(database, conf)
    server = database.transaction(lambda conn: add_server(conn, host="host1", node="host1.example"))
    database.transaction(lambda conn: wreck(conn, server, provider))
    ServerEndpoint(database, conf, IdleRunner()).begin(admin(), server=server, action="delete", arguments={})
    assert kinds(database) == []
    database.transaction(lambda conn: conn.execute(update(instances).values(deleted=instances.c.id)))
    assert kinds(database) == [(kind, server) for kind in ("claim", "address", "address", "disk", "task")]


def test_a_claim_on_a_host_its_server_left_is_found(database, conf):
    provider = add_host(database, conf)
    server = database.transaction(lambda conn: add_server(conn, host="host2"))
    database.transaction(lambda conn: placement.claim(conn, provider, server, {"VCPU": 1}))
    assert kinds(database) == [("claim", server)]


@pytest.mark.parametrize("state", [{"task_state": "rebooting"}, {"vm_state": "building"}])
def test_a_server_that_waits_for_no_task_is_found(database, state):
    server = database.transaction(lambda conn: add_server(conn, host="host1", **state))
    assert kinds(database) == [("task", server)]
