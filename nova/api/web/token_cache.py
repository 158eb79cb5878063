"""Checked tokens of this process, so that Keystone is not asked on every request.

keystonemiddleware looks for it in the environ, under the name its option `cache` gives. Keys are hashes of tokens.
"""

from __future__ import annotations

import threading
import time as clock
from collections import OrderedDict

ENVIRON_KEY = "nova.token_cache"
MOST = 10_000


class TokenCache:
    """The latest `most` entries, each until its time is up."""

    def __init__(self, most: int = MOST) -> None:
        self._most = most
        self._lock = threading.Lock()
        self._entries: OrderedDict[str, tuple[float, bytes]] = OrderedDict()

    def get(self, key: str) -> bytes | None:
        """The value, None when there is none or it is over."""
        with self._lock:
            entry = self._entries.get(key)
            if entry is None:
                return None
            until, value = entry
            if until <= clock.monotonic():
                del self._entries[key]
                return None
            self._entries.move_to_end(key)
            return value

    def set(self, key: str, value: bytes, time: float = 300) -> None:
        """Keep for `time` seconds; the entry longest unused goes first when there is no room."""
        with self._lock:
            self._entries[key] = (clock.monotonic() + time, value)
            self._entries.move_to_end(key)
            while len(self._entries) > self._most:
                self._entries.popitem(last=False)
