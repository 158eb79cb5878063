"""/images over a store in memory."""

from __future__ import annotations

import pytest

from nova.clients.fake_glance import FakeGlance, document
from tests.functional.api.samples import dated, differences, shape

ONE = "70a599e0-31e7-49b7-b260-868f441e862b"
TWO = "155d900f-4e14-4e4c-a73d-069cbf4541e6"
SERVER = "00000000-0000-4000-8000-000000000001"
UNKNOWN = "00000000-0000-4000-8000-000000000000"
META = f"/images/{ONE}/metadata"


@pytest.fixture
def store(cloud, conductor):
    """Two images, the first of them made later."""
    found = FakeGlance()
    first = {"name": "cirros", "min_ram": 96, "min_disk": 1, "auto_disk_config": "True", "kernel_id": "nokernel"}
    found.add(document(ONE, b"x" * 10, **first, created_at="2026-02-01T00:00:00Z"), b"x" * 10)
    found.add(document(TWO, b"", name="snap", status="queued", size=None, instance_uuid=SERVER), b"")
    cloud.conf.set_override("osapi_glance_link_prefix", "http://glance.openstack.example.com")
    cloud.images = found
    return found


@pytest.fixture
def alice(cloud, store):
    return cloud.client()


@pytest.mark.parametrize("document,version,wanted", dated("images"))
def test_the_shapes_are_those_of_the_samples(alice, document, version, wanted):
    answers = {
        "image": lambda: alice("GET", f"/images/{ONE}"),
        "images-list": lambda: alice("GET", "/images"),
        "image-meta-key": lambda: alice("GET", f"{META}/kernel_id"),
        "image-meta-key-put": lambda: alice("PUT", f"{META}/a", {"meta": {"a": "b"}}),
        "image-metadata": lambda: alice("GET", META),
        "image-metadata-put": lambda: alice("PUT", META, {"metadata": {"a": "b"}}),
    }
    assert not differences(shape(answers[document]().json), wanted)


def test_an_image(alice):
    shown = alice("GET", f"/images/{ONE}").json["image"]
    assert shown.pop("links") == [
        {"rel": "self", "href": f"http://openstack.example.com/v2.1/images/{ONE}"},
        {"rel": "bookmark", "href": f"http://openstack.example.com/images/{ONE}"},
        {
            "rel": "alternate",
            "type": "application/vnd.openstack.image",
            "href": f"http://glance.openstack.example.com/images/{ONE}",
        },
    ]
    assert shown == {
        "id": ONE,
        "name": "cirros",
        "status": "ACTIVE",
        "progress": 100,
        "minDisk": 1,
        "minRam": 96,
        "created": "2026-02-01T00:00:00Z",
        "updated": "2026-01-01T00:00:00Z",
        "metadata": {"auto_disk_config": "True", "kernel_id": "nokernel"},
        "OS-EXT-IMG-SIZE:size": 10,
        "OS-DCF:diskConfig": "AUTO",
    }
    assert alice("GET", f"/images/{UNKNOWN}").status_int == 404


def test_an_image_of_a_server(alice):
    shown = alice("GET", f"/images/{TWO}").json["image"]
    assert shown["server"]["id"] == SERVER and shown["server"]["links"][0]["href"].endswith(f"/servers/{SERVER}")
    assert (shown["status"], shown["progress"], shown["OS-EXT-IMG-SIZE:size"]) == ("SAVING", 25, 0)
    assert "OS-DCF:diskConfig" not in shown


