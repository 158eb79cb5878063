"""What compute hosts ask and tell: each only about its own servers, and without what it need not know."""

import pytest
from sqlalchemy import insert, select, update

from nova.bus.codec import methods_of
from nova.conductor.db import document
from nova.conductor.db.engine import now
from nova.conductor.db.tables import fixed_ips, instances, tasks, virtual_interfaces
from nova.conductor.hosts import HostsEndpoint, settle
from nova.conductor.metadata import MetadataEndpoint
from nova.conductor.servers.endpoint import ServerEndpoint
from nova.contracts.compute import Compute
from nova.contracts.errors import HostNotOwner, NotFound
from nova.contracts.flavor import Flavor
from nova.contracts.guest import GuestState
from nova.contracts.states import PowerState
from tests.functional.conductor.fakes import IdleRunner, cloud_in_memory
from tests.functional.conductor.network_rows import add_network
from tests.functional.conductor.rows import add_server, admin

HERE = "host1"
SECRETS = document.dump({"admin_password": "s3cret", "files": [{"path": "/etc/key", "contents": "c2VjcmV0"}]})
GONE = {"deleted": 7, "vm_state": "deleted"}


@pytest.fixture
def hypervisor(conf, database, tmp_path):
    """The guests on HERE as they are now: power states by server."""
    guests = {}

    def states(self, context, *, servers):
        return [GuestState(uuid=server, power_state=guests[server]) for server in servers]

    here = type("FakeCompute", (Compute,), {**dict.fromkeys(methods_of(Compute), states), "power_states": states})
    with cloud_in_memory(conf, database, tmp_path.name) as cloud:
        server = cloud.bus._transport.server("compute", HERE, [here()], lambda method: None)
        server.start()
        yield cloud, guests
        server.stop()


@pytest.fixture
def hosts(hypervisor):
    return HostsEndpoint(hypervisor[0], IdleRunner())


@pytest.fixture
def boot(database):
    """Makes a server as a boot leaves it; answers its uuid."""

    def make(**values):
        flavor = document.dump(Flavor(flavorid="1", name="small", memory_mb=512, vcpus=1, root_gb=1))
        row = {"host": HERE, "flavor": flavor, "hostname": "one", "display_name": "one", "power_state": 1, **values}
        return database.transaction(lambda conn: add_server(conn, **row))

    return make


def work_on(database, conf, server):
    """An operation is under way for the server, between two steps that show anything."""
    ServerEndpoint(database, conf, IdleRunner()).begin(admin(), server=server, action="delete", arguments={})
    database.transaction(lambda conn: conn.execute(update(instances).values(task_state=None)))


@pytest.fixture
def tell(hosts, hypervisor):
    """Has the host tell of one guest what it still does, or what it did a while ago."""

    def do(server, power, now=None):
        hypervisor[1][server] = power if now is None else now
        hosts.power_states(admin(), host=HERE, states=[GuestState(uuid=server, power_state=power)])

    return do


def states(database, server):
    columns = (instances.c.vm_state, instances.c.power_state)
    row = database.read(lambda conn: conn.execute(select(*columns).where(instances.c.uuid == server)).one())
    return row.vm_state, PowerState(row.power_state)


@pytest.mark.parametrize(
    ("power", "vm_state"),
    [
        (PowerState.RUNNING, "active"),
        (PowerState.PAUSED, "active"),
        (PowerState.SHUTDOWN, "stopped"),
        (PowerState.CRASHED, "stopped"),
        (PowerState.NOSTATE, "stopped"),
    ],
)
def test_a_guest_that_goes_off_by_itself_is_stopped(tell, boot, database, power, vm_state):
    server = boot()
    tell(server, power)
    assert states(database, server) == (vm_state, power)


def test_a_guest_that_runs_though_its_server_is_stopped_is_ended(tell, boot, database):
    """A start that was given up may have been carried out after all."""
    server = boot(vm_state="stopped", power_state=4)
    for _ in range(2):
        tell(server, PowerState.RUNNING)
    assert states(database, server) == ("stopped", PowerState.SHUTDOWN)
    found = database.read(lambda conn: conn.execute(select(tasks.c.kind, tasks.c.step, tasks.c.notes)).all())
    assert [tuple(row) for row in found] == [("stop", "stop", f'{{"host":"{HERE}"}}')]
    shown = database.read(lambda conn: conn.execute(select(instances.c.task_state)).scalar_one())
    assert shown == "powering-off"


