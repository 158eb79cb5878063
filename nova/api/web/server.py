"""A WSGI server of several processes: the parent binds, forks and watches; each child serves on green threads."""

from __future__ import annotations

import ctypes
import errno
import logging
import os
import signal
import socket
import ssl
import time
from collections.abc import Callable
from dataclasses import dataclass

from oslo_config import cfg

from nova.api.web.application import with_api
from nova.api.web.call import Api
from nova.api.web.middleware import Wsgi
from nova.base import concurrency, daemon
from nova.bus.bus import Bus

LOG = logging.getLogger(__name__)

BACKLOG = 4096
MOST_WORKERS = 8
SIGNALS = (signal.SIGTERM, signal.SIGINT, signal.SIGHUP, signal.SIGUSR2, signal.SIGCHLD)
QUICK_DEATH_SECONDS = 2.0
"""A child that lived shorter than this is not replaced at once, so that a broken setting makes no storm of forks."""
PORT_SECONDS = 5.0
"""How long a port may be held by children that a killed parent has left: they are ending."""
PR_SET_PDEATHSIG = 1


@dataclass(frozen=True)
class Listener:
    """One application on one address; `workers` None: one a core, 8 at most.

    `of_an_address` bounds the connections of each process that one address may hold: None where a proxy stands before.
    """

    app: str
    address: str
    port: int
    workers: int | None
    tls: bool
    of_an_address: int | None = None

    def processes(self) -> int:
        """How many children serve it."""
        return self.workers or min(os.cpu_count() or 1, MOST_WORKERS)


@dataclass(frozen=True)
class Work:
    """What a child serves."""

    bound: socket.socket
    app: Wsgi
    of_an_address: int | None


def serve(conf: cfg.ConfigOpts, program: str, listeners: list[Listener], load: Callable[[str], Wsgi]) -> int:
    """Live until SIGTERM; answers the exit code. `load` makes the application of a name, once, before the fork."""
    signal.pthread_sigmask(signal.SIG_BLOCK, SIGNALS)
    children = Children(conf, program)
    for listener in listeners:
        try:
            bound = bind(conf, listener)
        except OSError as error:
            LOG.error("Cannot serve at %s port %s: %s", listener.address, listener.port, error.strerror)
            return 1
        children.add(bound, load(listener.app), listener)
    children.start()
    LOG.info("%s is ready", program)
    return children.watch()


def bind(conf: cfg.ConfigOpts, listener: Listener) -> socket.socket:
    """The listening socket. OSError when the address cannot be listened on."""
    family = socket.AF_INET6 if ":" in listener.address else socket.AF_INET
    bound = socket.socket(family, socket.SOCK_STREAM)
    bound.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    bound.setsockopt(socket.SOL_SOCKET, socket.SO_KEEPALIVE, 1)
    bound.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
    if conf.wsgi.tcp_keepidle:
        bound.setsockopt(socket.IPPROTO_TCP, socket.TCP_KEEPIDLE, conf.wsgi.tcp_keepidle)
    _take(bound, (listener.address, listener.port))
    bound.listen(BACKLOG)
    return _with_tls(conf, bound) if listener.tls else bound


def _take(bound: socket.socket, address: tuple[str, int]) -> None:
    give_up = time.monotonic() + PORT_SECONDS
    while True:
        try:
            return bound.bind(address)
        except OSError as error:
            if error.errno != errno.EADDRINUSE or time.monotonic() > give_up:
                raise
        time.sleep(0.1)


def _with_tls(conf: cfg.ConfigOpts, bound: socket.socket) -> socket.socket:
    settings = conf.wsgi
    if not settings.ssl_cert_file or not settings.ssl_key_file:
        raise SystemExit("enabled_ssl_apis needs [wsgi] ssl_cert_file and ssl_key_file")
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.minimum_version = ssl.TLSVersion.TLSv1_2
    context.load_cert_chain(settings.ssl_cert_file, settings.ssl_key_file)
    if settings.ssl_ca_file:
        context.load_verify_locations(settings.ssl_ca_file)
        context.verify_mode = ssl.CERT_REQUIRED
    # The handshake is done at the first read, by the connection's own thread: a slow client holds up nobody else.
    return context.wrap_socket(bound, server_side=True, do_handshake_on_connect=False)


