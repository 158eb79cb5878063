"""/flavors with access and extra specs, over a real conductor."""

from __future__ import annotations

import pytest

from tests.functional.api.samples import dated, differences, shape

NEW = {"name": "m1.tiny", "id": "1", "ram": 512, "vcpus": 1, "disk": 1}


@pytest.fixture
def admin(cloud, conductor):
    return cloud.client("admin", "admin")


@pytest.fixture
def alice(cloud, conductor):
    return cloud.client()


def make(admin, version="2.1", **more):
    answer = admin("POST", "/flavors", {"flavor": {**NEW, **more}}, version=version)
    assert answer.status_int == 200, answer.text
    return answer.json["flavor"]


@pytest.mark.parametrize("document,version,wanted", dated("flavors") + dated("flavor-manage"))
def test_the_shapes_are_those_of_the_samples(admin, document, version, wanted):
    text = f"2.{version}"
    made = make(admin, text)
    admin("POST", "/flavors/1/os-extra_specs", {"extra_specs": {"hw:numa_nodes": "1"}})
    answers = {
        "flavor-create-post": lambda: {"flavor": made},
        "flavor-update": lambda: admin("PUT", "/flavors/1", {"flavor": {"description": "x"}}, version=text).json,
        "flavor": lambda: admin("GET", "/flavors/1", version=text).json,
        "flavors-list": lambda: admin("GET", "/flavors", version=text).json,
    }
    assert not differences(shape(answers[document]()), wanted)


def test_a_flavor_is_shown_as_it_was_made(admin):
    made = make(admin, swap="64", **{"OS-FLV-EXT-DATA:ephemeral": "2", "rxtx_factor": "1.5"})
    assert made["id"] == "1" and made["swap"] == 64 and made["OS-FLV-EXT-DATA:ephemeral"] == 2
    assert made["rxtx_factor"] == 1.5 and made["os-flavor-access:is_public"] is True
    assert made["links"] == [
        {"rel": "self", "href": "http://openstack.example.com/v2.1/flavors/1"},
        {"rel": "bookmark", "href": "http://openstack.example.com/flavors/1"},
    ]
    assert admin("GET", "/flavors/1").json["flavor"] == made
    assert admin("GET", "/flavors/detail").json["flavors"] == [made]
    other = make(admin, name="m1.other", id=None, version="2.75")
    assert len(other["id"]) == 36 and other["swap"] == 0


def test_no_swap_is_an_empty_text_before_2_75(admin):
    assert make(admin)["swap"] == ""
    assert admin("GET", "/flavors/1", version="2.75").json["flavor"]["swap"] == 0


@pytest.mark.parametrize(
    "change,version",
    [
        ({"ram": 0}, "2.1"),
        ({"ram": "0"}, "2.1"),
        ({"ram": 2**31}, "2.1"),
        ({"ram": str(2**31)}, "2.1"),
        ({"vcpus": -1}, "2.1"),
        ({"disk": "ten"}, "2.1"),
        ({"swap": -1}, "2.1"),
        ({"name": ""}, "2.1"),
        ({"name": " x"}, "2.1"),
        ({"name": "x" * 256}, "2.1"),
        ({"id": "a/b"}, "2.1"),
        ({"id": " a"}, "2.1"),
        ({"rxtx_factor": 0}, "2.1"),
        ({"rxtx_factor": "0"}, "2.1"),
        ({"rxtx_factor": 1.0}, "2.102"),
        ({"os-flavor-access:is_public": "maybe"}, "2.1"),
        ({"description": "x"}, "2.54"),
        ({"description": "x" * 65536}, "2.55"),
        ({"unknown": 1}, "2.1"),
    ],
)
def test_bad_flavors_are_refused_with_the_fields_name(admin, change, version):
    answer = admin("POST", "/flavors", {"flavor": {**NEW, **change}}, version=version)
    assert answer.status_int == 400
    assert next(iter(change)) in answer.json["badRequest"]["message"]
    assert admin("GET", "/flavors").json == {"flavors": []}


def test_names_and_ids_are_taken_once(admin):
    make(admin)
    assert admin("POST", "/flavors", {"flavor": {**NEW, "id": "2"}}).status_int == 409
    assert admin("POST", "/flavors", {"flavor": {**NEW, "name": "other"}}).status_int == 409


