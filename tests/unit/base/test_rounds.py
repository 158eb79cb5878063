"""Those who ask while a round is under way share the next."""

from __future__ import annotations

import threading

import pytest

from nova.base.rounds import Rounds


def test_one_caller_one_round():
    done = []
    rounds = Rounds(lambda: done.append(1) or len(done))
    assert [rounds.join(), rounds.join()] == [1, 2]


def test_latecomers_share_the_next_round_and_are_covered_by_it():
    started, go = threading.Event(), threading.Event()
    wishes, seen = [0], []

    def work() -> int:
        seen.append(list(wishes))
        started.set()
        assert go.wait(10)
        return len(seen)

    rounds = Rounds(work)
    threads = [threading.Thread(target=rounds.join)]
    threads[0].start()
    assert started.wait(10)
    for number in range(1, 6):
        wishes.append(number)
        threads.append(threading.Thread(target=rounds.join))
        threads[-1].start()
    while rounds._asked < 6:
        threading.Event().wait(0.001)
    go.set()
    for thread in threads:
        thread.join(10)
    assert seen == [[0], [0, 1, 2, 3, 4, 5]]


def test_a_round_that_fails_covers_nobody():
    answers = iter([ValueError("no"), 7])

    def work() -> int:
        answer = next(answers)
        if isinstance(answer, Exception):
            raise answer
        return answer

    rounds = Rounds(work)
    with pytest.raises(ValueError, match="no"):
        rounds.join()
    assert rounds.join() == 7
