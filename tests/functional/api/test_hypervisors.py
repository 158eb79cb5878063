"""/os-hypervisors over a real conductor, with a compute that tells its uptime."""

from __future__ import annotations

import json

import pytest
from sqlalchemy import update

from nova.base.context import admin_context
from nova.conductor.db.tables import services
from nova.contracts.service import ServiceChange, Services
from tests.functional.api.fake_daemons import UPTIME, fake_compute
from tests.functional.api.samples import dated, differences, shape
from tests.functional.conductor.rows import add_host, add_server

ROOT = "/os-hypervisors"
CPU = {
    "arch": "x86_64",
    "model": "Nehalem",
    "vendor": "Intel",
    "features": ["pge"],
    "topology": {"cores": 1, "threads": 1, "sockets": 4},
}
UNKNOWN = "00000000-0000-4000-8000-000000000000"


@pytest.fixture
def admin(cloud, conductor, database):
    facts = {"cpu_info": CPU, "reserved_memory_mb": 512, "disk_available_least": 5}
    for host in ("one", "two"):
        cloud.bus.client(Services).beat(admin_context(), binary="nova-compute", host=host, topic="compute")
        add_host(database, conductor._conf, host, **facts)
    database.transaction(lambda conn: add_server(conn, host="one", node="one.example"))
    cloud.serve([fake_compute()], topic="compute", host="one")
    return cloud.client("admin", "admin")


def number(admin):
    return admin("GET", ROOT).json["hypervisors"][0]["id"]


def uuid_of(admin):
    return admin("GET", ROOT, version="2.53").json["hypervisors"][0]["id"]


def force_down(cloud, host):
    cloud.bus.client(Services).change(
        admin_context(), change=ServiceChange(forced_down=True), host=host, binary="nova-compute"
    )


@pytest.mark.parametrize("document,version,wanted", dated("os-hypervisors"))
def test_the_shapes_are_those_of_the_samples(admin, document, version, wanted):
    one = uuid_of(admin) if version >= 53 else number(admin)
    paths = {
        "hypervisors-list": "?limit=1" if version >= 33 else "",
        "hypervisors-detail": "/detail?limit=1" if version >= 33 else "/detail",
        "hypervisors-detail-with-servers": "/detail?with_servers=1",
        "hypervisors-search": "/one/search" if version < 53 else "?hypervisor_hostname_pattern=one",
        "hypervisors-show": f"/{one}",
        "hypervisors-show-with-servers": f"/{one}?with_servers=True",
        "hypervisors-statistics": "/statistics",
        "hypervisors-uptime": f"/{one}/uptime",
        "hypervisors-with-servers": "/one/servers",
        "hypervisors-without-servers": "/two/servers",
    }
    assert not differences(shape(admin("GET", f"{ROOT}{paths[document]}", version=f"2.{version}").json), wanted)


def test_values(admin):
    shown = admin("GET", f"{ROOT}/{number(admin)}").json["hypervisor"]
    assert json.loads(shown["cpu_info"]) == CPU
    assert (shown["memory_mb"], shown["memory_mb_used"], shown["free_ram_mb"]) == (8192, 512, 7680)
    assert (shown["local_gb"], shown["free_disk_gb"], shown["running_vms"]) == (100, 100, 1)
    assert shown["hypervisor_hostname"] == "one.example" and shown["service"]["host"] == "one"
    assert (shown["state"], shown["status"]) == ("up", "enabled")
    assert admin("GET", f"{ROOT}/{number(admin)}", version="2.28").json["hypervisor"]["cpu_info"] == CPU


def test_ids_are_numbers_then_uuids(admin):
    assert admin("GET", f"{ROOT}/{uuid_of(admin)}", version="2.52").status_int == 404
    assert admin("GET", f"{ROOT}/{number(admin)}", version="2.53").status_int == 400
    for version, one in (("2.52", 99), ("2.52", "9" * 40), ("2.53", UNKNOWN)):
        assert admin("GET", f"{ROOT}/{one}", version=version).status_int == 404
        assert admin("GET", f"{ROOT}/{one}/uptime", version=version).status_int == 404


