"""The bus over RabbitMQ, by oslo.messaging.

oslo.messaging acknowledges a message before it runs, so one can vanish with its daemon: who needs an answer uses a
call and asks again; what is cast must be safe to lose.
"""

from __future__ import annotations

import socket
import time
import warnings
from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from typing import Any

from oslo_config import cfg

from nova.base import concurrency
from nova.base.contract import Contract
from nova.bus.admission import VERSION, Dispatcher, read_in_one_line
from nova.bus.codec import Method
from nova.bus.settings import MONITOR_SECONDS
from nova.contracts.errors import InternalError, Unavailable

with warnings.catch_warnings():
    # The libraries announce their own deprecations at import; versions are bounded in pyproject.toml.
    warnings.simplefilter("ignore")
    import oslo_messaging
    from kombu.exceptions import OperationalError
    from oslo_messaging._drivers import amqpdriver, impl_rabbit
    from oslo_messaging.rpc.server import RPCServer

NOBODY_SECONDS = 5.0
"""How long a call waits for somebody to listen: after a broker's restart daemons make their queues anew."""
LOOK_UP_SECONDS = 0.4
"""How often the library's threads look up from their sockets. Their own 5 s would hold up the end of a daemon."""

RECONNECT_SECONDS = 4
"""The longest pause between two tries to reach a broker; the library's own 30 s would be half of what a recovery may
take. Together with it: a lease of 20 s, 5 s until another conductor looks, 12 s until a lost answer is missed."""

TRIES = 5
"""How often a broker is looked for when somebody waits: some 20 s, in which one that is started anew is back."""

ANSWER_SECONDS = 10
"""How long an answer waits for whoever asked to have a queue again; the library's own 60 s would hold up a thread that
others wait for, and by then nobody awaits it."""


def register_url(conf: cfg.ConfigOpts) -> str | None:
    """The configured transport URL; declares the library's options on the way."""
    oslo_messaging.set_transport_defaults("nova")
    oslo_messaging.TransportURL.parse(conf, "rabbit://")
    return conf.transport_url


def _open(conf: cfg.ConfigOpts) -> Any:
    """The library's transport; ends a program whose URL it cannot use. The URL is not said: a password is in it."""
    try:
        return oslo_messaging.get_rpc_transport(conf)
    except oslo_messaging.DriverLoadFailure as error:
        why = f"there is no transport {error.driver!r}"
    except (oslo_messaging.InvalidTransportURL, ValueError):
        why = "it is no URL"
    raise SystemExit(f"{conf.prog}: transport_url: {why}; use one like rabbit://user:password@host:5672/")


class RabbitTransport:
    """See nova.bus.bus.Transport, and Bus for `awaited`."""

    def __init__(self, conf: cfg.ConfigOpts, *, awaited: bool = True) -> None:
        read_in_one_line()
        # What operators set goes before.
        conf.register_opts(impl_rabbit.rabbit_opts, group="oslo_messaging_rabbit")
        conf.set_default("rabbit_interval_max", RECONNECT_SECONDS, group="oslo_messaging_rabbit")
        conf.set_default("kombu_missing_consumer_retry_timeout", ANSWER_SECONDS, group="oslo_messaging_rabbit")
        self._transport = _open(conf)
        # Only now: the driver's own options take their bounds from it while they are declared.
        amqpdriver.ACK_REQUEUE_EVERY_SECONDS_MAX = LOOK_UP_SECONDS
        self._url = oslo_messaging.TransportURL.parse(conf, conf.transport_url)
        self._clients: dict[tuple[str, str], Any] = {}
        self._tries = TRIES if awaited else None
        self._connected = False

    def send(self, method: Method, host: str | None, context: Mapping[str, Any], text: str) -> Mapping[str, Any]:
        """See Transport."""
        place = f"nova-{method.topic}" + (f" on {host}" if host else "")
        give_up = time.monotonic() + NOBODY_SECONDS
        self._meet()
        try:
            while True:
                try:
                    return self._send_once(method, host, context, text)
                except oslo_messaging.MessageUndeliverable as unheard:
                    if method.wire.kind == "cast":
                        return {}
                    if time.monotonic() > give_up:
                        raise Unavailable(service=place, hint="Nobody listens: check that it runs.") from unheard
                    time.sleep(NOBODY_SECONDS / 10)
        except oslo_messaging.MessagingTimeout as late:
            raise Unavailable(service=place, hint="Check that it runs and reaches RabbitMQ.") from late
        except (oslo_messaging.MessageDeliveryFailure, OperationalError) as lost:
            raise Unavailable(service="RabbitMQ", hint="Check that it runs.") from lost
        except oslo_messaging.RemoteError as error:
            raise InternalError(log=f"{place}: {error.exc_type}") from error

    def _meet(self) -> None:
        """The library makes its first connection without regard to the number of tries: look first. Unavailable."""
        if self._tries is None or self._connected:
            return
        for _ in range(self._tries):
            if self.reachable():
                self._connected = True
                return
            time.sleep(RECONNECT_SECONDS)
        raise Unavailable(service="RabbitMQ", hint="Check that it runs.")

    def _send_once(self, method: Method, host: str | None, context: Mapping[str, Any], text: str) -> Mapping[str, Any]:
        client, wire = self._client(method.topic, method.namespace), method.wire
        if wire.kind == "cast":
            client.prepare(server=host, retry=self._tries).cast(dict(context), method.name, text=text)
            return {}
        monitor = MONITOR_SECONDS if wire.monitored else None
        prepared = client.prepare(server=host, timeout=wire.timeout, call_monitor_timeout=monitor, retry=self._tries)
        reply: Mapping[str, Any] = prepared.call(dict(context), method.name, text=text)
        return reply

    def server(
        self, topic: str, host: str, endpoints: Sequence[Contract], taken: Callable[[Method], None]
    ) -> RabbitServer:
        """See Transport."""
        return RabbitServer(self._transport, topic, host, endpoints, taken)

    def reachable(self) -> bool:
        """Whether one of the brokers takes a TCP connection just now."""
        for broker in self._url.hosts:
            try:
                socket.create_connection((broker.hostname, broker.port or 5672), timeout=5).close()
            except OSError:
                continue
            return True
        return False

    def close(self) -> None:
        """Let go of connections."""
        self._transport.cleanup()

    def _client(self, topic: str, namespace: str) -> Any:
        key = (topic, namespace)
        if key not in self._clients:
            target = oslo_messaging.Target(topic=topic, namespace=namespace, version=VERSION)
            # The broker says so when a message finds no queue, rather than dropping it for the caller to wait for.
            heard = oslo_messaging.TransportOptions(at_least_once=True)
            self._clients[key] = oslo_messaging.get_rpc_client(self._transport, target, transport_options=heard)
        return self._clients[key]


class RabbitServer:
    """Takes messages for a topic, for this host and for everyone."""

    def __init__(
        self, transport: Any, topic: str, host: str, endpoints: Sequence[Contract], taken: Callable[[Method], None]
    ) -> None:
        executor = "eventlet" if concurrency.chosen() == concurrency.GREEN else "threading"
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            self._server = RPCServer(
                transport,
                oslo_messaging.Target(topic=topic, server=host),
                Dispatcher(endpoints, taken),
                executor,
            )
        if executor == "threading":
            # The library's own threads look only once a second whether they may end, and it starts all of them.
            self._server._executor_cls = ThreadPoolExecutor

    def start(self) -> None:
        """Begin to take messages."""
        self._server.start()

    def stop(self) -> None:
        """Take no more and finish those in hand."""
        self._server.stop()
        self._server.wait()
