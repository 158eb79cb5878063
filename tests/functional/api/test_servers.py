"""Lists, changes and deletes of servers."""

from __future__ import annotations

import pytest

from tests.functional.api.fake_daemons import make_server

UUID = make_server().uuid


def found(cloud, servers, query, *, version="2.1", user="alice", path="/servers/detail"):
    answer = cloud.client(user=user)("GET", f"{path}?{query}", version=version)
    assert answer.status_int == 200, answer.text
    return next((question for question in servers.asked if question[0] == "find"), None)


def test_a_list_is_one_question(cloud, servers):
    _, filters, page, full = found(cloud, servers, "", path="/servers")
    assert not filters.all_projects and filters.deleted is False and not full
    assert page.limit == 1000 and page.marker is None
    assert page.sort == []
    assert len(servers.asked) == 1


def test_pages_are_linked(cloud, servers):
    servers.put(make_server(2))
    answer = cloud.client()("GET", "/p1/servers?limit=1&status=active")
    assert [server["name"] for server in answer.json["servers"]] == ["server-1"]
    (link,) = answer.json["servers_links"]
    assert link["rel"] == "next"
    assert link["href"] == f"http://openstack.example.com/v2.1/p1/servers?limit=1&status=active&marker={UUID}"
    assert "servers_links" not in cloud.client()("GET", "/servers?limit=3").json
    assert cloud.client()("GET", "/servers?limit=0").json == {"servers": []}


def test_max_limit(cloud, servers):
    cloud.conf.set_override("osapi_max_limit", 1)
    servers.put(make_server(2))
    answer = cloud.client()("GET", "/servers?limit=7")
    assert len(answer.json["servers"]) == 1 and answer.json["servers_links"]


FILTERS = [
    ("name=web.*&ip=10%5C.0", {"matches": {"name": "web.*", "ip": "10\\.0"}}),
    (
        "image=i1&flavor=2&reservation_id=r-1",
        {"flavorid": "2", "equals": {"image_id": ["i1"]}, "matches": {"reservation_id": "r-1"}},
    ),
    ("status=ACTIVE", {"vm_states": ["active"], "task_states": None}),
    ("status=shutoff&status=ERROR", {"vm_states": ["error", "stopped"]}),
    ("status=shutoff&status=nonsense", {"vm_states": ["stopped"]}),
    ("name=", {"matches": {}}),
    ("status=REBOOT", {"vm_states": ["active"], "task_states": ["reboot_pending", "reboot_started", "rebooting"]}),
]


@pytest.mark.parametrize("query,wanted", FILTERS)
def test_filters_for_everyone(cloud, servers, query, wanted):
    filters = found(cloud, servers, query)[1]
    for name, value in wanted.items():
        assert getattr(filters, name) == value


def test_filters_of_administrators_are_dropped_for_others(cloud, servers):
    query = "host=node1&deleted=true&key_name=k&project_id=p9&_=1&metadata=x"
    filters = found(cloud, servers, query)[1]
    assert filters.equals == {} and filters.matches == {} and filters.deleted is False
    servers.asked.clear()
    filters = found(cloud, servers, query, user="admin")[1]
    assert filters.equals == {"host": ["node1"]} and filters.matches == {"key_name": "k"}
    assert filters.deleted is True


@pytest.mark.parametrize("key", ["tenant_id", "project_id"])
def test_a_project_is_named_together_with_all_tenants(cloud, servers, key):
    filters = found(cloud, servers, f"{key}=p9", user="admin")[1]
    assert filters.equals == {} and not filters.all_projects
    servers.asked.clear()
    filters = found(cloud, servers, f"{key}=p9&all_tenants=1", user="admin")[1]
    assert filters.equals == {"project_id": ["p9"]} and filters.all_projects


def test_2_83_opens_more_filters(cloud, servers):
    query = "key_name=k&vm_state=active&host=node1&created_at=2026-01-02T03:04:05Z"
    filters = found(cloud, servers, query, version="2.83")[1]
    assert filters.equals == {"vm_state": ["active"], "created_at": ["2026-01-02T03:04:05+00:00"]}
    assert filters.matches == {"key_name": "k"}


def test_a_status_says_more_than_the_states(cloud, servers):
    filters = found(cloud, servers, "status=reboot&vm_state=stopped&task_state=none", user="admin")[1]
    assert filters.equals == {} and filters.vm_states == ["active"]


@pytest.mark.parametrize("text,deleted", [("true", True), ("1", True), ("0", False), ("perhaps", False)])
def test_a_doubtful_deleted_means_no(cloud, servers, text, deleted):
    assert found(cloud, servers, f"deleted={text}", user="admin")[1].deleted is deleted


def test_tags(cloud, servers):
    query = "tags=a,b&tags-any=c&not-tags=d&not-tags-any=e,f"
    filters = found(cloud, servers, query, version="2.26")[1]
    assert (filters.tags, filters.tags_any, filters.not_tags, filters.not_tags_any) == (
        ["a", "b"],
        ["c"],
        ["d"],
        ["e", "f"],
    )