def test_what_an_operation_works_on_is_left_to_it(tell, boot, database, conf):
    worked_on = boot()
    work_on(database, conf, worked_on)
    marked = boot(task_state="powering-off")
    for server in (marked, worked_on):
        tell(server, PowerState.SHUTDOWN)
        assert states(database, server) == ("active", PowerState.RUNNING)


def test_what_comes_late_stops_no_server_that_was_started_since(tell, boot, database):
    server = boot()
    tell(server, PowerState.SHUTDOWN, now=PowerState.RUNNING)
    assert states(database, server) == ("active", PowerState.RUNNING)


def test_an_operation_that_came_and_went_while_the_host_looked_is_believed(hosts, boot, database, conf):
    server = boot()
    asked = database.read(now)
    work_on(database, conf, server)
    database.transaction(lambda conn: conn.execute(update(tasks).values(phase="done")))
    seen = [GuestState(uuid=server, power_state=PowerState.SHUTDOWN)]
    database.transaction(lambda conn: settle(conn, HERE, seen, asked, IdleRunner().holder))
    assert states(database, server) == ("active", PowerState.RUNNING)
    database.transaction(lambda conn: settle(conn, HERE, seen, now(conn), IdleRunner().holder))
    assert states(database, server) == ("stopped", PowerState.SHUTDOWN)


def test_a_host_tells_nothing_of_another_hosts_server(hosts, boot, database):
    mine, theirs = boot(), boot(host="host2")
    told = [GuestState(uuid=server, power_state=PowerState.SHUTDOWN) for server in (mine, theirs)]
    with pytest.raises(HostNotOwner, match=f"Host {HERE} may not write about server {theirs}"):
        hosts.power_states(admin(), host=HERE, states=told)
    assert states(database, mine) == states(database, theirs) == ("active", PowerState.RUNNING)


def test_a_plan_is_of_the_hosts_live_servers_and_holds_no_secrets(hosts, boot, database, conf):
    worked_on = boot(vm_state="rescued")
    work_on(database, conf, worked_on)
    calm, off = boot(secrets=SECRETS, user_data="c2VjcmV0"), boot(vm_state="stopped")
    marked = boot(task_state="rebooting")
    boot(host="host2")
    boot(**GONE)
    plan = hosts.plan(admin(), host=HERE)
    found = {one.guest.uuid: (one.should_run, one.busy) for one in plan.guests}
    assert found == {calm: (True, False), off: (False, False), marked: (True, True), worked_on: (True, True)}
    for one in plan.guests:
        assert (one.guest.admin_password, one.guest.files, one.guest.user_data) == (None, [], None)


def test_gone_are_those_the_cloud_knows_and_has_elsewhere_or_nowhere(hosts, boot):
    here, elsewhere, nowhere, deleted = boot(), boot(host="host2"), boot(host=None), boot(**GONE)
    asked = [here, elsewhere, nowhere, deleted, "00000000-0000-0000-0000-000000000000"]
    assert set(hosts.gone(admin(), host=HERE, servers=asked)) == {elsewhere, nowhere, deleted}


@pytest.fixture
def at_address(database):
    """Gives a server an address; answers it."""

    def give(server, allocated=True):
        def work(conn):
            network = add_network(conn)
            vif = {"uuid": server, "address": "fa:16:3e:00:00:01", "network_id": network.id, "instance_uuid": server}
            vif_id = conn.execute(insert(virtual_interfaces).values(vif)).inserted_primary_key[0]
            values = {"instance_uuid": server, "virtual_interface_id": vif_id, "allocated": allocated}
            conn.execute(update(fixed_ips).where(fixed_ips.c.address == "10.0.0.5").values(values))

        database.transaction(work)
        return "10.0.0.5"

    return give


def test_metadata_is_for_who_has_the_address_and_tells_no_password(database, conf, boot, at_address):
    server = boot(secrets=SECRETS, user_data="dXNlcg==")
    found = MetadataEndpoint(database, conf).by_address(admin(), address=at_address(server))
    assert (found.uuid, found.user_data) == (server, "dXNlcg==")
    assert (found.admin_password, found.files) == (None, [])


@pytest.mark.parametrize(("values", "allocated"), [(GONE, True), ({}, False)])
def test_an_address_of_nobody_has_no_metadata(database, conf, boot, at_address, values, allocated):
    address = at_address(boot(**values), allocated)
    with pytest.raises(NotFound, match=r"10\.0\.0\.5"):
        MetadataEndpoint(database, conf).by_address(admin(), address=address)
