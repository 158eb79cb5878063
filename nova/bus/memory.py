"""The bus within one process: the same JSON, time limits and errors, without a broker.

Transports with the same URL reach each other, so that tests with different URLs do not.
"""

from __future__ import annotations

import itertools
import threading
from collections import defaultdict
from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from concurrent.futures import TimeoutError as FutureTimeout
from typing import Any

from nova.base.contract import Contract
from nova.bus.codec import Method, methods_of, perform
from nova.contracts.errors import Unavailable


class MemoryServer:
    """Serves endpoints to the transports of the same URL."""

    def __init__(
        self,
        exchange: _Exchange,
        topic: str,
        host: str,
        endpoints: Sequence[Contract],
        taken: Callable[[Method], None],
    ) -> None:
        from nova.bus.bus import contract_of

        self._exchange, self.topic, self.host, self._taken = exchange, topic, host, taken
        self._endpoints = {contract_of(endpoint).namespace: endpoint for endpoint in endpoints}
        self._methods = {contract_of(e).namespace: methods_of(contract_of(e)) for e in endpoints}
        self._workers = ThreadPoolExecutor(max_workers=64, thread_name_prefix=f"{topic}.{host}")

    def start(self) -> None:
        """Begin to take messages."""
        self._exchange.join(self)

    def stop(self) -> None:
        """Take no more and finish those in hand."""
        self._exchange.leave(self)
        self._workers.shutdown(wait=True)

    def take(self, namespace: str, name: str, context: Mapping[str, Any], text: str) -> Future[dict[str, Any]]:
        """Queue one message."""
        endpoint, method = self._endpoints[namespace], self._methods[namespace][name]
        self._taken(method)
        return self._workers.submit(perform, method, getattr(endpoint, name), context, text)

    def offers(self, namespace: str) -> bool:
        """Whether an endpoint of this namespace is served here."""
        return namespace in self._endpoints


class _Exchange:
    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._servers: dict[str, list[MemoryServer]] = defaultdict(list)
        self._turn = itertools.count()

    def join(self, server: MemoryServer) -> None:
        with self._lock:
            self._servers[server.topic].append(server)

    def leave(self, server: MemoryServer) -> None:
        with self._lock:
            if server in self._servers[server.topic]:
                self._servers[server.topic].remove(server)

    def find(self, topic: str, host: str | None, namespace: str) -> MemoryServer | None:
        with self._lock:
            servers = [
                server
                for server in self._servers[topic]
                if (host is None or server.host == host) and server.offers(namespace)
            ]
        return servers[next(self._turn) % len(servers)] if servers else None


_exchanges: dict[str, _Exchange] = defaultdict(_Exchange)


class MemoryTransport:
    """Delivers to servers of this process."""

    def __init__(self, url: str) -> None:
        self._exchange = _exchanges[url]

    def send(self, method: Method, host: str | None, context: Mapping[str, Any], text: str) -> Mapping[str, Any]:
        """See Transport. A message for a daemon that is not there is lost, as it would be on a broker."""
        place = f"nova-{method.topic}" + (f" on {host}" if host else "")
        server = self._exchange.find(method.topic, host, method.namespace)
        if method.wire.kind == "cast":
            if server is not None:
                server.take(method.namespace, method.name, context, text)
            return {}
        if server is None:
            raise Unavailable(service=place, hint="Check that it runs.")
        try:
            return server.take(method.namespace, method.name, context, text).result(timeout=method.wire.timeout)
        except (FutureTimeout, RuntimeError) as gone:
            raise Unavailable(service=place, hint="Check that it runs.") from gone

    def server(
        self, topic: str, host: str, endpoints: Sequence[Contract], taken: Callable[[Method], None]
    ) -> MemoryServer:
        """See Transport."""
        return MemoryServer(self._exchange, topic, host, endpoints, taken)

    def reachable(self) -> bool:
        """Memory always is."""
        return True

    def close(self) -> None:
        """Nothing is held."""