def test_changes_since_shows_the_deleted_too(cloud, servers):
    filters = found(cloud, servers, "changes-since=2026-01-01T00:00:00Z")[1]
    assert filters.changes_since.isoformat() == "2026-01-01T00:00:00+00:00" and filters.deleted is None


def test_every_projects_servers_are_for_administrators(cloud, servers):
    assert cloud.client()("GET", "/servers?all_tenants=1").status_int == 403
    assert found(cloud, servers, "all_tenants", user="admin")[1].all_projects
    servers.asked.clear()
    assert not found(cloud, servers, "all_tenants=0", user="admin")[1].all_projects


def test_who_may_see_all_needs_no_other_rights(cloud, servers, tmp_path):
    cloud.decree(tmp_path, "os_compute_api:servers:index:get_all_tenants", "@")
    assert cloud.client()("GET", "/servers/detail?all_tenants=1").status_int == 403
    assert found(cloud, servers, "all_tenants=1", path="/servers")[1].all_projects
    assert servers.contexts[-1].is_admin and servers.contexts[-1].user_id == "alice"
    found(cloud, servers, "", path="/servers")
    assert not servers.contexts[-1].is_admin


def test_sort(cloud, servers):
    query = "sort_key=display_name&sort_dir=asc&sort_key=created_at&sort_dir=desc"
    assert found(cloud, servers, query)[2].sort == [("name", "asc"), ("created_at", "desc")]


def test_old_sort_keys_are_without_effect_until_2_74(cloud, servers):
    assert found(cloud, servers, "sort_key=vcpus&sort_key=uuid&sort_dir=asc")[2].sort == [("uuid", "asc")]
    assert cloud.client()("GET", "/servers?sort_key=vcpus", version="2.75").status_int == 400


def test_an_unknown_status_matches_nothing_and_is_refused_since_2_38(cloud, servers):
    assert cloud.client()("GET", "/servers?status=nonsense").json == {"servers": []}
    assert servers.asked == []
    assert cloud.client()("GET", "/servers?status=nonsense", version="2.38").status_int == 400


@pytest.mark.parametrize(
    "query,version,status",
    [
        ("limit=-1", "2.1", 400),
        ("limit=x", "2.1", 400),
        ("limit=1&limit=2", "2.1", 200),
        ("name=(", "2.1", 400),
        ("key_name=(", "2.1", 400),
        ("created_at=yesterday", "2.83", 400),
        ("created_at=yesterday", "2.82", 200),
        ("status=nonsense&status=active", "2.38", 200),
        ("changes-since=yesterday", "2.1", 400),
        ("changes-since=0001-01-01T00:00:00%2B23:59", "2.1", 400),
        ("changes-since=2026-02-01T00:00:00Z&changes-before=2026-01-01T00:00:00Z", "2.66", 400),
        ("all_tenants=perhaps", "2.1", 400),
        ("sort_key=nonsense", "2.1", 400),
        ("sort_key=uuid&sort_dir=up", "2.1", 400),
        ("sort_dir=asc", "2.1", 400),
        ("sort_key=host", "2.1", 403),
        ("status=deleted", "2.1", 403),
        ("nonsense=1", "2.75", 400),
        ("nonsense=1", "2.74", 200),
        ("_nonsense=1&metadata=x&soft_deleted=1", "2.103", 200),
        ("tags=a", "2.1", 200),
    ],
)
def test_bad_queries(cloud, servers, query, version, status):
    assert cloud.client()("GET", f"/servers/detail?{query}", version=version).status_int == status


def test_a_change_says_only_what_changes(cloud, servers):
    answer = cloud.client()("PUT", f"/servers/{UUID}", {"server": {"name": "new", "accessIPv4": "192.0.2.2"}})
    assert answer.status_int == 200 and answer.json["server"]["name"] == "new"
    change = servers.asked[-1][1]
    assert change.fields == ["access_ip_v4", "name"] and change.access_ip_v4 == "192.0.2.2"


def test_a_description_can_be_taken_away(cloud, servers):
    answer = cloud.client()("PUT", f"/servers/{UUID}", {"server": {"description": None}}, version="2.19")
    assert answer.json["server"]["description"] is None and servers.asked[-1][1].fields == ["description"]


def test_a_change_is_refused(cloud, servers):
    ask = cloud.client()
    assert ask("PUT", f"/servers/{UUID}", {"server": {"name": ""}}).status_int == 400
    assert ask("PUT", f"/servers/{UUID}", {"server": {"hostname": "h1"}}).status_int == 400
    assert ask("PUT", "/servers/nothing", {"server": {"name": "x"}}).status_int == 404


def test_delete_begins_a_task(cloud, servers):
    answer = cloud.client()("DELETE", f"/servers/{UUID}")
    assert answer.status_int == 204 and answer.body == b"" and "Content-Type" not in answer.headers
    assert servers.asked[-1] == ("begin", "delete", {})
