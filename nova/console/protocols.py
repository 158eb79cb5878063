"""What a proxy must know of the consoles it serves: one class per protocol."""

from __future__ import annotations

import socket
from abc import ABC
from typing import ClassVar

from nova.contracts.guest import ConsoleTarget

CONNECT_SECONDS = 10


class Protocol(ABC):
    """A kind of console. `console_types` are the API's names for it, `target_kind` the hypervisor's."""

    console_types: ClassVar[frozenset[str]]
    target_kind: ClassVar[str]

    def serves(self, console_type: str, target: ConsoleTarget) -> bool:
        """Whether a token for this may be used here."""
        return console_type in self.console_types and target.kind == self.target_kind

    def connect(self, target: ConsoleTarget) -> socket.socket:
        """A connection that carries the client's bytes from its first one on. OSError."""
        connection = socket.create_connection((target.host, target.port), timeout=CONNECT_SECONDS)
        connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        connection.setsockopt(socket.SOL_SOCKET, socket.SO_KEEPALIVE, 1)
        return connection


class NoVnc(Protocol):
    """VNC in the browser. The hypervisor asks for no password: who reaches its port is who came through here."""

    console_types = frozenset({"novnc"})
    target_kind = "vnc"
