"""Periodic work goes on whatever it raises, comes when nudged, and ends when told."""

from __future__ import annotations

import threading

from nova.base.periodic import Periodic


class Work:
    def __init__(self, fail: bool = False) -> None:
        self.turns, self.fail, self.turned = 0, fail, threading.Semaphore(0)

    def __call__(self) -> None:
        self.turns += 1
        self.turned.release()
        if self.fail:
            raise RuntimeError("this turn failed")

    def wait(self) -> bool:
        return self.turned.acquire(timeout=5)


def test_it_begins_at_once_and_comes_when_nudged() -> None:
    work = Work()
    periodic = Periodic("test", 3600, work)
    periodic.start()
    assert work.wait()
    periodic.nudge()
    assert work.wait()
    periodic.stop()
    assert work.turns == 2


def test_what_a_turn_raises_is_logged_and_it_goes_on(caplog) -> None:  # type: ignore[no-untyped-def]
    work = Work(fail=True)
    periodic = Periodic("test", 0.01, work)
    periodic.start()
    assert all(work.wait() for _ in range(3))
    periodic.stop()
    assert "this turn failed" in caplog.text and "test failed; it is tried again" in caplog.text


def test_it_ends() -> None:
    work = Work()
    periodic = Periodic("test", 0.01, work)
    periodic.start()
    assert work.wait()
    periodic.stop()
    turns = work.turns
    assert not periodic._thread.is_alive() and work.turns == turns


def test_what_is_expected_of_a_turn_costs_one_line(caplog) -> None:  # type: ignore[no-untyped-def]
    work = Work(fail=True)
    periodic = Periodic("test", 0.01, work, expected=(RuntimeError,))
    periodic.start()
    assert all(work.wait() for _ in range(3))
    periodic.stop()
    assert "test waits 0.01 s: this turn failed" in caplog.text and "Traceback" not in caplog.text
