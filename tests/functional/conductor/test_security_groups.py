"""Security groups: who may change what, what servers' filters become, and which hosts are told."""

import inspect
import threading

import pytest

from nova.base.contract import methods
from nova.conductor import addresses, security_group_rows, security_rules
from nova.conductor.db.tables import security_group_instance_association
from nova.conductor.security_groups import SecurityGroupEndpoint
from nova.contracts.compute import Compute
from nova.contracts.errors import BadRequest, NotFound, OverQuota, ServerNotFound
from nova.contracts.record import Page
from nova.contracts.security_group import GroupRule
from tests.functional.conductor.fakes import cloud_in_memory
from tests.functional.conductor.network_rows import add_network
from tests.functional.conductor.rows import add_server, admin, all_at_once, user_context

OWNER = user_context()
STRANGER = user_context("p2", "u2")
PAGE = Page(limit=100)


class Bystanders:
    """Computes of two hosts, each remembering the filters it was sent."""

    def __init__(self, bus, hosts):
        self.told = []
        self._heard = threading.Condition()
        self._servers = [bus.serve("compute", host, [_compute(self, host)]) for host in hosts]
        for server in self._servers:
            server.start()

    def hear(self, host, filters):
        with self._heard:
            self.told.append((host, {each.server: each.rules for each in filters}))
            self._heard.notify_all()

    def wait(self, count):
        """What they were told, after so many messages; empties the memory."""
        with self._heard:
            assert self._heard.wait_for(lambda: len(self.told) >= count, timeout=10)
            told, self.told = sorted(self.told), []
            return told

    def stop(self):
        for server in self._servers:
            server.stop()


def _compute(bystanders, host):
    def silent(name, function):
        def ask(self, context, **arguments):
            raise AssertionError(f"{name} was not expected")

        ask.__signature__ = inspect.signature(function)
        return ask

    def apply_filters(self, context, *, filters):
        bystanders.hear(host, filters)

    body = {name: silent(name, function) for name, function, _ in methods(Compute)}
    return type("FakeCompute", (Compute,), body | {"apply_filters": apply_filters})()


@pytest.fixture
def cloud(conf, database, tmp_path):
    with cloud_in_memory(conf, database, tmp_path.name) as made:
        yield made


@pytest.fixture
def hosts(cloud):
    made = Bystanders(cloud.bus, ["a", "b", "c"])
    yield made
    made.stop()


@pytest.fixture
def groups(cloud):
    return SecurityGroupEndpoint(cloud)


def tcp(group, port=22, cidr="0.0.0.0/0", **values):
    return GroupRule(
        **{"parent_group_id": group.id, "protocol": "tcp", "from_port": port, "to_port": port, "cidr": cidr} | values
    )


def server_in(database, *group_list, **values):
    def work(conn):
        server = add_server(conn, **{"hostname": "h"} | values)
        for group in group_list:
            row = {"security_group_id": group.id, "instance_uuid": server}
            conn.execute(security_group_instance_association.insert().values(**row))
        return server

    return database.transaction(work)


def with_address(database, server):
    (vif,) = database.transaction(lambda conn: addresses.reserve(conn, server, None, "a"))
    return f"{vif.ips[0].address}/32"


def test_a_project_has_a_default_group_from_the_start(groups):
    (found,) = groups.find(OWNER, page=PAGE)
    assert (found.name, found.project_id, found.rules) == ("default", "p1", [])
    assert groups.find(OWNER, page=PAGE) == [found]
    assert [group.project_id for group in groups.find(STRANGER, page=PAGE)] == ["p2"]
    assert len(groups.find(admin(), page=PAGE, all_projects=True)) == 2


def test_the_default_group_is_made_once_for_many(groups, database):
    work = lambda: database.transaction(lambda conn: security_group_rows.numbers_of(conn, OWNER, ["default"]))  # noqa: E731
    found = all_at_once(*[work] * 8)
    assert found == [found[0]] * 8


def test_pages_go_on_after_the_marker(groups):
    for name in ("web", "db"):
        groups.create(OWNER, name=name, description="")
    first = groups.find(OWNER, page=Page(limit=2))
    rest = groups.find(OWNER, page=Page(limit=2, marker=str(first[-1].id)))
    assert [group.name for group in first + rest] == ["default", "web", "db"]


