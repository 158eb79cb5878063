"""nova-api as processes: ready, watched, reloaded, drained and ended."""

from __future__ import annotations

import http.client
import os
import resource
import signal
import socket
import ssl
import subprocess
import sys
import time
from contextlib import ExitStack
from pathlib import Path

import pytest

PATIENCE = 30


def free_port():
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


def until(what):
    """What `what` answers once it is true."""
    end = time.monotonic() + PATIENCE
    while time.monotonic() < end:
        found = what()
        if found:
            return found
        time.sleep(0.05)
    raise AssertionError("it did not come to be in time")


class Daemon:
    def __init__(self, folder, *, workers=2, more="", context=None, port=0, wait=True):
        self.port, self.context = port or free_port(), context
        self.conf = folder / "nova.conf"
        self.conf.write_text(
            "[DEFAULT]\ntransport_url = fake://processes\nauth_strategy = noauth2\ngraceful_shutdown_timeout = 10\n"
            f"osapi_compute_listen = 127.0.0.1\nosapi_compute_listen_port = {self.port}\n"
            f"osapi_compute_workers = {workers}\n{more}"
        )
        command = [sys.executable, "-m", "nova.cmd.api", "--config-file", str(self.conf)]
        root = Path(__file__).parents[3]
        with (folder / "log").open("wb") as log:
            self.process = subprocess.Popen(command, cwd=root, stdout=log, stderr=log)
        if wait:
            until(self.answers)

    def ask(self, path="/", headers=None):
        kind = http.client.HTTPSConnection if self.context else http.client.HTTPConnection
        connection = kind(
            "127.0.0.1", self.port, timeout=PATIENCE, **({"context": self.context} if self.context else {})
        )
        try:
            connection.request("GET", path, headers={"X-Auth-Token": "admin:demo", **(headers or {})})
            answer = connection.getresponse()
            return answer.status, answer.read()
        finally:
            connection.close()

    def answers(self):
        assert self.process.poll() is None, self.conf.with_name("log").read_text()
        try:
            return self.ask()[0] == 200
        except OSError:
            return False

    def log(self):
        return self.conf.with_name("log").read_text()

    def children(self):
        path = Path(f"/proc/{self.process.pid}/task/{self.process.pid}/children")
        return [int(pid) for pid in path.read_text().split()]

    def end(self):
        if self.process.poll() is None:
            self.process.terminate()
        return self.process.wait(PATIENCE)


@pytest.fixture(scope="module")
def shared(tmp_path_factory):
    made = Daemon(tmp_path_factory.mktemp("shared"))
    yield made
    assert made.end() == 0


def test_it_serves_and_reloads(shared):
    assert len(shared.children()) == 2
    status, body = shared.ask("/v2.1/demo/servers", headers={"OpenStack-API-Version": "compute 2.999"})
    assert status == 406 and b"2.103" in body
    shared.process.send_signal(signal.SIGHUP)
    assert shared.ask()[0] == 200


def test_a_status_report_is_written_when_asked_for(shared):
    shared.process.send_signal(signal.SIGUSR2)
    until(lambda: shared.log().count("Guru Meditation") >= 2)
    assert "Configuration" in shared.log() and "A worker ends" not in shared.log()


def test_a_dead_child_is_replaced(shared):
    victim, other = shared.children()
    os.kill(victim, signal.SIGKILL)
    alive = until(lambda: len(shared.children()) == 2 and victim not in shared.children() and shared.children())
    assert other in alive and shared.ask()[0] == 200


def test_children_end_with_their_parent(tmp_path):
    daemon = Daemon(tmp_path)
    orphans = daemon.children()
    daemon.process.kill()
    daemon.process.wait(PATIENCE)
    until(lambda: not any(Path(f"/proc/{pid}").exists() for pid in orphans))


def test_a_killed_parent_is_followed_at_once_though_a_request_is_under_way(tmp_path):
    killed = Daemon(tmp_path, workers=1)
    with socket.create_connection(("127.0.0.1", killed.port), timeout=PATIENCE) as client:
        head = "POST /v2.1/servers/x/action HTTP/1.1\r\nHost: a\r\nX-Auth-Token: a:b\r\nContent-Length: 99\r\n\r\n"
        client.sendall(head.encode())
        killed.ask()
        killed.process.kill()
        killed.process.wait(PATIENCE)
        following = Daemon(tmp_path, workers=1, port=killed.port)
        client.sendall(b"a" * 99)
        assert client.recv(65536).startswith(b"HTTP/1.1 400")
    assert following.end() == 0 and "Traceback" not in following.log()


def test_a_taken_port_is_said_in_one_line(tmp_path):
    with socket.create_server(("127.0.0.1", 0)) as other:
        port = other.getsockname()[1]
        daemon = Daemon(tmp_path, workers=1, port=port, wait=False)
        assert daemon.process.wait(PATIENCE) == 1
    assert f"Cannot serve at 127.0.0.1 port {port}: Address already in use" in daemon.log()
    assert "Traceback" not in daemon.log()


@pytest.mark.parametrize("tls", [False, True])
def test_more_connections_than_files_only_wait(tmp_path, certificate, tls):
    context, settings = certificate
    more = settings if tls else ""
    daemon = Daemon(tmp_path, workers=1, more=more, context=context if tls else None)
    (child,) = daemon.children()
    resource.prlimit(child, resource.RLIMIT_NOFILE, (64, 64))
    with ExitStack() as stack:
        for _ in range(80):
            stack.enter_context(socket.create_connection(("127.0.0.1", daemon.port), timeout=PATIENCE))
        until(lambda: len(list(Path(f"/proc/{child}/fd").iterdir())) == 64)
    assert daemon.ask()[0] == 200 and daemon.children() == [child]
    assert daemon.log().count("No connection can be taken") == 1 and "Traceback" not in daemon.log()
    assert daemon.end() == 0


