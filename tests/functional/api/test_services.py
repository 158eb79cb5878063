"""/os-services and /os-availability-zone over a real conductor."""

from __future__ import annotations

import pytest
from sqlalchemy import insert

from nova.base.context import admin_context
from nova.conductor.db.tables import aggregate_hosts, aggregate_metadata, aggregates
from nova.contracts.service import Services
from tests.functional.api.samples import dated, differences, shape
from tests.functional.conductor.rows import add_host, add_server

ROOT = "/os-services"
ZONES = "/os-availability-zone"
UNKNOWN = "00000000-0000-4000-8000-000000000000"


@pytest.fixture
def admin(cloud, conductor):
    services = cloud.bus.client(Services)
    for binary, host in (("nova-scheduler", "host1"), ("nova-compute", "host1"), ("nova-compute", "host2")):
        services.beat(admin_context(), binary=binary, host=host, topic=binary.removeprefix("nova-"))
    return cloud.client("admin", "admin")


def by_uuid(admin, binary="nova-compute", host="host1"):
    listed = admin("GET", f"{ROOT}?binary={binary}&host={host}", version="2.53").json["services"]
    return listed[0]["id"]


@pytest.mark.parametrize("document,version,wanted", dated("os-services"))
def test_the_shapes_of_services_are_those_of_the_samples(admin, document, version, wanted):
    one = {"host": "host1", "binary": "nova-compute"}
    old = {
        "service-enable-put": ("enable", one),
        "service-disable-put": ("disable", one),
        "service-disable-log-put": ("disable-log-reason", {**one, "disabled_reason": "test2"}),
        "service-force-down-put": ("force-down", {**one, "forced_down": True}),
    }
    new = {
        "service-enable-put": {"status": "enabled"},
        "service-disable-put": {"status": "disabled"},
        "service-disable-log-put": {"status": "disabled", "disabled_reason": "test2"},
        "service-force-down-put": {"forced_down": True},
    }
    if document == "services-list":
        answer = admin("GET", ROOT, version=f"2.{version}")
    elif version >= 53:
        answer = admin("PUT", f"{ROOT}/{by_uuid(admin)}", new[document], version=f"2.{version}")
    else:
        action, body = old[document]
        answer = admin("PUT", f"{ROOT}/{action}", body, version=f"2.{version}")
    assert not differences(shape(answer.json), wanted)


@pytest.mark.parametrize("document,version,wanted", dated("os-availability-zone"))
def test_the_shapes_of_zones_are_those_of_the_samples(admin, document, version, wanted):
    path = {"availability-zone-list": ZONES, "availability-zone-detail": f"{ZONES}/detail"}[document]
    assert not differences(shape(admin("GET", path).json), wanted)


def test_services_are_listed_by_host_and_binary(admin):
    def hosts(query):
        return [(s["binary"], s["host"]) for s in admin("GET", f"{ROOT}{query}").json["services"]]

    assert len(hosts("")) == 3
    assert hosts("?host=host2") == [("nova-compute", "host2")]
    assert hosts("?binary=nova-scheduler") == [("nova-scheduler", "host1")]
    assert hosts("?binary=nova-compute&host=host1") == [("nova-compute", "host1")] and hosts("?host=none") == []
    (compute,) = admin("GET", f"{ROOT}?host=host2").json["services"]
    assert compute["state"] == "up" and compute["status"] == "enabled" and compute["zone"] == "nova"
    assert isinstance(compute["id"], int) and compute["updated_at"] and compute["disabled_reason"] is None
    assert admin("GET", f"{ROOT}?x=1", version="2.74").status_int == 200
    assert admin("GET", f"{ROOT}?x=1", version="2.75").status_int == 400


def test_a_compute_is_taken_out_of_use_and_back_by_name(admin):
    one = {"host": "host1", "binary": "nova-compute"}
    reasoned = admin("PUT", f"{ROOT}/disable-log-reason", {**one, "disabled_reason": "repair"})
    assert reasoned.json == {"service": {**one, "status": "disabled", "disabled_reason": "repair"}}
    (shown,) = admin("GET", f"{ROOT}?host=host1&binary=nova-compute").json["services"]
    assert (shown["status"], shown["disabled_reason"], shown["state"]) == ("disabled", "repair", "up")
    assert admin("PUT", f"{ROOT}/enable", one).json == {"service": {**one, "status": "enabled"}}
    down = admin("PUT", f"{ROOT}/force-down", {**one, "forced_down": "true"}, version="2.11")
    assert down.json == {"service": {**one, "forced_down": True}}
    (shown,) = admin("GET", f"{ROOT}?host=host1&binary=nova-compute", version="2.11").json["services"]
    assert (shown["status"], shown["forced_down"], shown["state"]) == ("enabled", True, "down")