def test_names_are_taken_once_in_a_project(groups):
    groups.create(OWNER, name="web", description="d")
    with pytest.raises(BadRequest, match="web already exists"):
        groups.create(OWNER, name="web", description="d")
    groups.create(STRANGER, name="web", description="d")
    other = groups.create(OWNER, name="db", description="d")
    with pytest.raises(BadRequest, match="web already exists"):
        groups.update(OWNER, id=other.id, name="web", description="")
    assert groups.update(OWNER, id=other.id, name="sql", description="x").name == "sql"


def test_limits_hold(groups, conf):
    conf.set_override("quota_security_groups", 2)
    conf.set_override("quota_security_group_rules", 1)
    web = groups.create(OWNER, name="web", description="")
    with pytest.raises(OverQuota):
        groups.create(OWNER, name="db", description="")
    groups.add_rule(OWNER, rule=tcp(web))
    with pytest.raises(OverQuota, match="security_group_rules"):
        groups.add_rule(OWNER, rule=tcp(web, port=23))


def test_others_groups_are_not_found(groups):
    web = groups.create(OWNER, name="web", description="")
    rule = groups.add_rule(OWNER, rule=tcp(web))
    for attempt in (
        lambda: groups.get(STRANGER, id=web.id),
        lambda: groups.delete(STRANGER, id=web.id),
        lambda: groups.add_rule(STRANGER, rule=tcp(web)),
        lambda: groups.delete_rule(STRANGER, id=rule.id),
        lambda: groups.update(STRANGER, id=web.id, name="x", description=""),
    ):
        with pytest.raises(NotFound):
            attempt()
    assert groups.get(admin(), id=web.id).rules == [rule]


def test_the_default_group_stays(groups):
    (default,) = groups.find(OWNER, page=PAGE)
    with pytest.raises(BadRequest, match="system group"):
        groups.delete(OWNER, id=default.id)
    with pytest.raises(BadRequest, match="system group"):
        groups.update(OWNER, id=default.id, name="x", description="")


def test_a_group_in_use_stays(groups, database):
    web = groups.create(OWNER, name="web", description="")
    server_in(database, web)
    with pytest.raises(BadRequest, match="still in use"):
        groups.delete(OWNER, id=web.id)


@pytest.mark.parametrize(
    ("words", "change"),
    [
        ("Not enough parameters", {"protocol": None}),
        ("Not enough parameters", {"to_port": None}),
        ("Invalid IP protocol gre", {"protocol": "GRE"}),
        ("Invalid port range 30:22", {"from_port": 30, "to_port": 22}),
        ("Invalid port range 0:22", {"from_port": 0}),
        ("Invalid port range 1:70000", {"from_port": 1, "to_port": 70000}),
        ("Invalid port range 300:0", {"protocol": "icmp", "from_port": 300, "to_port": 0}),
        ("Invalid cidr 10.0.0.0/40", {"cidr": "10.0.0.0/40"}),
        ("Invalid cidr None", {"cidr": None}),
    ],
)
def test_rules_that_make_no_sense_are_refused(groups, words, change):
    (default,) = groups.find(OWNER, page=PAGE)
    with pytest.raises(BadRequest, match=words):
        groups.add_rule(OWNER, rule=tcp(default, **{"port": 22} | change))


def test_a_rule_is_there_once(groups):
    (default,) = groups.find(OWNER, page=PAGE)
    rule = groups.add_rule(OWNER, rule=tcp(default, protocol="TCP", cidr="10.0.0.1/24"))
    assert (rule.protocol, rule.cidr) == ("tcp", "10.0.0.0/24")
    with pytest.raises(BadRequest, match="already exists"):
        groups.add_rule(OWNER, rule=tcp(default, cidr="10.0.0.0/24"))
    groups.delete_rule(OWNER, id=rule.id)
    with pytest.raises(NotFound):
        groups.delete_rule(OWNER, id=rule.id)


def test_a_group_named_in_a_rule_becomes_its_members_addresses(groups, database):
    database.transaction(lambda conn: add_network(conn, cidr_v6="fd00::/64"))
    web, db = (groups.create(OWNER, name=name, description="") for name in ("web", "db"))
    rule = groups.add_rule(OWNER, rule=tcp(db, port=3306, cidr=None, group_id=web.id))
    assert (rule.group_name, rule.group_project_id) == ("web", "p1")
    front, back = server_in(database, web), server_in(database, db)
    rules = lambda: database.read(lambda conn: security_rules.rules_of(conn, [front, back]))  # noqa: E731
    assert rules() == {front: [], back: []}
    address = with_address(database, front)
    (found,) = rules()[back]
    assert (found.protocol, found.from_port, found.cidrs[0]) == ("tcp", 3306, address)
    assert found.cidrs[1].startswith("fd00::f816:3eff") and found.cidrs[1].endswith("/128")
    database.transaction(lambda conn: addresses._retire(conn, front))
    assert rules()[back] == []


