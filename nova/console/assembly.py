"""A console proxy put together from the settings."""

from __future__ import annotations

import resource

from oslo_config import cfg

from nova.bus.bus import Bus
from nova.console.handler import Rules
from nova.console.listener import Listener, tls_context
from nova.console.protocols import Protocol
from nova.contracts.console import ConsoleAuth


class CannotServe(Exception):
    """The settings do not allow a proxy to start."""


class Proxy:
    """A running proxy with its connection to the bus. Raises CannotServe."""

    def __init__(self, conf: cfg.ConfigOpts, protocol: Protocol, host: str, port: int) -> None:
        self._bus = Bus(conf)
        rules = Rules(
            protocol=protocol,
            auth=self._bus.client(ConsoleAuth),
            web=conf.web,
            allowed_origins=frozenset(conf.console.allowed_origins),
            handshake_seconds=conf.console.handshake_timeout,
        )
        try:
            tls = tls_context(conf.cert, conf.key, conf.console.ssl_ciphers, conf.console.ssl_minimum_version)
            if conf.ssl_only and tls is None:
                raise CannotServe(f"ssl_only is set, but there is no certificate at {conf.cert}")
            self._listener = Listener(
                (host, port),
                rules,
                max_connections=conf.console.max_connections,
                tls=tls,
                tls_only=conf.ssl_only,
                ipv6=conf.source_is_ipv6,
            )
        except OSError as error:
            raise CannotServe(f"Cannot serve consoles at {host} port {port}: {error}") from error
        _allow_descriptors(4 * conf.console.max_connections + 256)
        self._listener.start()

    @property
    def port(self) -> int:
        """Where it listens, also when any free port was asked for."""
        return int(self._listener.server_address[1])

    def stop(self) -> None:
        """End all sessions."""
        self._listener.stop()
        self._bus.close()


def _allow_descriptors(wanted: int) -> None:
    """Each session holds a few; the limit a process begins with is often lower than what it may have."""
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    if hard != resource.RLIM_INFINITY:
        wanted = min(wanted, hard)
    if soft != resource.RLIM_INFINITY and soft < wanted:
        resource.setrlimit(resource.RLIMIT_NOFILE, (wanted, hard))
