"""What the scheduler is asked: all that would need a look-up is in the question."""

import uuid

import pytest
from sqlalchemy import insert

from nova.conductor import wishes
from nova.conductor.db import document
from nova.conductor.db.tables import instance_group_member, instance_group_policy, instance_groups
from nova.contracts.flavor import Flavor
from nova.contracts.image import BootImages, Image
from tests.functional.conductor.rows import add_server

FLAVOR = Flavor(flavorid="1", name="small", memory_mb=512, vcpus=1, root_gb=1)
IMAGE = Image(id="i", properties={"hw_architecture": "x86_64"})


@pytest.fixture
def ask(database):
    """The question for a new server with these values in its row."""

    def question(arguments=None, tried=(), members=(), **values):
        def work(conn):
            row = {"flavor": document.dump(FLAVOR), "image": document.dump(BootImages(image=IMAGE)), **values}
            server = add_server(conn, **row)
            for group in members:
                conn.execute(insert(instance_group_member).values(group_id=group, instance_uuid=server))
            return wishes.placement_request(conn, server, arguments or {}, list(tried))

        return database.transaction(work)

    return question


def make_group(database, policy, rules=None, hosts=()):
    def work(conn):
        named = insert(instance_groups).values(uuid=str(uuid.uuid4()), project_id="p1", name="g")
        group = conn.execute(named).inserted_primary_key[0]
        conn.execute(insert(instance_group_policy).values(group_id=group, policy=policy, rules=rules))
        for host, values in hosts:
            member = add_server(conn, host=host, **values)
            conn.execute(insert(instance_group_member).values(group_id=group, instance_uuid=member))
        return group

    return database.transaction(work)


def test_a_plain_server(ask):
    request = ask(pinned_availability_zone="sun", availability_zone="elsewhere")
    assert (request.flavor, request.image, request.availability_zone) == (FLAVOR, IMAGE, "sun")
    assert (request.hints, request.hint_hosts, request.group, request.tried) == ({}, {}, None, [])


def test_hosts_that_were_named_and_tried(ask):
    request = ask({"forced_host": "a", "forced_node": "n", "requested_host": "b", "requested_node": "m"}, tried=["c"])
    assert (request.forced_host, request.forced_node, request.tried) == ("a", "n", ["c"])
    assert (request.requested_host, request.requested_node) == ("b", "m")


def test_servers_in_hints_are_told_with_their_hosts(ask, database):
    near = database.transaction(lambda conn: add_server(conn, host="near"))
    gone = database.transaction(lambda conn: add_server(conn, host="far", deleted=3))
    hints = document.dump({"same_host": near, "different_host": [gone, "unknown"], "cidr": "/24"})
    request = ask(hints=hints)
    assert request.hints == {"same_host": [near], "different_host": [gone, "unknown"], "cidr": ["/24"]}
    assert request.hint_hosts == {near: "near", gone: None, "unknown": None}


def test_a_group_is_told_with_the_hosts_of_its_living_members(ask, database):
    hosts = [("a", {}), ("a", {}), ("b", {}), (None, {}), ("c", {"deleted": 9})]
    group = make_group(database, "anti-affinity", '{"max_server_per_host":3}', hosts)
    asked = ask(members=[group], host="d", hints='{"group":"g"}').group
    assert (asked.policy, asked.max_server_per_host) == ("anti-affinity", 3)
    assert (sorted(asked.hosts), asked.members_on) == (["a", "b"], {"a": 2, "b": 1})
    assert ask(members=[group], hints="{}").group is None


def test_a_group_without_rules(ask, database):
    asked = ask(members=[make_group(database, "affinity")], hints='{"group":"g"}').group
    assert (asked.policy, asked.max_server_per_host, asked.hosts) == ("affinity", None, [])
