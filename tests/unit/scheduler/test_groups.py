"""Members of groups placed a moment ago."""

from nova.contracts.scheduling import ServerGroup
from nova.scheduler.groups import REMEMBER_SECONDS, RecentMembers
from tests.unit.scheduler.factories import make_request


class Clock:
    now = 0.0

    def __call__(self):
        return self.now


def request(server="new", **group):
    return make_request(server=server, group=ServerGroup(**({"uuid": "g", "policy": "anti-affinity"} | group)))


def members(recent, asked, batch=None):
    return recent.seen_by(asked, batch).group.members_on


def test_members_of_the_same_batch_add_up():
    recent, batch = RecentMembers(), object()
    recent.placed(request("one"), "a", batch)
    assert members(recent, request(hosts=["a"], members_on={"a": 2}), batch) == {"a": 3}


def test_members_placed_earlier_may_be_counted_already():
    recent = RecentMembers()
    recent.placed(request("one"), "a", object())
    recent.placed(request("two"), "b", object())
    seen = recent.seen_by(request(hosts=["a"], members_on={"a": 2}), object()).group
    assert seen.members_on == {"a": 2, "b": 1}
    assert sorted(seen.hosts) == ["a", "b"]


def test_a_server_does_not_stand_in_its_own_way():
    recent = RecentMembers()
    recent.placed(request("one"), "a", object())
    assert members(recent, request("one")) == {}


def test_other_groups_and_no_group():
    recent = RecentMembers()
    recent.placed(request("one"), "a", object())
    recent.placed(make_request(), "a", object())
    other = request(uuid="h", hosts=["c"])
    assert recent.seen_by(other, None) is other
    alone = make_request()
    assert recent.seen_by(alone, None) is alone


def test_placements_are_forgotten():
    clock = Clock()
    recent = RecentMembers(clock)
    recent.placed(request("one"), "a", object())
    clock.now += REMEMBER_SECONDS + 1
    asked = request()
    assert recent.seen_by(asked, None) is asked
