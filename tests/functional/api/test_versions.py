"""Version documents, microversion negotiation, and the manners every operation shares."""

from __future__ import annotations

import json

import pytest


def test_the_root_lists_the_versions(cloud):
    answer = cloud.client()("GET", "/", root="")
    assert answer.status_int == 200
    assert [(v["id"], v["version"]) for v in answer.json["versions"]] == [("v2.0", ""), ("v2.1", "2.103")]
    assert answer.json["versions"][1]["links"] == [{"rel": "self", "href": "http://openstack.example.com/v2.1/"}]


def test_an_unknown_version_has_choices(cloud):
    answer = cloud.client()("GET", "/v3/servers", root="")
    assert answer.status_int == 300
    assert [c["links"][0]["href"] for c in answer.json["choices"]] == [
        "http://openstack.example.com/v2/v3/servers",
        "http://openstack.example.com/v2.1/v3/servers",
    ]


@pytest.mark.parametrize("root,id", [("/v2/", "v2.0"), ("/v2", "v2.0"), ("/v2.1/", "v2.1")])
def test_a_version_documents_itself(cloud, root, id):
    answer = cloud.client()("GET", "", root=root)
    assert answer.status_int == 200 and answer.json["version"]["id"] == id
    assert answer.json["version"]["media-types"][0]["base"] == "application/json"


def test_the_slash_is_added(cloud):
    answer = cloud.client()("GET", "", root="/v2.1")
    assert answer.status_int == 302 and answer.location == "http://openstack.example.com/v2.1/"


def test_noauth_gives_a_token(cloud):
    answer = cloud.client()("GET", "", root="/v2", headers={"X-Auth-User": "bob", "X-Auth-Project-Id": "p7"})
    assert answer.status_int == 204 and answer.headers["X-Auth-Token"] == "bob:p7"
    assert answer.headers["X-Server-Management-Url"] == "http://openstack.example.com/v2/p7"


@pytest.mark.parametrize(
    "asked,used",
    [(None, "2.1"), ("2.1", "2.1"), ("2.26", "2.26"), ("2.103", "2.103"), ("latest", "2.103")],
)
def test_the_microversion_used_is_said(cloud, asked, used):
    answer = cloud.client()("GET", "/versions/v2.1", version=asked)
    assert answer.status_int == 200
    assert answer.headers["OpenStack-API-Version"] == f"compute {used}"
    assert answer.headers["X-OpenStack-Nova-API-Version"] == used
    assert answer.headers.getall("Vary") == ["X-OpenStack-Nova-API-Version", "OpenStack-API-Version"]


def test_the_old_header_is_heeded_and_the_new_one_wins(cloud):
    ask = cloud.client()
    old = {"X-OpenStack-Nova-API-Version": "2.9"}
    assert ask("GET", "/versions/v2.1", headers=old).headers["OpenStack-API-Version"] == "compute 2.9"
    both = ask("GET", "/versions/v2.1", version="2.30", headers=old)
    assert both.headers["OpenStack-API-Version"] == "compute 2.30"


@pytest.mark.parametrize(
    "asked,status", [("2.104", 406), ("3.0", 406), ("2.0", 406), ("2", 400), ("2.01", 400), ("x", 400)]
)
def test_microversions_out_of_range_or_form(cloud, asked, status):
    answer = cloud.client()("GET", "/versions/v2.1", version=asked)
    assert answer.status_int == status
    (fault,) = answer.json.values()
    assert fault["code"] == status and asked in fault["message"]


def test_v2_knows_no_microversions(cloud):
    answer = cloud.client()("GET", "/versions/v2.1", root="/v2", version="2.900")
    assert answer.status_int == 200
    assert "OpenStack-API-Version" not in answer.headers and "Vary" not in answer.headers


def test_request_ids(cloud):
    answer = cloud.client()("GET", "/versions/v2.1")
    assert answer.headers["X-Compute-Request-Id"] == answer.headers["X-OpenStack-Request-Id"]
    assert answer.headers["X-Compute-Request-Id"].startswith("req-")


@pytest.mark.parametrize(
    "method,path,status",
    [
        ("GET", "/nothing", 404),
        ("GET", "/p1/nothing/at/all", 404),
        ("PUT", "/versions/v2.1", 405),
        ("GET", "/p2/versions/v2.1", 400),
    ],
)
def test_paths_and_methods_that_are_not_there(cloud, method, path, status):
    answer = cloud.client()(method, path)
    assert answer.status_int == status
    assert next(iter(answer.json.values()))["code"] == status
    if status == 405:
        assert answer.headers["Allow"] == "GET"


def test_the_project_may_stand_in_the_path(cloud):
    assert cloud.client()("GET", "/p1/versions/v2.1").status_int == 200


def test_unknown_query_keys_are_dropped_and_since_2_102_refused(cloud):
    ask = cloud.client()
    assert ask("GET", "/extensions?x=1", version="2.101").status_int == 200
    answer = ask("GET", "/extensions?x=1", version="2.102")
    assert answer.status_int == 400 and "'x'" in answer.json["badRequest"]["message"]
    assert ask("GET", "/versions/v2.1?x=1", version="2.103").status_int == 200


@pytest.mark.parametrize("query", ["?limit=%FF", "?limit=%00"])
def test_a_query_must_be_text(cloud, query):
    assert cloud.client()("GET", "/versions/v2.1" + query).status_int == 400


def test_an_oversized_body_is_refused_as_json(cloud):
    answer = cloud.client()("POST", "/servers/x/action", raw=json.dumps({"a": "b" * 200_000}).encode())
    assert answer.status_int == 413 and answer.json["overLimit"]["code"] == 413


def test_the_request_log_has_no_secrets(cloud, caplog):
    with caplog.at_level("INFO", logger="nova.api.web.middleware"):
        cloud.client()("GET", "/os-console-auth-tokens/t0psecret?x=1", headers={"X-Auth-Token": "alice:p1"})
    (line,) = [record.getMessage() for record in caplog.records if "status:" in record.getMessage()]
    assert '"GET /v2.1/os-console-auth-tokens/***?x=1" status: 4' in line and "alice:p1" not in line


def test_browsers_of_other_origins_are_not_let_in_unasked(cloud):
    answer = cloud.client()("GET", "/", root="", headers={"Origin": "http://elsewhere.example.com"})
    assert answer.status_int == 200 and "Access-Control-Allow-Origin" not in answer.headers


@pytest.mark.parametrize("path,status", [("/v2.1/servers/%ff", 400), ("/v2.1/servers/%00", 400), ("/v9/%ff", 300)])
def test_a_path_that_is_no_text(cloud, path, status):
    assert cloud.client()("GET", path, root="").status_int == status