def test_lists_are_narrowed_and_paged(alice):
    def names(query):
        answer = alice("GET", f"/images/detail?{query}")
        return [image["name"] for image in answer.json["images"]] if answer.status_int == 200 else answer.status_int

    assert names("") == ["cirros", "snap"] and names("name=snap") == ["snap"] and names("minRam=96") == ["cirros"]
    assert names("status=ACTIVE") == ["cirros"] and names("property-kernel_id=nokernel") == ["cirros"]
    assert names(f"server=http://openstack.example.com/v2.1/servers/{SERVER}") == ["snap"]
    assert names("changes-since=2026-01-01T00:00:00Z") == ["cirros", "snap"]
    assert names("changes-since=2026-01-02T00:00:00Z") == [] and names("changes-since=yesterday") == 400
    assert names("limit=1") == ["cirros"] and names(f"marker={ONE}") == ["snap"] and names("anything=1")
    assert names("limit=0") == 400 and names("page_size=0") == 400 and names("offset=0") == 400
    assert names("limit=x") == 400 and names("minDisk=x") == 400 and names(f"marker={UNKNOWN}") == 400
    (link,) = alice("GET", "/images?limit=1").json["images_links"]
    assert link == {"rel": "next", "href": f"http://openstack.example.com/v2.1/images?limit=1&marker={ONE}"}


def test_several_of_glances_states_are_one_of_ours(alice, store):
    asked = []
    find = store.find
    store.find = lambda context, **words: asked.append(words["filters"]) or find(context, **words)
    alice("GET", "/images?status=SAVING")
    assert asked == [{"status": "in:queued,saving,uploading,importing"}]


def test_an_image_is_deleted(alice):
    assert alice("DELETE", f"/images/{ONE}").status_int == 204
    assert alice("DELETE", f"/images/{ONE}").status_int == 404


def test_metadata(alice):
    assert alice("POST", META, {"metadata": {"kernel_id": "k", "a": "1"}}).json == {
        "metadata": {"auto_disk_config": "True", "kernel_id": "k", "a": "1"}
    }
    assert alice("PUT", f"{META}/a", {"meta": {"a": "2"}}).json == {"meta": {"a": "2"}}
    assert alice("GET", f"{META}/a").json == {"meta": {"a": "2"}}
    assert alice("DELETE", f"{META}/a").status_int == 204
    assert alice("GET", f"{META}/a").status_int == 404 and alice("DELETE", f"{META}/a").status_int == 404
    assert alice("PUT", META, {"metadata": {"b": "3"}}).json == {"metadata": {"b": "3"}}
    assert alice("GET", META).json == {"metadata": {"b": "3"}}
    assert alice("GET", f"/images/{UNKNOWN}/metadata").status_int == 404


@pytest.mark.parametrize(
    "method,path,body",
    [
        ("PUT", f"{META}/a", {"meta": {"b": "1"}}),
        ("PUT", f"{META}/a", {"meta": {"a": "1", "b": "2"}}),
        ("PUT", f"{META}/a", {"meta": {}}),
        ("POST", META, {"metadata": {"a": 1}}),
        ("POST", META, {"metadata": {"a": "x" * 256}}),
        ("PUT", META, {"metadata": {"": "x"}}),
        ("PUT", META, {}),
    ],
)
def test_bad_metadata(alice, method, path, body):
    assert alice(method, path, body).status_int == 400
    assert alice("GET", META).json["metadata"] == {"auto_disk_config": "True", "kernel_id": "nokernel"}


def test_metadata_has_a_quota(alice, cloud):
    cloud.client("admin", "admin")("PUT", "/os-quota-sets/p1", {"quota_set": {"metadata_items": 2}})
    assert alice("POST", META, {"metadata": {"a": "1"}}).status_int == 403
    assert alice("PUT", META, {"metadata": {"a": "1", "b": "2"}}).status_int == 200


def test_images_end_with_2_36_and_their_metadata_with_2_39(alice):
    for path in ("/images", "/images/detail", f"/images/{ONE}"):
        assert alice("GET", path, version="2.36").status_int == 404
    assert alice("GET", META, version="2.38").status_int == 200
    assert alice("GET", META, version="2.39").status_int == 404


def test_a_store_that_does_not_answer(alice, store):
    store.away = True
    assert alice("GET", "/images").status_int == 503 and alice("GET", META).status_int == 503