@pytest.mark.parametrize(
    "action,change,version,status",
    [
        ("force-down", {"forced_down": True}, "2.10", 400),
        ("force-down", {}, "2.10", 404),
        ("force-down", {}, "2.11", 400),
        ("disable-log-reason", {}, "2.1", 400),
        ("disable-log-reason", {"disabled_reason": " "}, "2.1", 400),
        ("disable-log-reason", {"disabled_reason": "x" * 256}, "2.1", 400),
        ("explode", {}, "2.1", 404),
        ("enable", {"host": "nobody"}, "2.1", 404),
        ("enable", {"host": ""}, "2.1", 400),
        ("enable", {"more": 1}, "2.1", 400),
        ("enable", {}, "2.53", 400),
    ],
)
def test_bad_changes_by_name(admin, action, change, version, status):
    body = {"host": "host1", "binary": "nova-compute", **change}
    assert admin("PUT", f"{ROOT}/{action}", body, version=version).status_int == status


def test_a_compute_is_taken_out_of_use_by_uuid(admin):
    path = f"{ROOT}/{by_uuid(admin)}"
    changed = admin("PUT", path, {"status": "disabled", "disabled_reason": "repair"}, version="2.53").json["service"]
    assert (changed["status"], changed["disabled_reason"], changed["zone"]) == ("disabled", "repair", "nova")
    assert admin("PUT", path, {"forced_down": True}, version="2.53").json["service"]["state"] == "down"
    back = admin("PUT", path, {"status": "enabled", "forced_down": False}, version="2.53").json["service"]
    assert (back["status"], back["disabled_reason"], back["state"]) == ("enabled", None, "up")


@pytest.mark.parametrize("body", [{}, {"disabled_reason": "x"}, {"status": "enabled", "disabled_reason": "x"}])
def test_bad_changes_by_uuid(admin, body):
    assert admin("PUT", f"{ROOT}/{by_uuid(admin)}", body, version="2.53").status_int == 400


def test_only_computes_are_changed_by_uuid(admin):
    body = {"status": "disabled"}
    assert admin("PUT", f"{ROOT}/{by_uuid(admin, 'nova-scheduler')}", body, version="2.53").status_int == 400
    assert admin("PUT", f"{ROOT}/{UNKNOWN}", body, version="2.53").status_int == 404
    assert admin("PUT", f"{ROOT}/disable", body, version="2.53").status_int == 400


def test_services_are_forgotten_by_number_or_uuid(admin):
    number = admin("GET", f"{ROOT}?host=host2").json["services"][0]["id"]
    assert admin("DELETE", f"{ROOT}/{number}", version="2.53").status_int == 400
    assert admin("DELETE", f"{ROOT}/{by_uuid(admin)}", version="2.52").status_int == 400
    assert admin("DELETE", f"{ROOT}/{number}").status_int == 204
    assert admin("DELETE", f"{ROOT}/{number}").status_int == 404
    assert admin("DELETE", f"{ROOT}/{by_uuid(admin)}", version="2.53").status_int == 204
    assert admin("DELETE", f"{ROOT}/{UNKNOWN}", version="2.53").status_int == 404
    assert len(admin("GET", ROOT).json["services"]) == 1


def test_a_compute_with_servers_is_not_forgotten(admin, conductor, database):
    add_host(database, conductor._conf, "host1")
    database.transaction(lambda conn: add_server(conn, host="host1"))
    assert admin("DELETE", f"{ROOT}/{by_uuid(admin)}", version="2.53").status_int == 409


def test_services_are_the_administrators(cloud, admin):
    alice = cloud.client()
    assert alice("GET", ROOT).status_int == 403
    assert alice("PUT", f"{ROOT}/enable", {"host": "host1", "binary": "nova-compute"}).status_int == 403
    assert alice("DELETE", f"{ROOT}/1").status_int == 403
    assert alice("GET", f"{ZONES}/detail").status_int == 403


def test_zones(cloud, admin, database):
    def put_in_zone(conn):
        number = conn.execute(insert(aggregates).values(uuid=UNKNOWN, name="west")).inserted_primary_key[0]
        conn.execute(insert(aggregate_metadata).values(aggregate_id=number, key="availability_zone", value="west"))
        conn.execute(insert(aggregate_hosts).values(aggregate_id=number, host="host2"))

    database.transaction(put_in_zone)
    admin("PUT", f"{ROOT}/disable", {"host": "host2", "binary": "nova-compute"})
    assert cloud.client()("GET", ZONES).json == {
        "availabilityZoneInfo": [
            {"zoneName": "nova", "zoneState": {"available": True}, "hosts": None},
            {"zoneName": "west", "zoneState": {"available": False}, "hosts": None},
        ]
    }
    detail = {zone["zoneName"]: zone for zone in admin("GET", f"{ZONES}/detail").json["availabilityZoneInfo"]}
    assert set(detail) == {"internal", "nova", "west"} and detail["west"]["hosts"] is None
    (compute,) = detail["nova"]["hosts"]["host1"].values()
    assert compute["active"] is True and compute["available"] is True and compute["updated_at"]
    assert list(detail["internal"]["hosts"]["host1"]) == ["nova-scheduler"]
