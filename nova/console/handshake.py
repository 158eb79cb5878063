"""Reading what a stranger sends before it has shown a token: bounded in bytes and in time."""

from __future__ import annotations

import http.client
import socket
import time
from collections.abc import Callable

MOST_BYTES = 16 * 1024


class HandshakeReader:
    """The lines of one request after the other, as `http.server` reads them.

    A request of more than MOST_BYTES raises http.client.LineTooLong; one that takes longer than `seconds`, from the
    first wait to the last line, raises TimeoutError, however steadily it drips.
    """

    closed = False

    def __init__(self, connection: socket.socket, seconds: float, clock: Callable[[], float] = time.monotonic) -> None:
        self._connection, self._seconds, self._clock = connection, seconds, clock
        self._buffer = bytearray()
        self.next_request()

    def next_request(self) -> None:
        """Start counting anew."""
        self._read, self._deadline = 0, self._clock() + self._seconds

    def readline(self, limit: int = -1) -> bytes:
        """One line with its end; less when the client closed, b"" when there is nothing more."""
        while (end := self._buffer.find(b"\n")) < 0:
            if not self._fill():
                end = len(self._buffer) - 1
                break
        line = bytes(self._buffer[: end + 1])
        del self._buffer[: end + 1]
        self._read += len(line)
        if self._read > MOST_BYTES:
            raise http.client.LineTooLong("request")
        return line

    def _fill(self) -> bool:
        if self._read + len(self._buffer) > MOST_BYTES:
            raise http.client.LineTooLong("request")
        left = self._deadline - self._clock()
        if left <= 0:
            raise TimeoutError("The request took too long")
        self._connection.settimeout(left)
        received = self._connection.recv(4096)
        self._buffer += received
        return bool(received)

    def close(self) -> None:
        """The connection is closed by those who opened it."""
        self.closed = True
