"""The proxy itself, between a WebSocket client and a VNC server that greets."""

import contextlib
import logging
import os
import socket
import ssl
import struct
import subprocess
import time
from pathlib import Path

import pytest

from nova.base.context import admin_context
from nova.console.handler import Rules
from nova.console.listener import Listener, tls_context
from nova.console.protocols import NoVnc
from nova.contracts.errors import Unavailable
from tests.unit.console.fakes import Client, FakeVnc, make_access, make_auth

GREETING = b"RFB 003.008\n"


class Stage:
    """A proxy with everything around it."""

    def __init__(self, web, **how):
        self.auth, self.tokens = make_auth()
        self.vnc = FakeVnc()
        self.rules = Rules(
            protocol=NoVnc(),
            auth=how.pop("auth", self.auth),
            web=str(web),
            allowed_origins=frozenset({"dashboard.example"}),
            handshake_seconds=how.pop("handshake_seconds", 5),
        )
        self.proxy = Listener(("127.0.0.1", 0), self.rules, max_connections=how.pop("max_connections", 20), **how)
        self.proxy.start()
        self.port = self.proxy.server_address[1]

    def token(self, **access):
        return self.auth.authorize(admin_context(), access=make_access(access.pop("port", self.vnc.port), **access))

    def close(self):
        self.proxy.stop()
        self.vnc.close()

    def ask(self, request):
        """The answer to raw bytes, until the proxy closes."""
        with socket.create_connection(("127.0.0.1", self.port), timeout=10) as connection:
            connection.sendall(request)
            return read_all(connection)

    def upgrade(self, path, **headers):
        """The status line of an upgrade."""
        with Client(self.port, path, **headers) as client:
            return client.status


def read_all(connection):
    received = b""
    with contextlib.suppress(ConnectionResetError):
        while data := connection.recv(65536):
            received += data
    return received


def session(stage, token, **how):
    """A client that is let in."""
    client = Client(stage.port, f"/?token={token}", **how)
    assert client.status == "HTTP/1.1 101 Switching Protocols"
    return client


@pytest.fixture
def web(tmp_path):
    folder = tmp_path / "web"
    folder.mkdir()
    (folder / "vnc_lite.html").write_text("<p>screen</p>")
    (tmp_path / "secret").write_text("secret")
    return folder


@pytest.fixture
def stage(web):
    stage = Stage(web)
    yield stage
    stage.close()


def test_bytes_go_both_ways(stage):
    with session(stage, stage.token(), protocol="binary") as client:
        assert client.headers["Sec-WebSocket-Protocol"] == "binary"
        assert client.read(len(GREETING)) == GREETING
        client.send(b"hello")
        assert client.read(5) == b"hello"
        client.send(b"y" * 300_000)
        assert client.read(300_000) == b"y" * 300_000


def test_a_client_that_does_not_read_makes_the_host_wait(stage):
    with session(stage, stage.token()) as client:
        client.read(len(GREETING))
        client.send(b"flood")
        for _ in range(20):
            client.send(b"still there?", opcode=9)
        assert client.read(3_000_005) == b"x" * 3_000_000 + b"flood"


def test_the_guests_side_closes(stage):
    with session(stage, stage.token()) as client:
        client.read(len(GREETING))
        client.send(b"bye")
        assert client.frame() == (8, b"\x03\xe8Target closed")


def test_a_token_is_used_once(stage):
    token = stage.token()
    assert stage.upgrade(f"/?token={token}") == "HTTP/1.1 101 Switching Protocols"
    assert stage.upgrade(f"/?token={token}") == "HTTP/1.1 403 Forbidden"


def test_a_token_ends_by_the_conductors_clock(stage):
    token = stage.token()
    stage.tokens.now += 601
    assert stage.upgrade(f"/?token={token}") == "HTTP/1.1 403 Forbidden"
    assert stage.vnc.sessions == 0


@pytest.mark.parametrize(
    ("path", "headers"),
    [
        ("/websockify?token={token}", {}),
        ("/?other=1&token={token}", {}),
        ("/websockify", {"Cookie": "a=b; token={token}"}),
        ("/websockify", {"Cookie": 'token="{token}"'}),
    ],
)
def test_where_a_token_may_be(stage, path, headers):
    token = stage.token()
    headers = {name: value.format(token=token) for name, value in headers.items()}
    assert stage.upgrade(path.format(token=token), **headers).endswith("101 Switching Protocols")


@pytest.mark.parametrize("path", ["/", "/?token=", "/?token=guessed", "/?toke=x", "/?token=" + "x" * 5000])
def test_without_a_valid_token(stage, path, caplog):
    with caplog.at_level(logging.DEBUG):
        assert stage.upgrade(path) == "HTTP/1.1 403 Forbidden"
    assert stage.vnc.sessions == 0
    assert any("Console refused to 127.0.0.1" in line for line in caplog.messages)