def test_only_administrators_change_flavors(admin, alice):
    make(admin)
    assert alice("POST", "/flavors", {"flavor": NEW}).status_int == 403
    assert alice("PUT", "/flavors/1", {"flavor": {"description": "x"}}, version="2.55").status_int == 403
    assert alice("DELETE", "/flavors/1").status_int == 403
    assert admin("DELETE", "/flavors/1").status_int == 202
    assert admin("DELETE", "/flavors/1").status_int == 404
    assert admin("GET", "/flavors/1").status_int == 404


def test_descriptions_come_with_2_55(admin):
    make(admin, "2.55", description="small")
    assert admin("GET", "/flavors", version="2.55").json["flavors"][0]["description"] == "small"
    changed = admin("PUT", "/flavors/1", {"flavor": {"description": None}}, version="2.55")
    assert changed.json["flavor"]["description"] is None
    assert admin("PUT", "/flavors/1", {"flavor": {"description": "x"}}, version="2.54").status_int == 404
    assert admin("PUT", "/flavors/9", {"flavor": {"description": "x"}}, version="2.55").status_int == 404
    assert admin("PUT", "/flavors/1", {"flavor": {"name": "x"}}, version="2.55").status_int == 400


def test_lists_are_narrowed_sorted_and_paged(admin):
    for number, (name, ram, disk) in enumerate([("c", 512, 1), ("a", 4096, 40), ("b", 1024, 20)], 1):
        make(admin, name=name, id=str(number), ram=ram, disk=disk)

    def names(query, version="2.1"):
        answer = admin("GET", f"/flavors?{query}", version=version)
        return [flavor["name"] for flavor in answer.json["flavors"]] if answer.status_int == 200 else answer.status_int

    assert names("") == ["c", "a", "b"]
    assert names("minRam=1024") == ["a", "b"] and names("minDisk=21") == ["a"]
    assert names("sort_key=memory_mb") == ["c", "b", "a"] and names("sort_key=name&sort_dir=desc") == ["c", "b", "a"]
    assert names("sort_key=vcpu_weight") == ["c", "a", "b"] and names("sort_dir=desc") == ["b", "a", "c"]
    assert names("sort_key=rxtx_factor") == ["c", "a", "b"] and names("sort_key=rxtx_factor", "2.102") == 400
    assert names("name=b", "2.102") == ["b"] and names("name=b", "2.101") == 400 and names("name=b") == ["c", "a", "b"]
    assert names("sort_key=nothing") == 400 and names("sort_dir=up") == 400
    assert names("minRam=x") == 400 and names("limit=-1") == 400 and names("limit=x") == 400
    assert names("marker=nobody") == 400
    assert names("unknown=1") == ["c", "a", "b"] and names("unknown=1", "2.75") == 400
    assert names("limit=2") == ["c", "a"] and names("limit=2&marker=2") == ["b"] and names("limit=0") == []


def test_a_full_page_links_to_the_next(admin):
    make(admin)
    make(admin, name="two", id="2")
    page = admin("GET", "/flavors/detail?limit=1&minRam=1").json
    (link,) = page["flavors_links"]
    assert link == {
        "rel": "next",
        "href": "http://openstack.example.com/v2.1/flavors/detail?limit=1&minRam=1&marker=1",
    }


def test_private_flavors_are_seen_by_those_who_were_given_them(admin, alice):
    make(admin)
    make(admin, name="secret", id="s", **{"os-flavor-access:is_public": False})

    def ids(client, query=""):
        return [flavor["id"] for flavor in client("GET", f"/flavors{query}").json["flavors"]]

    assert ids(alice) == ["1"] and ids(alice, "?is_public=none") == ["1"]
    assert alice("GET", "/flavors/s").status_int == 404
    assert ids(admin) == ["1"] and ids(admin, "?is_public=None") == ["1", "s"]
    assert ids(admin, "?is_public=False") == ["s"]
    assert admin("GET", "/flavors?is_public=sometimes").status_int == 400
    give = {"addTenantAccess": {"tenant": "p1"}}
    answer = admin("POST", "/flavors/s/action", give)
    assert answer.json == {"flavor_access": [{"flavor_id": "s", "tenant_id": "p1"}]}
    assert ids(alice) == ["1", "s"] and alice("GET", "/flavors/s").status_int == 200
    assert admin("GET", "/flavors/s/os-flavor-access").json == answer.json
    assert admin("POST", "/flavors/s/action", give).status_int == 409
    take = {"removeTenantAccess": {"tenant": "p1"}}
    assert admin("POST", "/flavors/s/action", take).json == {"flavor_access": []}
    assert admin("POST", "/flavors/s/action", take).status_int == 404
    assert ids(alice) == ["1"]