def test_lists_are_paged_from_2_33(admin):
    def names(query, version):
        answer = admin("GET", f"{ROOT}/detail?{query}", version=version)
        return [h["service"]["host"] for h in answer.json["hypervisors"]] if answer.status_int == 200 else 400

    assert names("limit=1", "2.32") == ["one", "two"]
    assert names("limit=1", "2.33") == ["one"] and names(f"marker={number(admin)}", "2.33") == ["two"]
    assert names(f"limit=1&marker={uuid_of(admin)}", "2.53") == ["two"]
    assert names("marker=nothing", "2.33") == 400 and names("marker=" + "9" * 40, "2.33") == 400
    assert names(f"marker={uuid_of(admin)}", "2.52") == 400 and names(f"marker={number(admin)}", "2.53") == 400
    assert names("x=1", "2.52") == ["one", "two"] and names("x=1", "2.53") == 400
    assert names("limit=1&limit=2", "2.33") == ["one", "two"] and names("limit=1&limit=2", "2.53") == 400
    (link,) = admin("GET", f"{ROOT}?limit=1", version="2.53").json["hypervisors_links"]
    assert link["href"].endswith(f"{ROOT}?limit=1&marker={uuid_of(admin)}")


def test_search_became_a_query(admin):
    query = f"{ROOT}?hypervisor_hostname_pattern"
    assert [h["hypervisor_hostname"] for h in admin("GET", f"{ROOT}/wo/search").json["hypervisors"]] == ["two.example"]
    assert admin("GET", f"{ROOT}/three/search").status_int == 404
    assert admin("GET", f"{ROOT}/three/servers").status_int == 404
    assert len(admin("GET", f"{query}=example", version="2.53").json["hypervisors"]) == 2
    assert admin("GET", f"{query}=three", version="2.53").status_int == 404
    assert admin("GET", f"{query}=one&limit=1", version="2.53").status_int == 400
    assert admin("GET", f"{query}=a%25b", version="2.53").status_int == 400
    assert admin("GET", f"{ROOT}/one/search", version="2.53").status_int == 404
    assert admin("GET", f"{ROOT}/one/servers", version="2.53").status_int == 404


def test_servers_are_listed_where_asked_for(admin):
    def listed(version):
        shown = admin("GET", f"{ROOT}?with_servers=true", version=version).json["hypervisors"]
        return [hypervisor.get("servers") for hypervisor in shown]

    one, two = listed("2.53")
    assert len(one) == 1 and one[0]["name"].startswith("instance-") and two is None
    assert listed("2.75") == [one, []]
    assert "servers" not in admin("GET", ROOT, version="2.75").json["hypervisors"][0]
    assert admin("GET", f"{ROOT}?with_servers=perhaps", version="2.53").status_int == 400


def test_statistics_leave_disabled_hosts_out(cloud, admin):
    total = admin("GET", f"{ROOT}/statistics").json["hypervisor_statistics"]
    assert total["count"] == 2 and total["memory_mb"] == 16384 and total["memory_mb_used"] == 1024
    admin("PUT", "/os-services/disable", {"host": "two", "binary": "nova-compute"})
    total = admin("GET", f"{ROOT}/statistics").json["hypervisor_statistics"]
    assert total["count"] == 1 and total["vcpus"] == 4 and total["running_vms"] == 1
    assert admin("GET", f"{ROOT}/statistics", version="2.88").status_int == 404


def test_uptime(cloud, admin):
    path = f"{ROOT}/{number(admin)}/uptime"
    assert admin("GET", path).json["hypervisor"]["uptime"] == UPTIME
    force_down(cloud, "one")
    assert admin("GET", path).status_int == 400
    assert admin("GET", f"{ROOT}/{uuid_of(admin)}/uptime", version="2.88").status_int == 404


def test_uptime_is_part_of_a_hypervisor_from_2_88(cloud, admin, database):
    force_down(cloud, "two")
    shown = admin("GET", f"{ROOT}/detail", version="2.88").json["hypervisors"]
    assert [hypervisor["uptime"] for hypervisor in shown] == [UPTIME, None]
    assert admin("GET", f"{ROOT}/{uuid_of(admin)}", version="2.88").json["hypervisor"]["uptime"] == UPTIME
    database.transaction(lambda conn: conn.execute(update(services).values(forced_down=True)))
    assert admin("GET", f"{ROOT}/{uuid_of(admin)}", version="2.88").json["hypervisor"]["uptime"] is None


@pytest.mark.parametrize("path", ["", "/detail", "/statistics", "/1", "/1/uptime", "/one/search", "/one/servers"])
def test_hypervisors_are_the_administrators(cloud, admin, path):
    assert cloud.client()("GET", f"{ROOT}{path}").status_int == 403
