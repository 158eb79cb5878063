"""Flavors: who sees which, and what belongs to them."""

import datetime

import pytest

from nova.conductor.flavors import FlavorEndpoint
from nova.contracts.errors import AlreadyExists, BadRequest, NotFound
from nova.contracts.flavor import Flavor, FlavorFilter
from nova.contracts.record import Page
from tests.functional.conductor.rows import admin, user_context

PUBLIC = FlavorFilter()
ALL = FlavorFilter(is_public=None)


@pytest.fixture
def flavors(database):
    endpoint = FlavorEndpoint(database)
    for number, (name, memory, public) in enumerate(
        [("small", 512, True), ("big", 4096, True), ("secret", 1024, False)]
    ):
        endpoint.create(
            admin(),
            flavor=Flavor(
                flavorid=str(number + 1),
                name=name,
                memory_mb=memory,
                vcpus=1,
                root_gb=number,
                is_public=public,
                extra_specs={"hw:a": name},
            ),
        )
    return endpoint


def names(endpoint, context, filters=PUBLIC, **page):
    return [flavor.name for flavor in endpoint.find(context, filters=filters, page=Page(**({"limit": 10} | page)))]


def test_a_flavor_comes_back_as_it_went(flavors):
    found = flavors.get(user_context(), flavorid="1")
    assert found.id > 0
    assert (found.name, found.memory_mb, found.extra_specs, found.rxtx_factor) == ("small", 512, {"hw:a": "small"}, 1.0)


def test_private_ones_are_for_admins_and_those_given_access(flavors):
    assert names(flavors, user_context()) == ["small", "big"]
    assert names(flavors, user_context(), ALL) == ["small", "big"]
    assert names(flavors, admin(), ALL) == ["small", "big", "secret"]
    assert names(flavors, admin(), FlavorFilter(is_public=False)) == ["secret"]
    with pytest.raises(NotFound):
        flavors.get(user_context(), flavorid="3")
    assert flavors.add_access(admin(), flavorid="3", project_id="p1") == ["p1"]
    assert names(flavors, user_context()) == ["small", "big", "secret"]
    assert names(flavors, user_context(project="p2")) == ["small", "big"]
    assert flavors.get(user_context(), flavorid="3").name == "secret"


def test_access_is_given_and_taken_once(flavors):
    flavors.add_access(admin(), flavorid="3", project_id="p1")
    with pytest.raises(AlreadyExists):
        flavors.add_access(admin(), flavorid="3", project_id="p1")
    assert flavors.access(admin(), flavorid="3") == ["p1"]
    assert flavors.remove_access(admin(), flavorid="3", project_id="p1") == []
    with pytest.raises(NotFound):
        flavors.remove_access(admin(), flavorid="3", project_id="p1")
    with pytest.raises(NotFound):
        flavors.access(admin(), flavorid="1")


def test_filters(flavors):
    assert names(flavors, user_context(), FlavorFilter(min_ram=513)) == ["big"]
    assert names(flavors, user_context(), FlavorFilter(min_disk=1)) == ["big"]
    assert names(flavors, admin(), FlavorFilter(is_public=None, name="e")) == ["secret"]
    assert names(flavors, admin(), FlavorFilter(is_public=None, name="%")) == []
    tomorrow = datetime.datetime.now(datetime.UTC) + datetime.timedelta(days=1)
    assert names(flavors, user_context(), FlavorFilter(changes_since=tomorrow)) == []


@pytest.mark.parametrize("key", ["flavorid", "name", "memory_mb", "description", "vcpus"])
@pytest.mark.parametrize("direction", ["asc", "desc"])
def test_pages_joined_are_the_whole_list(flavors, key, direction):
    sort = [(key, direction)]
    whole = names(flavors, admin(), ALL, sort=sort)
    joined, marker = [], None
    while found := flavors.find(admin(), filters=ALL, page=Page(limit=1, marker=marker, sort=sort)):
        joined.append(found[0].name)
        marker = found[0].flavorid
    assert joined == whole
    assert sorted(whole) == ["big", "secret", "small"]


def test_a_page_costs_three_queries(flavors, database):
    before = database.queries
    flavors.find(admin(), filters=ALL, page=Page(limit=10, marker="1"))
    assert database.queries - before == 3


def test_bad_pages_are_refused(flavors):
    with pytest.raises(BadRequest, match="marker"):
        names(flavors, admin(), marker="nowhere")
    with pytest.raises(BadRequest, match="sort key"):
        names(flavors, admin(), sort=[("colour", "asc")])
    with pytest.raises(BadRequest, match="direction"):
        names(flavors, admin(), sort=[("name", "up")])


def test_name_and_id_are_unique(flavors):
    taken = {"memory_mb": 1, "vcpus": 1, "root_gb": 1}
    with pytest.raises(AlreadyExists, match="Flavor with name small"):
        flavors.create(admin(), flavor=Flavor(flavorid="9", name="small", **taken))
    with pytest.raises(AlreadyExists, match="Flavor with ID 1"):
        flavors.create(admin(), flavor=Flavor(flavorid="1", name="other", **taken))


def test_extra_specs_are_added_replaced_and_removed(flavors):
    assert flavors.set_extra_specs(admin(), flavorid="1", specs={"hw:a": "2", "b": "3"}) == {"hw:a": "2", "b": "3"}
    flavors.delete_extra_spec(admin(), flavorid="1", key="b")
    assert flavors.get(admin(), flavorid="1").extra_specs == {"hw:a": "2"}
    assert flavors.get(admin(), flavorid="2").extra_specs == {"hw:a": "big"}
    with pytest.raises(NotFound):
        flavors.delete_extra_spec(admin(), flavorid="1", key="b")


def test_description_may_change(flavors):
    assert flavors.set_description(admin(), flavorid="1", description="tiny").description == "tiny"
    assert flavors.set_description(admin(), flavorid="1", description=None).description is None


def test_deleted_with_all_that_is_its_own(flavors):
    flavors.add_access(admin(), flavorid="3", project_id="p1")
    flavors.delete(admin(), flavorid="3")
    assert names(flavors, admin(), ALL) == ["small", "big"]
    with pytest.raises(NotFound):
        flavors.delete(admin(), flavorid="3")
