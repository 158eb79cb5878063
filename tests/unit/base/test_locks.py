"""One thread a key, and no memory of keys that nobody uses."""

from __future__ import annotations

import threading

import pytest

from nova.base.locks import KeyedLocks


def test_one_at_a_time_for_a_key_and_others_beside_it() -> None:
    locks, inside = KeyedLocks(), threading.Event()

    def second() -> None:
        with locks.hold("a"):
            inside.set()

    with locks.hold("a"):
        thread = threading.Thread(target=second)
        thread.start()
        with locks.hold("b"):
            assert locks.held() == {"a", "b"}
        assert not inside.wait(0.05)
    assert inside.wait(5)
    thread.join(5)
    assert locks.held() == set()


def test_keys_vanish() -> None:
    locks = KeyedLocks()
    with pytest.raises(ValueError, match="out"), locks.hold("a"):
        assert locks.held() == {"a"}
        raise ValueError("out")
    assert locks.held() == set()