def test_a_request_under_way_is_finished(tmp_path):
    daemon = Daemon(tmp_path, workers=1)
    body = b'{"os-fly": null}'
    with socket.create_connection(("127.0.0.1", daemon.port), timeout=PATIENCE) as client:
        head = f"POST /v2.1/servers/x/action HTTP/1.1\r\nHost: a\r\nX-Auth-Token: a:b\r\nContent-Length: {len(body)}"
        client.sendall(head.encode() + b"\r\n\r\n" + body[:3])
        daemon.ask()
        daemon.process.terminate()
        until(lambda: not listening(daemon))
        client.sendall(body[3:])
        answer = client.recv(65536)
    assert answer.startswith(b"HTTP/1.1 400") and b"There is no such action" in answer
    assert daemon.end() == 0


def body_sent(daemon, headers, body):
    """The answer to a body whose sender then falls silent."""
    head = f"POST /v2.1/servers/x/action HTTP/1.1\r\nHost: a\r\nX-Auth-Token: a:b\r\n{headers}\r\n\r\n"
    with socket.create_connection(("127.0.0.1", daemon.port), timeout=PATIENCE) as client:
        client.sendall(head.encode() + body)
        client.shutdown(socket.SHUT_WR)
        return b"".join(iter(lambda: client.recv(65536), b""))


@pytest.mark.parametrize(
    ("headers", "body"),
    [
        ("Content-Length: 100", b"abc"),
        ("Transfer-Encoding: chunked", b"40\r\nabc"),
        ("Transfer-Encoding: chunked", b"zz\r\nabc\r\n0\r\n\r\n"),
    ],
)
def test_a_body_that_breaks_off_is_the_clients_fault(shared, headers, body):
    answer = body_sent(shared, headers, body)
    assert answer.startswith(b"HTTP/1.1 400") and b"it broke off" in answer
    assert "Unexpected error" not in shared.log()


def test_a_body_may_come_in_chunks(shared):
    answer = body_sent(shared, "Transfer-Encoding: chunked", b'8\r\n{"os-fly\r\n8\r\n": null}\r\n0\r\n\r\n')
    assert answer.startswith(b"HTTP/1.1 400") and b"There is no such action: os-fly" in answer
    large = b"40000\r\n" + b"a" * 0x40000 + b"\r\n0\r\n\r\n"
    assert body_sent(shared, "Transfer-Encoding: chunked", large).startswith(b"HTTP/1.1 413")


def listening(daemon):
    """Whether a new connection is still answered."""
    try:
        with socket.create_connection(("127.0.0.1", daemon.port), timeout=0.5) as probe:
            probe.sendall(b"GET / HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n")
            return bool(probe.recv(1))
    except OSError:
        return False


@pytest.mark.parametrize(
    "header", ["X-Long: " + "a" * 20_000, *["\r\n".join(f"X-{i}: {'a' * 9000}" for i in range(20))]]
)
def test_headers_are_bounded(shared, header):
    with socket.create_connection(("127.0.0.1", shared.port), timeout=PATIENCE) as client:
        client.sendall(f"GET / HTTP/1.1\r\nHost: a\r\n{header}\r\n\r\n".encode())
        assert client.recv(4096).startswith(b"HTTP/1.")
    assert shared.ask()[0] == 200


@pytest.fixture(scope="module")
def certificate(tmp_path_factory):
    """What a client trusts, and the settings of a server with it."""
    folder = tmp_path_factory.mktemp("certificate")
    key, certificate = folder / "key.pem", folder / "cert.pem"
    command = (
        "openssl req -x509 -newkey rsa:2048 -nodes -days 2 -subj /CN=localhost -addext subjectAltName=IP:127.0.0.1"
    )
    subprocess.run([*command.split(), "-keyout", key, "-out", certificate], check=True, capture_output=True, timeout=60)
    context = ssl.create_default_context(cafile=str(certificate))
    more = f"enabled_ssl_apis = osapi_compute\n[wsgi]\nssl_cert_file = {certificate}\nssl_key_file = {key}\n"
    return context, more


def test_tls(tmp_path, certificate):
    context, more = certificate
    daemon = Daemon(tmp_path, workers=1, more=more, context=context)
    with socket.create_connection(("127.0.0.1", daemon.port), timeout=PATIENCE):
        # One who never shakes hands holds up nobody.
        assert daemon.ask()[0] == 200
    assert daemon.end() == 0


def test_another_wsgi_server_can_serve_it(tmp_path):
    conf = tmp_path / "nova.conf"
    conf.write_text("[DEFAULT]\ntransport_url = fake://wsgi\nauth_strategy = noauth2\n")
    program = (
        "import webob\n"
        "from concurrent.futures import ThreadPoolExecutor\n"
        "from nova.api.wsgi import application\n"
        "from nova.base import concurrency\n"
        "def ask(path):\n"
        "    return webob.Request.blank(path).get_response(application).status_int\n"
        "print(*ThreadPoolExecutor(4).map(ask, ['/v2.1/'] * 4), concurrency.chosen())\n"
    )
    environ = {**os.environ, "NOVA_CONFIG_FILES": str(conf)}
    root = Path(__file__).parents[3]
    command = [sys.executable, "-W", "ignore", "-c", program]
    done = subprocess.run(command, cwd=root, env=environ, capture_output=True, timeout=60, check=True)
    assert done.stdout.splitlines()[-1] == b"200 200 200 200 native", done.stderr