def test_no_log_line_has_the_token(stage, caplog):
    token = stage.token()
    with caplog.at_level(logging.DEBUG):
        for _ in range(2):
            stage.upgrade(f"/?token={token}")
        stage.upgrade("/", Cookie=f"token={token}")
        stage.ask(f"GET /vnc_lite.html?path=%3Ftoken%3D{token} HTTP/1.0\r\n\r\n".encode())
    assert "token is unknown, used or expired" in caplog.text
    assert token not in caplog.text


def test_a_page_of_another_site_costs_no_token(stage):
    token = stage.token()
    assert stage.upgrade(f"/?token={token}", Origin="http://evil.example") == "HTTP/1.1 403 Forbidden"
    assert stage.upgrade(f"/?token={token}", Origin=f"http://127.0.0.1:{stage.port}").endswith("Switching Protocols")


def test_allowed_origins_and_schemes(stage):
    assert stage.upgrade(f"/?token={stage.token()}", Origin="http://dashboard.example").endswith("Protocols")
    assert stage.upgrade(f"/?token={stage.token()}", Origin="https://dashboard.example").endswith("403 Forbidden")
    secure = stage.token(base="https://console.example/vnc_lite.html")
    assert stage.upgrade(f"/?token={secure}", Origin="https://dashboard.example").endswith("Protocols")


def test_tokens_of_other_consoles_are_of_no_use(stage):
    assert stage.upgrade(f"/?token={stage.token(console_type='serial', kind='serial')}").endswith("403 Forbidden")
    assert stage.upgrade(f"/?token={stage.token(kind='spice')}").endswith("403 Forbidden")


def test_nothing_listens_at_the_target(stage):
    with socket.socket() as unused:
        unused.bind(("127.0.0.1", 0))
        assert stage.upgrade(f"/?token={stage.token(port=unused.getsockname()[1])}") == "HTTP/1.1 502 Bad Gateway"


def test_the_tokens_cannot_be_checked(web):
    class Silent:
        def redeem(self, context, *, token):
            raise Unavailable(service="nova-consoleauth", hint="Try again.")

    stage = Stage(web, auth=Silent())
    try:
        assert stage.upgrade("/?token=x") == "HTTP/1.1 503 Service Unavailable"
    finally:
        stage.close()


def test_pages(stage):
    page = stage.ask(b"GET /vnc_lite.html?path=%3Ftoken%3Dx HTTP/1.0\r\n\r\n")
    assert page.startswith(b"HTTP/1.1 200") and page.endswith(b"<p>screen</p>")
    assert b"Referrer-Policy: no-referrer" in page
    head = stage.ask(b"HEAD /vnc_lite.html HTTP/1.0\r\n\r\n")
    assert head.startswith(b"HTTP/1.1 200") and not head.endswith(b"screen</p>")


@pytest.mark.parametrize("path", ["/", "/../secret", "/%2e%2e/secret", "//etc/passwd", "/nothing.html"])
def test_nothing_outside_the_pages(stage, path):
    answer = stage.ask(f"GET {path} HTTP/1.0\r\n\r\n".encode())
    assert answer.startswith(b"HTTP/1.1 404")
    assert b"vnc_lite" not in answer


@pytest.mark.parametrize("path", ["/app", "//evil.example/%2f..", "/\\evil.example/..", "/%5cevil.example/.."])
def test_nobody_is_sent_elsewhere(stage, path):
    """Browsers take an address that begins with two strokes, of either kind, for another site's."""
    (Path(stage.rules.web) / "app").mkdir()
    answer = stage.ask(f"GET {path} HTTP/1.0\r\n\r\n".encode())
    assert answer.startswith(b"HTTP/1.1 404") and b"Location" not in answer


@pytest.mark.parametrize(
    ("request_bytes", "status"),
    [
        (b"\x00\x01\x02\r\n\r\n", b"400"),
        (b"GET / HTTP/9.9\r\n\r\n", b"505"),
        (b"POST /vnc_lite.html HTTP/1.0\r\n\r\n", b"501"),
        (b"GET / HTTP/1.1\r\n" + b"X: y\r\n" * 200 + b"\r\n", b"431"),
        (b"GET / HTTP/1.1\r\nX: " + b"y" * 20_000 + b"\r\n\r\n", b"431"),
        (b"GET /" + b"y" * 20_000 + b" HTTP/1.1\r\n\r\n", b"414"),
        (b"GET / HTTP/1.1\r\nUpgrade: websocket\r\n\r\n", b"403"),
    ],
)
def test_garbage_is_refused_and_harms_nobody(stage, request_bytes, status):
    answer = stage.ask(request_bytes)
    # Closing with unread input may take the answer away: what matters is that nobody is served.
    assert answer == b"" or status in answer
    with session(stage, stage.token()) as client:
        assert client.read(len(GREETING)) == GREETING


