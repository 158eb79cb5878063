"""What a bare call through oslo.messaging and the cloud's broker takes: the measure that other times are read by."""

from __future__ import annotations

import logging
import time
import warnings
from pathlib import Path
from typing import Any

from tests.bench.reads import spread

TOPIC = "bench-baseline"


class Mirror:
    """An endpoint that answers what it is sent."""

    def echo(self, context: dict[str, Any], word: str) -> str:
        """The same word."""
        return word


def bare_call(nova_conf: Path, times: int) -> dict[str, Any]:
    """Latency of calls from this process to itself, one after the other."""
    # What its connections say while they are closed is nobody's concern here.
    logging.getLogger("amqp").setLevel(logging.ERROR)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        import oslo_messaging
        from oslo_config import cfg

        # The library declares some of its options on the global settings only.
        conf = cfg.CONF
        conf(["--config-file", str(nova_conf)], project="nova")
        transport = oslo_messaging.get_rpc_transport(conf)
        target = oslo_messaging.Target(topic=TOPIC, server="here")
        server = oslo_messaging.get_rpc_server(transport, target, [Mirror()], executor="threading")
    server.start()
    client = oslo_messaging.get_rpc_client(transport, oslo_messaging.Target(topic=TOPIC)).prepare(server="here")
    try:
        for _ in range(20):
            client.call({}, "echo", word="ready")
        return spread([_timed(client) for _ in range(times)])
    finally:
        server.stop()
        server.wait()
        transport.cleanup()


def _timed(client: Any) -> float:
    began = time.perf_counter()
    client.call({}, "echo", word="there")
    return (time.perf_counter() - began) * 1000
