"""Who is worked on, and since when not."""

from nova.compute.attention import REMEMBERED, Attention
from tests.unit.compute.one_host import Clock


def test_moments_are_remembered():
    clock = Clock()
    attention = Attention(clock)
    assert attention.untouched_since("s", 0) and not attention.removed_since("s", 0)
    with attention.hold("s", removal=True):
        assert attention.busy("s") and not attention.untouched_since("s", clock.now + 1)
    assert not attention.busy("s") and attention.removed_since("s", clock.now)
    assert not attention.untouched_since("s", clock.now)
    clock.now += 1
    assert attention.untouched_since("s", clock.now) and not attention.removed_since("s", clock.now)


def test_memory_is_bounded():
    clock = Clock()
    attention = Attention(clock)
    for number in range(100):
        attention.note(f"s{number}")
    clock.now += REMEMBERED + 1
    for number in range(100):
        attention.note(f"t{number}")
    assert len(attention._touched) == 100


def test_messages_older_than_a_removal_are_told():
    clock = Clock()
    attention = Attention(clock)
    with attention.hold("s", removal=True, told_at=50.0):
        assert attention.outdated("s", 49.9) and not attention.outdated("s", 50.1)
    with attention.hold("s", removal=True, told_at=40.0):
        assert attention.outdated("s", 49.9)
    assert not attention.outdated("s", 0.0) and not attention.outdated("t", 1.0)
    clock.now += REMEMBERED + 1
    for server in ("t", "u"):
        with attention.hold(server, removal=True, told_at=60.0):
            pass
    assert not attention.outdated("s", 49.9) and len(attention._removed_for) == 2