def test_a_handshake_without_key(stage):
    request = f"GET /?token={stage.token()} HTTP/1.1\r\nUpgrade: websocket\r\nSec-WebSocket-Version: 13\r\n\r\n"
    assert stage.ask(request.encode()).startswith(b"HTTP/1.1 400")


@pytest.mark.parametrize(
    "frame",
    [
        b"\x82\xff" + struct.pack(">Q", 1 << 62) + b"mask" + b"x" * 1_500_000,
        b"\x02\xfe\xff\xff" + b"mask" + b"x" * 65535 + (b"\x00\xfe\xff\xff" + b"mask" + b"x" * 65535) * 20,
        b"\x81\x81maskx",
        b"\x82\x01x",
        b"\x8f\x80mask",
    ],
)
def test_hostile_frames_end_the_session(stage, frame):
    with session(stage, stage.token()) as client:
        client.read(len(GREETING))
        with contextlib.suppress(OSError):
            client.socket.sendall(frame)
            client.socket.shutdown(socket.SHUT_WR)
        read_all(client.socket)
    with session(stage, stage.token()) as client:
        assert client.read(len(GREETING)) == GREETING


def test_dripping_clients_are_let_go(web):
    stage = Stage(web, handshake_seconds=0.3)
    try:
        with socket.create_connection(("127.0.0.1", stage.port), timeout=10) as connection:
            with contextlib.suppress(OSError):
                for _ in range(20):
                    connection.sendall(b"x")
                    time.sleep(0.05)
            assert read_all(connection) == b""
    finally:
        stage.close()


def test_not_more_connections_than_allowed(web):
    stage = Stage(web, max_connections=2)
    try:
        with session(stage, stage.token()) as one, session(stage, stage.token()) as two:
            one.read(len(GREETING))
            two.read(len(GREETING))
            assert stage.ask(b"GET /vnc_lite.html HTTP/1.0\r\n\r\n") == b""
        for _ in range(50):
            if stage.ask(b"GET /vnc_lite.html HTTP/1.0\r\n\r\n"):
                break
            time.sleep(0.02)
        assert stage.ask(b"GET /vnc_lite.html HTTP/1.0\r\n\r\n").startswith(b"HTTP/1.1 200")
    finally:
        stage.close()


def test_stopping_ends_open_sessions(web):
    stage = Stage(web)
    with session(stage, stage.token()) as client:
        client.read(len(GREETING))
        stage.close()
        assert client.frame() == (None, b"")


@pytest.fixture
def certificate(tmp_path):
    cert, key = str(tmp_path / "cert.pem"), str(tmp_path / "key.pem")
    command = ["openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes"]
    command += ["-subj", "/CN=127.0.0.1", "-days", "1", "-out", cert, "-keyout", key]
    subprocess.run(command, check=True, capture_output=True, timeout=30)
    return cert, key


def test_tls(web, certificate):
    stage = Stage(web, tls=tls_context(*certificate, None, "tlsv1_3"), tls_only=True)
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    context.load_verify_locations(certificate[0])
    context.check_hostname = False
    try:
        assert stage.ask(b"GET /vnc_lite.html HTTP/1.0\r\n\r\n") == b""
        token = stage.token(base="https://127.0.0.1/vnc_lite.html")
        with session(stage, token, wrap=context.wrap_socket, Origin="https://127.0.0.1") as client:
            assert client.socket.version() == "TLSv1.3"
            assert client.read(len(GREETING)) == GREETING
            client.send(b"z" * 200_000)
            assert client.read(200_000) == b"z" * 200_000
    finally:
        stage.close()


def test_tls_where_there_is_none(stage):
    assert stage.ask(b"\x16\x03\x01\x00\x05hello") == b""


def test_no_certificate_no_tls(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    assert tls_context("self.pem", None, None, "default") is None


def test_a_named_certificate_that_cannot_be_used_serves_nothing_in_the_clear(tmp_path, certificate):
    with pytest.raises(OSError, match=r"certificate .*none\.pem cannot be used: .*No such file"):
        tls_context(os.fspath(tmp_path / "none.pem"), None, None, "default")
    garbage = tmp_path / "garbage.pem"
    garbage.write_text("nothing of the kind")
    with pytest.raises(OSError, match=r"garbage\.pem cannot be used"):
        tls_context(os.fspath(garbage), None, None, "default")
    with pytest.raises(OSError, match=r"with the key .*none\.pem cannot be used"):
        tls_context(certificate[0], os.fspath(tmp_path / "none.pem"), None, "default")
