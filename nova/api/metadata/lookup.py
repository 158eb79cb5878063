"""Which guest asks, by its address: asked of the conductor, kept for some seconds."""

from __future__ import annotations

import ipaddress
import threading
import time
from collections import OrderedDict
from collections.abc import Callable

from nova.base.context import admin_context
from nova.base.locks import KeyedLocks
from nova.contracts.guest import Guest
from nova.contracts.metadata import Metadata

# A record holds up to 64 KiB of user data: this bounds the memory. A guest that boots asks for some seconds only.
MOST_KEPT = 256


class Lookup:
    """A bounded cache. Guests that boot ask many times in a row: one lookup serves them."""

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        self._clock = clock
        self._kept: OrderedDict[str, tuple[float, Guest]] = OrderedDict()
        self._guard = threading.Lock()
        self._one_each = KeyedLocks()

    def guest(self, conductor: Metadata, address: str, *, seconds: float) -> Guest:
        """The guest with this address, as it was at most `seconds` ago.

        NotFound; Unavailable when the conductor does not answer.
        """
        with self._one_each.hold(address):
            kept = self._fresh(address, seconds)
            if kept is None:
                kept = conductor.by_address(admin_context(), address=address)
                self._keep(address, kept)
            return kept

    def forget(self, address: str) -> None:
        """Look this one up anew the next time."""
        with self._guard:
            self._kept.pop(address, None)

    def _fresh(self, address: str, seconds: float) -> Guest | None:
        with self._guard:
            since, guest = self._kept.get(address, (0.0, None))
            if guest is not None and self._clock() - since < seconds:
                return guest
            self._kept.pop(address, None)
            return None

    def _keep(self, address: str, guest: Guest) -> None:
        with self._guard:
            self._kept[address] = (self._clock(), guest)
            while len(self._kept) > MOST_KEPT:
                self._kept.popitem(last=False)


def plain_address(text: str) -> str | None:
    """The address in its usual spelling; None for what is none. IPv4 inside IPv6 is IPv4."""
    try:
        address = ipaddress.ip_address(text.strip())
    except ValueError:
        return None
    mapped = getattr(address, "ipv4_mapped", None)
    return str(mapped or address)
