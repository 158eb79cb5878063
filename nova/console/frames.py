"""The client's side of a console: websockify's WebSocket, bounded."""

from __future__ import annotations

from websockify.websocketserver import HttpWebSocket

# Clients send keys, pointers and what was copied; frames are small.
MOST_BUFFERED = 1024 * 1024


class TooMuchAtOnce(Exception):
    """The client announced or sent a message that no console needs."""


class ConsoleSocket(HttpWebSocket):
    """A WebSocket that buffers at most MOST_BUFFERED bytes of an unfinished message.

    Pings are noted, not answered on the spot: an answer in the midst of a frame that is still being sent would be
    refused. `ping_to_answer` is the last one's content.
    """

    ping_to_answer: bytes | None = None

    def select_subprotocol(self, protocols: list[str]) -> str:
        """Old clients insist on "binary"; it means nothing."""
        return "binary" if "binary" in protocols else ""

    def handle_ping(self, data: bytes) -> None:
        """Note it for the relay."""
        self.ping_to_answer = data

    def _recv(self) -> bool:
        received = bool(super()._recv())
        if len(self._recv_buffer) + len(self._partial_msg) > MOST_BUFFERED:
            raise TooMuchAtOnce
        return received