def test_access_to_public_flavors(admin, alice):
    make(admin)
    give = {"addTenantAccess": {"tenant": "p1"}}
    assert admin("GET", "/flavors/1/os-flavor-access").status_int == 404
    assert admin("POST", "/flavors/1/action", give, version="2.6").status_int == 200
    assert admin("POST", "/flavors/1/action", give, version="2.7").status_int == 409
    assert admin("POST", "/flavors/9/action", give).status_int == 404
    assert alice("POST", "/flavors/1/action", give).status_int == 403
    assert alice("GET", "/flavors/1/os-flavor-access").status_int == 403
    for body in ({"addTenantAccess": {}}, {"addTenantAccess": {"tenant": ""}}, {"else": {}}, {}, {**give, "b": 1}):
        assert admin("POST", "/flavors/1/action", body).status_int == 400


def test_extra_specs(admin, alice):
    make(admin)
    specs = {"hw:cpu_policy": "shared", "mine": 2}
    root = "/flavors/1/os-extra_specs"
    assert admin("POST", root, {"extra_specs": specs}).json == {"extra_specs": specs}
    assert alice("GET", root).json == {"extra_specs": {"hw:cpu_policy": "shared", "mine": "2"}}
    assert admin("PUT", f"{root}/mine", {"mine": "3"}).json == {"mine": "3"}
    assert alice("GET", f"{root}/mine").json == {"mine": "3"}
    assert admin("DELETE", f"{root}/mine").status_int == 200
    assert admin("DELETE", f"{root}/mine").status_int == 404 and alice("GET", f"{root}/mine").status_int == 404
    assert alice("GET", "/flavors/1", version="2.61").json["flavor"]["extra_specs"] == {"hw:cpu_policy": "shared"}
    assert alice("POST", root, {"extra_specs": {}}).status_int == 403
    assert alice("PUT", f"{root}/a", {"a": "1"}).status_int == 403 and alice("DELETE", f"{root}/a").status_int == 403
    assert admin("PUT", f"{root}/a", {"b": "1"}).status_int == 400
    assert admin("PUT", f"{root}/a", {"a": "1", "b": "2"}).status_int == 400
    assert admin("POST", root, {"extra_specs": {"a/b": "1"}}).status_int == 400
    assert admin("POST", root, {"extra_specs": {"a": ["1"]}}).status_int == 400
    assert admin("GET", "/flavors/9/os-extra_specs").status_int == 404


def test_the_old_root_drops_extra_specs_with_bad_names(admin):
    make(admin)
    answer = admin("POST", "/flavors/1/os-extra_specs", {"extra_specs": {"a/b": ["x"], "c": "d"}}, root="/v2")
    assert answer.json == {"extra_specs": {"c": "d"}}


@pytest.mark.parametrize(
    "key,value,status",
    [
        ("hw:cpu_policy", "dedicated", 200),
        ("hw:cpu_policy", "mine", 400),
        ("hw:numa_nodes", "0", 400),
        ("hw:numa_cpus.1", "0-3,^2", 200),
        ("hw:numa_cpus.x", "0", 400),
        ("hw:redirected_usb_ports", "16", 400),
        ("hw:boot_menu", "yes", 200),
        ("hw:boot_menu", "maybe", 400),
        ("hw:unknown", "1", 400),
        ("quota:vif_outbound_peak", "10", 200),
        ("quota:cpu_quota", "-1", 200),
        ("resources:VCPU", "1", 200),
        ("resources_A:CUSTOM_GOLD", "one", 400),
        ("trait1:HW_CPU_X86_VMX", "required", 200),
        ("trait:HW_CPU_X86_VMX", "wished", 400),
        ("hide_hypervisor_id", "true", 200),
        ("group_policy", "none", 200),
        ("mine:anything", "goes", 200),
        ("anything", "goes", 200),
    ],
)
def test_known_extra_specs_are_checked_from_2_86(admin, key, value, status):
    make(admin)
    root = "/flavors/1/os-extra_specs"
    assert admin("POST", root, {"extra_specs": {key: value}}, version="2.86").status_int == status
    assert admin("PUT", f"{root}/{key}", {key: value}, version="2.86").status_int == status
    assert admin("POST", root, {"extra_specs": {key: value}}, version="2.85").status_int == 200
