"""The store without Glance behaves as one."""

import pytest

from nova.base.context import RequestContext
from nova.clients.fake_glance import FakeGlance, document
from nova.contracts.errors import BadRequest, NotFound, Unavailable

CALLER = RequestContext(overwrite=False)


@pytest.fixture(params=["memory", "folder"])
def store(request, tmp_path):
    store = FakeGlance(tmp_path / "images" if request.param == "folder" else None)
    for number in range(3):
        made = f"2026-01-0{number + 1}T00:00:00Z"
        store.add(document(f"i{number}", b"data", min_ram=number, created_at=made, updated_at=made), b"data")
    return store


def test_what_is_put_in_is_found(store):
    assert store.get(CALLER, "i1").min_ram == 1
    assert b"".join(store.download("i1")) == b"data" and store.downloads == ["i1"]
    with pytest.raises(NotFound):
        store.get(CALLER, "other")


def test_lists_are_newest_first_and_paged(store):
    assert [image.id for image in store.find(CALLER)] == ["i2", "i1", "i0"]
    assert [image.id for image in store.find(CALLER, limit=1, marker="i2")] == ["i1"]
    assert [image.id for image in store.find(CALLER, filters={"min_ram": "1", "name": "i1"})] == ["i1"]
    assert [image.id for image in store.find(CALLER, filters={"updated_at": "gte:2026-01-03T00:00:00Z"})] == ["i2"]
    with pytest.raises(BadRequest):
        store.find(CALLER, marker="other")


def test_properties_and_delete(store):
    assert store.set_properties(CALLER, "i0", {"a/b~c": "1"}).properties == {"a/b~c": "1"}
    assert store.set_properties(CALLER, "i0", {"d": "2"}, replace=True).properties == {"d": "2"}
    assert store.get(CALLER, "i0").properties == {"d": "2"}
    store.delete(CALLER, "i0")
    with pytest.raises(NotFound):
        store.download("i0")


def test_two_daemons_share_a_folder(tmp_path):
    FakeGlance(tmp_path).add(document("shared", b"x"), b"x")
    assert b"".join(FakeGlance.at(f"fake://{tmp_path}").download("shared")) == b"x"


def test_a_store_that_is_away(store):
    store.away = True
    with pytest.raises(Unavailable):
        store.get(CALLER, "i0")
