"""How the fake driver is told to go wrong: for tests, and for trying what an operator would see."""

from __future__ import annotations

import threading
import time
from collections import deque
from dataclasses import dataclass, field

CALLS_KEPT = 10_000


@dataclass
class Fault:
    """What happens to calls of one method: a wait of `delay` seconds, then `error` (None: nothing).

    With `after` the method acts before it fails. `times` calls are hit, then the method is well again.
    """

    error: Exception | None = None
    after: bool = False
    times: int = 1
    delay: float = 0.0


@dataclass
class Control:
    """The faults that wait for their calls, and the latest calls: pairs of method and server uuid, in order."""

    calls: deque[tuple[str, str]] = field(default_factory=lambda: deque(maxlen=CALLS_KEPT))
    _faults: dict[str, list[Fault]] = field(default_factory=dict)
    _lock: threading.Lock = field(default_factory=threading.Lock)

    def fail(self, method: str, error: Exception, *, after: bool = False, times: int = 1) -> None:
        """Let the next calls of the method raise this error, before or after they act."""
        self.add(method, Fault(error, after, times))

    def slow(self, method: str, seconds: float, *, times: int = 1) -> None:
        """Let the next calls of the method take longer."""
        self.add(method, Fault(delay=seconds, times=times))

    def add(self, method: str, fault: Fault) -> None:
        """Queue a fault behind those the method has already."""
        with self._lock:
            self._faults.setdefault(method, []).append(fault)

    def heal(self) -> None:
        """Forget all faults."""
        with self._lock:
            self._faults.clear()

    def entered(self, method: str, uuid: str) -> Fault | None:
        """A call begins: notes it and suffers what was ordered for before it acts. The fault, for `left`."""
        with self._lock:
            self.calls.append((method, uuid))
            fault = self._take(method)
        if fault is None:
            return None
        if fault.delay:
            time.sleep(fault.delay)
        if fault.error is not None and not fault.after:
            raise fault.error
        return fault

    @staticmethod
    def left(fault: Fault | None) -> None:
        """The call has acted: suffers what was ordered for after it."""
        if fault is not None and fault.error is not None and fault.after:
            raise fault.error

    def _take(self, method: str) -> Fault | None:
        faults = self._faults.get(method)
        if not faults:
            return None
        faults[0].times -= 1
        return faults.pop(0) if faults[0].times <= 0 else faults[0]