class Children:
    """The worker processes, and what to do about their deaths."""

    def __init__(self, conf: cfg.ConfigOpts, program: str) -> None:
        self._conf, self._program = conf, program
        self._wanted: list[Work] = []
        self._alive: dict[int, tuple[Work, float]] = {}

    def add(self, bound: socket.socket, app: Wsgi, listener: Listener) -> None:
        """Wish for a listener's processes."""
        self._wanted.extend([Work(bound, app, listener.of_an_address)] * listener.processes())

    def start(self) -> None:
        """Fork them all."""
        for work in self._wanted:
            self._fork(work)

    def watch(self) -> int:
        """Replace the dead until a signal says to end."""
        while True:
            # Blocked signals are waited for without the event loop, which must not run before or in the parent.
            number = signal.sigwait(SIGNALS)
            if number == signal.SIGCHLD:
                self._replace_dead()
            elif number == signal.SIGHUP:
                daemon.reload(self._conf)
                self._tell(signal.SIGHUP)
            elif number == signal.SIGUSR2:
                self._tell(signal.SIGUSR2)
            else:
                return self._end()

    def _fork(self, work: Work) -> None:
        parent = os.getpid()
        pid = os.fork()
        if pid == 0:
            code = 1
            try:
                # A child without its parent would serve unwatched, and hold the port against the next parent.
                ctypes.CDLL(None).prctl(PR_SET_PDEATHSIG, signal.SIGTERM)
                if os.getppid() == parent:
                    _serve_until_told(self._conf, self._program, work)
                code = 0
            except BaseException:
                LOG.exception("A worker ends")
            finally:
                logging.shutdown()
                os._exit(code)
        self._alive[pid] = (work, time.monotonic())

    def _replace_dead(self) -> None:
        for pid, status in _reap():
            work, born = self._alive.pop(pid)
            LOG.warning("Worker %s ended with status %s and is replaced", pid, status)
            if time.monotonic() - born < QUICK_DEATH_SECONDS:
                # sigtimedwait leaves a wish to end for the loop to see: it is not taken out of the queue here.
                signal.sigtimedwait((), QUICK_DEATH_SECONDS)
            self._fork(work)

    def _tell(self, number: int) -> None:
        for pid in self._alive:
            os.kill(pid, number)

    def _end(self) -> int:
        """SIGTERM to all; SIGKILL to those that overstay."""
        self._tell(signal.SIGTERM)
        until = time.monotonic() + self._conf.graceful_shutdown_timeout + 1
        while self._alive and (left := until - time.monotonic()) > 0:
            signal.sigtimedwait((signal.SIGCHLD,), left)
            for pid, _ in _reap():
                self._alive.pop(pid, None)
        self._tell(signal.SIGKILL)
        return 1 if self._alive else 0


def _reap() -> list[tuple[int, int]]:
    """(pid, exit code) of every child that has ended."""
    found: list[tuple[int, int]] = []
    while True:
        try:
            pid, status = os.waitpid(-1, os.WNOHANG)
        except ChildProcessError:
            return found
        if pid == 0:
            return found
        found.append((pid, os.waitstatus_to_exitcode(status)))


def _serve_until_told(conf: cfg.ConfigOpts, program: str, work: Work) -> None:
    concurrency.after_fork()
    daemon.report_on_signal(conf, program)
    # Called by itself it may come while the hub runs, which must not wait for a thread to start; so on_signal calls it.
    report = signal.getsignal(signal.SIGUSR2)
    signal.pthread_sigmask(signal.SIG_UNBLOCK, [signal.SIGCHLD])
    api = Api(conf, Bus(conf))

    def on_signal(number: int) -> bool:
        if number == signal.SIGHUP:
            daemon.reload(conf)
        elif number == signal.SIGUSR2 and callable(report):
            report(number, None)
        return number in (signal.SIGTERM, signal.SIGINT)

    try:
        concurrency.serve_http(
            work.bound,
            with_api(work.app, api),
            signals=(signal.SIGTERM, signal.SIGINT, signal.SIGHUP, signal.SIGUSR2),
            on_signal=on_signal,
            connections=conf.wsgi.default_pool_size,
            of_an_address=work.of_an_address,
            keep_alive=conf.wsgi.keep_alive,
            client_timeout=conf.wsgi.client_socket_timeout,
            line_limit=conf.wsgi.max_header_line,
            drain_seconds=conf.graceful_shutdown_timeout,
        )
    finally:
        api.close()
