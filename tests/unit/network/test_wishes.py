"""Messages that come late, twice or out of order put together the same wish."""

from __future__ import annotations

from itertools import permutations

from nova.contracts.network import HostNetworkPlan
from nova.network.wishes import Wishes
from tests.unit.network.factories import make_line, make_network, make_served


def change(wishes: Wishes, generation: int, add: tuple[int, ...] = (), remove: tuple[int, ...] = ()) -> None:
    wishes.change(
        make_network(),
        "10.0.0.1",
        add=[make_line(number) for number in add],
        remove=[make_line(number).mac for number in remove],
        generation=generation,
    )


def served(wishes: Wishes) -> set[str]:
    wish = wishes.take("n1")
    assert wish is not None
    return {host.server for host in wish.hosts.values()}


def test_the_order_of_messages_does_not_matter():
    messages = [
        lambda wishes: change(wishes, 1, add=(5,)),
        lambda wishes: change(wishes, 2, remove=(5,), add=(6,)),
        lambda wishes: change(wishes, 3, add=(5, 7)),
        lambda wishes: change(wishes, 4, remove=(7,)),
    ]
    for order in permutations(messages):
        wishes = Wishes()
        for message in (*order, order[0]):
            message(wishes)
        assert served(wishes) == {"s5", "s6"}


def test_a_plan_asked_for_before_a_message_does_not_undo_it():
    wishes = Wishes()
    wishes.adopt_plan(HostNetworkPlan(host="h", networks=[make_served(5, 6, generation=1)]))
    wishes.begin_plan()
    change(wishes, 2, add=(7,), remove=(5,))
    wishes.adopt_plan(HostNetworkPlan(host="h", networks=[make_served(5, 6, generation=1)]))
    assert served(wishes) == {"s6", "s7"}
    wishes.adopt_plan(HostNetworkPlan(host="h", networks=[make_served(6, generation=3)]))
    assert served(wishes) == {"s6"}


def test_a_message_older_than_the_plan_changes_nothing():
    wishes = Wishes()
    wishes.replace(make_served(6, generation=5))
    change(wishes, 4, add=(7,), remove=(6,))
    assert served(wishes) == {"s6"}
    change(wishes, 6, add=(7,))
    assert served(wishes) == {"s6", "s7"}


def test_networks_of_no_plan_go_unless_a_message_named_them_meanwhile():
    wishes = Wishes()
    change(wishes, 1, add=(5,))
    empty = HostNetworkPlan(host="h", networks=[])
    wishes.begin_plan()
    change(wishes, 2, add=(6,))
    wishes.adopt_plan(empty)
    assert set(wishes.networks()) == {"n1"}
    wishes.begin_plan()
    wishes.adopt_plan(empty)
    assert wishes.networks() == {} and wishes.take("n1") is None


def test_freed_lines_are_handed_over_once_and_not_when_they_came_back():
    wishes = Wishes()
    change(wishes, 1, add=(5, 6))
    change(wishes, 2, remove=(5, 6))
    change(wishes, 3, add=(6,))
    assert [host.server for host in wishes.take("n1").freed] == ["s5"]
    assert wishes.take("n1").freed == []


def test_a_mac_with_another_address_frees_the_old_one():
    wishes = Wishes()
    change(wishes, 1, add=(5,))
    moved = make_line(5, address="10.0.0.99")
    wishes.change(make_network(), "10.0.0.1", add=[moved], remove=[], generation=2)
    assert [host.address for host in wishes.take("n1").freed] == ["10.0.0.5"]


def test_an_older_message_does_not_change_the_network_back():
    wishes = Wishes()
    wishes.change(make_network(dns1="9.9.9.9"), "10.0.0.1", add=[], remove=[], generation=2)
    change(wishes, 1, add=(5,))
    wish = wishes.take("n1")
    assert wish.network.dns1 == "9.9.9.9" and set(wish.hosts) == {make_line(5).mac}
