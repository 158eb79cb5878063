"""Carrying bytes between a WebSocket and a guest's console."""

from __future__ import annotations

import logging
import select
import socket
import ssl
from collections.abc import Callable
from functools import partial

from nova.console.frames import ConsoleSocket, TooMuchAtOnce

LOG = logging.getLogger(__name__)

CHUNK = 64 * 1024
# A side that does not take what it is sent makes the other wait, so that a session's memory is bounded.
MOST_WAITING = 256 * 1024
PING_SECONDS = 30
_WAIT = (ssl.SSLWantReadError, ssl.SSLWantWriteError, BlockingIOError)
_READ = select.POLLIN | select.POLLHUP | select.POLLERR


class Relay:
    """One session. Both sides are non-blocking from here on; who calls `run` closes them after."""

    def __init__(self, client: ConsoleSocket, target: socket.socket) -> None:
        self._client, self._target = client, target
        self._to_target = bytearray()
        self._sending: Callable[[], object] | None = None
        client.setblocking(False)
        target.setblocking(False)
        self._client_number, self._target_number = client.fileno(), target.fileno()

    def run(self) -> str:
        """Until one side ends; answers who did."""
        try:
            while (ended := self._turn()) is None:
                continue
            return ended
        except TooMuchAtOnce:
            return "the client sent too much at once"
        except OSError as error:
            return f"the connection broke: {error}"

    def _turn(self) -> str | None:
        ready = self._wait()
        if not ready and self._sending is None:
            self._send(partial(self._client.ping, b""))
        if ready.get(self._client_number, 0) & select.POLLOUT:
            self._go_on_sending()
        if ready.get(self._target_number, 0) & select.POLLOUT:
            self._write_to_target()
        if ready.get(self._client_number, 0) & _READ and not self._read_from_client():
            self._finish_target()
            return "the client closed"
        if ready.get(self._target_number, 0) & _READ and self._sending is None and not self._read_from_target():
            self._client.shutdown(socket.SHUT_RDWR, 1000, "Target closed")
            return "the guest's host closed"
        return None

    def _wait(self) -> dict[int, int]:
        poll = select.poll()
        client = (select.POLLIN if len(self._to_target) < MOST_WAITING else 0) | (
            select.POLLOUT if self._sending else 0
        )
        target = (0 if self._sending else select.POLLIN) | (select.POLLOUT if self._to_target else 0)
        poll.register(self._client_number, client)
        # An idle registration would still report the end of the connection, again and again.
        if target:
            poll.register(self._target_number, target)
        return dict(poll.poll(PING_SECONDS * 1000))

    def _read_from_client(self) -> bool:
        try:
            while True:
                message = self._client.recvmsg()
                if message is None:
                    return False
                self._to_target += message
                if not self._client.pending():
                    break
        except _WAIT:
            pass
        self._answer_ping()
        if self._to_target:
            self._write_to_target()
        return True

    def _answer_ping(self) -> None:
        if self._client.ping_to_answer is not None and self._sending is None:
            answer, self._client.ping_to_answer = self._client.ping_to_answer, None
            self._send(partial(self._client.pong, answer))

    def _read_from_target(self) -> bool:
        try:
            received = self._target.recv(CHUNK)
        except _WAIT:
            return True
        if received:
            self._send(partial(self._client.sendmsg, received))
        return bool(received)

    def _write_to_target(self) -> None:
        try:
            sent = self._target.send(self._to_target)
        except _WAIT:
            return
        del self._to_target[:sent]

    def _send(self, what: Callable[[], object]) -> None:
        """Only one thing is on its way at a time: an unfinished send must be called again just as it was."""
        self._sending = what
        self._go_on_sending()

    def _go_on_sending(self) -> None:
        if self._sending is None:
            return
        try:
            self._sending()
        except _WAIT:
            return
        self._sending = None
        self._answer_ping()

    def _finish_target(self) -> None:
        """What the client sent before it closed still arrives, if the host takes it soon."""
        if self._to_target:
            self._target.settimeout(2)
            self._target.sendall(self._to_target)
