"""Lists of servers: what each filter finds among rows, and in which order pages come."""

import datetime

import pytest
from sqlalchemy import insert

from nova.conductor.db.tables import fixed_ips, tags
from nova.conductor.servers.endpoint import ServerEndpoint
from nova.contracts.errors import BadRequest
from nova.contracts.record import Page
from nova.contracts.server import ServerFilter
from tests.functional.conductor.fakes import IdleRunner
from tests.functional.conductor.network_rows import add_network
from tests.functional.conductor.rows import add_server, admin, user_context

OWNER = user_context()
NOON = datetime.datetime(2026, 1, 2, 12, 0, 0, 500, tzinfo=datetime.UTC)
SERVERS = {
    "web": {
        "key_name": "mine-1",
        "host": "host1",
        "reservation_id": "r-1",
        "power_state": 1,
        "launched_at": NOON,
        "created_at": NOON,
        "config_drive": True,
    },
    "db": {
        "key_name": "yours-1",
        "vm_state": "stopped",
        "display_description": "holds it all",
        "created_at": NOON + datetime.timedelta(hours=1),
        "updated_at": NOON + datetime.timedelta(hours=3),
        "locked": True,
    },
    "gone": {
        "vm_state": "deleted",
        "deleted": 1,
        "created_at": NOON + datetime.timedelta(hours=2),
        "deleted_at": NOON + datetime.timedelta(hours=4),
    },
}


@pytest.fixture
def find(database, conf):
    def prepare(conn):
        uuids = {name: add_server(conn, display_name=name, **values) for name, values in SERVERS.items()}
        uuids["theirs"] = add_server(conn, "p2", display_name="theirs", created_at=NOON)
        network = add_network(conn).id
        conn.execute(
            insert(fixed_ips).values(network_id=network, address="10.9.0.7", instance_uuid=uuids["web"], allocated=True)
        )
        for server, tag in (("web", "a"), ("web", "b"), ("db", "b")):
            conn.execute(insert(tags).values(resource_id=uuids[server], tag=tag))
        return uuids

    uuids = database.transaction(prepare)
    servers = ServerEndpoint(database, conf, IdleRunner())

    def names(context=OWNER, marker=None, limit=100, sort=(), **filters):
        page = Page(limit=limit, marker=uuids.get(marker, marker), sort=list(sort))
        return [each.name for each in servers.find(context, filters=ServerFilter(**filters), page=page)]

    return names


HOUR = datetime.timedelta(hours=1)
FILTERS = [
    ({}, ["db", "web"]),
    ({"deleted": True}, ["gone"]),
    ({"deleted": None}, ["gone", "db", "web"]),
    ({"matches": {"name": "^w"}}, ["web"]),
    ({"matches": {"key_name": "mine"}}, ["web"]),
    ({"matches": {"key_name": "-1$"}}, ["db", "web"]),
    ({"matches": {"description": "all"}}, ["db"]),
    ({"matches": {"reservation_id": "r-1"}}, ["web"]),
    ({"matches": {"ip": "9.0.7"}}, ["web"]),
    ({"matches": {"ip": "^9"}}, []),
    ({"equals": {"host": ["host1"]}}, ["web"]),
    ({"equals": {"host": [""]}}, ["db"]),
    ({"equals": {"locked": ["True"]}}, ["db"]),
    ({"equals": {"config_drive": ["True"]}}, ["web"]),
    ({"equals": {"power_state": ["1"]}}, ["web"]),
    ({"equals": {"launched_at": ["2026-01-02T12:00:00+00:00"]}}, ["web"]),
    ({"equals": {"launched_at": ["2026-01-02T12:00:01+00:00"]}}, []),
    ({"equals": {"launched_at": ["2026-01-02T12:00:00.000500+00:00"]}}, ["web"]),
    ({"vm_states": ["stopped"]}, ["db"]),
    ({"changes_since": NOON + 2 * HOUR, "deleted": None}, ["gone", "db"]),
    ({"changes_since": NOON + 3 * HOUR, "changes_before": NOON + 3 * HOUR, "deleted": None}, ["db"]),
    ({"changes_before": NOON, "deleted": None}, ["web"]),
    ({"tags": ["a", "b"]}, ["web"]),
    ({"tags_any": ["a", "b"]}, ["db", "web"]),
    ({"not_tags": ["a", "b"]}, ["db"]),
    ({"not_tags_any": ["a"]}, ["db"]),
    ({"not_tags_any": ["a", "b"]}, []),
    ({"tags": ["b"], "matches": {"name": "e"}, "equals": {"host": ["host1"]}}, ["web"]),
]


@pytest.mark.parametrize(("filters", "names"), FILTERS, ids=[str(filters)[:60] for filters, _ in FILTERS])
def test_a_filter_finds(find, filters, names):
    assert find(**filters) == names


def test_only_administrators_see_every_project(find):
    assert find(all_projects=True) == ["db", "web"]
    assert sorted(find(admin(), all_projects=True)) == ["db", "theirs", "web"]
    assert find(admin(), all_projects=True, equals={"project_id": ["p2"]}) == ["theirs"]
    assert find(admin()) == []


@pytest.mark.parametrize("number", ["x", "", "99999999999", "9" * 400])
def test_numbers_that_fit_in_no_column(find, number):
    if number:
        with pytest.raises(BadRequest, match="power_state"):
            find(equals={"power_state": [number]})
    else:
        assert find(equals={"power_state": [number]}) == []


SORTS = [
    ([], ["db", "web"]),
    ([("created_at", "asc")], ["web", "db"]),
    ([("name", "asc")], ["db", "web"]),
    ([("host", "asc")], ["db", "web"]),
    ([("host", "desc")], ["web", "db"]),
    ([("launch_index", "asc"), ("name", "desc")], ["web", "db"]),
]


@pytest.mark.parametrize(("sort", "names"), SORTS, ids=str)
def test_pages_follow_one_another(find, sort, names):
    assert find(sort=sort) == names
    assert find(sort=sort, limit=1) == names[:1]
    assert find(sort=sort, limit=1, marker=names[0]) == names[1:]
    assert find(sort=sort, marker=names[1]) == []
    assert find(sort=sort, marker=names[0], vm_states=["active"]) == [n for n in names[1:] if n == "web"]


@pytest.mark.parametrize("marker", ["nothing", "theirs"])
def test_a_marker_is_one_of_the_callers_servers(find, marker):
    with pytest.raises(BadRequest, match=r"marker .* not found"):
        find(marker=marker)


def test_a_deleted_servers_place_is_known(find):
    assert find(marker="gone") == ["db", "web"]


def test_what_no_list_is_sorted_by(find):
    with pytest.raises(BadRequest, match="secrets"):
        find(sort=[("secrets", "asc")])
