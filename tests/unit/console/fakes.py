"""A conductor's token table with a clock of its own, and a VNC server that greets."""

from __future__ import annotations

import contextlib
import socket
import socketserver
import threading

from nova.console.tokens import ConsoleAuthEndpoint
from nova.contracts.console import ConsoleAccess, ConsoleTokens
from nova.contracts.errors import NotFound
from nova.contracts.guest import ConsoleTarget


class FakeTokens(ConsoleTokens):
    """As the conductor keeps them; `now` is its clock."""

    def __init__(self):
        self.now = 1000.0
        self.rows = {}

    def store(self, context, *, token_hash, access, ttl):
        self.rows[token_hash] = (access, self.now + ttl)

    def take(self, context, *, token_hash):
        access = self.peek(context, token_hash=token_hash)
        del self.rows[token_hash]
        return access

    def peek(self, context, *, token_hash):
        access, end = self.rows.get(token_hash, (None, 0.0))
        if access is None or end <= self.now:
            raise NotFound(what="Console token", id=token_hash)
        return access


def make_auth(ttl=600):
    """A consoleauth over a fake table, and the table."""
    tokens = FakeTokens()
    return ConsoleAuthEndpoint(tokens, ttl), tokens


def make_access(port, console_type="novnc", kind="vnc", base="http://127.0.0.1:6080/vnc_lite.html"):
    """A console on this machine."""
    target = ConsoleTarget(kind=kind, host="127.0.0.1", port=port)
    return ConsoleAccess(server="server-1", console_type=console_type, target=target, access_url_base=base)


class FakeVnc(socketserver.ThreadingTCPServer):
    """Greets as RFB 3.8 does without a password, then echoes; `bye` ends the session from the server's side."""

    daemon_threads = True
    block_on_close = False

    def __init__(self):
        self.sessions = 0
        super().__init__(("127.0.0.1", 0), _Session)
        self._thread = threading.Thread(target=self.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True)
        self._thread.start()

    @property
    def port(self):
        return self.server_address[1]

    def close(self):
        self.shutdown()
        self.server_close()
        self._thread.join()


class _Session(socketserver.BaseRequestHandler):
    def handle(self):
        self.server.sessions += 1
        with contextlib.suppress(ConnectionError):
            self._talk()

    def _talk(self):
        self.request.sendall(b"RFB 003.008\n")
        while data := self.request.recv(65536):
            if data.startswith(b"flood"):
                self.request.sendall(b"x" * 3_000_000)
            if data.endswith(b"bye"):
                self.request.shutdown(socket.SHUT_RDWR)
                return
            self.request.sendall(data)


class Client:
    """A WebSocket client in a few lines: masks what it sends, tells messages from closes."""

    def __init__(self, port, path, protocol=None, wrap=None, address="127.0.0.1", **headers):
        connection = socket.create_connection((address, port), timeout=10)
        self.socket = wrap(connection) if wrap else connection
        lines = {"Host": f"{address}:{port}", "Upgrade": "websocket", "Connection": "Upgrade"}
        lines |= {"Sec-WebSocket-Version": "13", "Sec-WebSocket-Key": "dGhlIHNhbXBsZSBub25jZQ=="} | headers
        if protocol:
            lines["Sec-WebSocket-Protocol"] = protocol
        text = "".join(f"{name}: {value}\r\n" for name, value in lines.items())
        self.socket.sendall(f"GET {path} HTTP/1.1\r\n{text}\r\n".encode())
        self._stream = self.socket.makefile("rb")
        self.status = self._stream.readline().decode().strip()
        self.headers = {}
        while (line := self._stream.readline().decode().strip()) != "":
            name, _, value = line.partition(": ")
            self.headers[name] = value

    def __enter__(self):
        return self

    def __exit__(self, *error):
        self._stream.close()
        self.socket.close()

    def send(self, data, opcode=2):
        """One frame; the mask of zeros leaves the content as it is."""
        length = bytes([128 | len(data)]) if len(data) < 126 else b"\xff" + len(data).to_bytes(8, "big")
        self.socket.sendall(bytes([0x80 | opcode]) + length + bytes(4) + data)

    def frame(self):
        """(opcode, content) of the next frame; (None, b"") when the proxy hung up."""
        head = self._stream.read(2)
        if len(head) < 2:
            return None, b""
        length = head[1] & 0x7F
        if length >= 126:
            length = int.from_bytes(self._stream.read(2 if length == 126 else 8), "big")
        return head[0] & 0x0F, self._stream.read(length)

    def read(self, count):
        """So many bytes of what the guest's side sent."""
        received = b""
        while len(received) < count:
            opcode, content = self.frame()
            assert opcode in (2, 9, 10), f"the session ended with {opcode} {content!r}"
            received += content if opcode == 2 else b""
        return received