def test_filters_cost_a_fixed_number_of_queries(groups, database):
    database.transaction(add_network)
    web = groups.create(OWNER, name="web", description="")
    groups.add_rule(OWNER, rule=tcp(web, cidr=None, group_id=web.id))
    servers = [server_in(database, web) for _ in range(6)]
    for server in servers:
        with_address(database, server)
    before = database.queries
    found = database.read(lambda conn: security_rules.filters_of(conn, servers))
    assert database.queries - before == 4
    assert all(len(each.rules[0].cidrs) == 6 and len(each.vifs) == 1 for each in found.values())


def test_a_rule_reaches_each_host_once(groups, database, hosts, cloud):
    web, db = (groups.create(OWNER, name=name, description="") for name in ("web", "db"))
    one, two = server_in(database, web, host="a"), server_in(database, web, host="a")
    three = server_in(database, web, host="b")
    server_in(database, db, host="c")
    server_in(database, web)
    rule = groups.add_rule(OWNER, rule=tcp(web))
    told = hosts.wait(2)
    assert [(host, sorted(found)) for host, found in told] == [("a", sorted([one, two])), ("b", [three])]
    assert all(len(rules) == 1 for _, found in told for rules in found.values())
    groups.delete_rule(OWNER, id=rule.id)
    assert all(rules == [] for _, found in hosts.wait(2) for rules in found.values())
    assert cloud.bus.sent["compute.apply_filters"] == 4


def test_membership_reaches_the_server_and_those_who_admit_it(groups, database, hosts):
    database.transaction(add_network)
    web, db = (groups.create(OWNER, name=name, description="") for name in ("web", "db"))
    groups.add_rule(OWNER, rule=tcp(db, cidr=None, group_id=web.id))
    back, front = server_in(database, db, host="b"), server_in(database, host="a")
    address = with_address(database, front)
    groups.add_server(OWNER, server=front, name="web")
    (_, of_front), (_, of_back) = hosts.wait(2)
    assert of_front == {front: []}
    assert of_back[back][0].cidrs == [address]
    assert [group.name for group in groups.of_server(OWNER, server=front)] == ["web"]
    with pytest.raises(BadRequest, match="already associated"):
        groups.add_server(OWNER, server=front, name="web")
    groups.remove_server(OWNER, server=front, name="web")
    assert hosts.wait(2)[1] == ("b", {back: []})
    with pytest.raises(BadRequest, match="not associated"):
        groups.remove_server(OWNER, server=front, name="web")
    with pytest.raises(NotFound):
        groups.add_server(OWNER, server=front, name="none")
    with pytest.raises(ServerNotFound):
        groups.add_server(STRANGER, server=front, name="web")


def test_a_boot_reaches_only_those_who_admit_the_server(groups, database, hosts, cloud):
    database.transaction(add_network)
    web, db = (groups.create(OWNER, name=name, description="") for name in ("web", "db"))
    front = server_in(database, web, host="a")
    address = with_address(database, front)
    security_rules.refresh_after_membership(cloud, OWNER, front)
    assert cloud.bus.sent["compute.apply_filters"] == 0
    back = server_in(database, db, host="b")
    groups.add_rule(OWNER, rule=tcp(db, cidr=None, group_id=web.id))
    hosts.wait(1)
    security_rules.refresh_after_membership(cloud, OWNER, front)
    ((host, found),) = hosts.wait(1)
    assert (host, found[back][0].cidrs) == ("b", [address])


def test_members_of_a_group_and_those_that_let_it_in(groups, database):
    web, db = (groups.create(OWNER, name=name, description="") for name in ("web", "db"))
    groups.add_rule(OWNER, rule=tcp(db, cidr=None, group_id=web.id))
    front, back = server_in(database, web, host="a"), server_in(database, db, host="b")
    assert database.read(lambda conn: security_rules.members_of(conn, [web.id])) == [(front, "a")]
    assert database.read(lambda conn: security_rules.referring_to(conn, [web.id])) == [(back, "b")]


def test_a_create_names_the_group_that_is_missing(database):
    with pytest.raises(BadRequest, match="Security group nowhere not found for project p1"):
        database.transaction(lambda conn: security_group_rows.numbers_of(conn, OWNER, ["default", "nowhere"]))
