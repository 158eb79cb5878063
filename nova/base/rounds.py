"""Work that many ask for at once and that is done once for all of them."""

from __future__ import annotations

import threading
from collections.abc import Callable
from typing import Generic, TypeVar

T = TypeVar("T")


class Rounds(Generic[T]):
    """Runs `work`, one round at a time. Whoever asks while a round is under way shares the next one.

    A round that fails raises to the one who ran it; the others who waited try for themselves.
    """

    def __init__(self, work: Callable[[], T]) -> None:
        self._work = work
        self._guard, self._turn = threading.Lock(), threading.Lock()
        self._asked = self._covered = 0

    def join(self) -> T | None:
        """Return when a round that began after this call has ended; its answer, or None if another caller ran it."""
        with self._guard:
            self._asked += 1
            ticket = self._asked
        with self._turn:
            if self._covered >= ticket:
                return None
            with self._guard:
                covers = self._asked
            answer = self._work()
            self._covered = covers
            return answer
