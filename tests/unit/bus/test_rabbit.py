"""What the bus expects of oslo.messaging beyond its documented interface, and how soon it is back after a broker."""

from __future__ import annotations

import inspect
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import pytest
from oslo_config import cfg

from nova.base import settings
from nova.base.contract import methods
from nova.bus import rabbit
from nova.bus.codec import methods_of
from nova.bus.presence import echo_contract, echo_endpoint
from nova.bus.settings import MONITOR_SECONDS
from nova.contracts.compute import Hosts
from nova.contracts.errors import Unavailable
from nova.contracts.network_agent import NetworkPlans
from nova.contracts.scheduling import HostTable
from nova.contracts.service import Services


def transport(folder: Path, more: str = "") -> tuple[cfg.ConfigOpts, rabbit.RabbitTransport]:
    """A transport that has not connected yet."""
    file = folder / "nova.conf"
    file.write_text(f"[DEFAULT]\ntransport_url = rabbit://user:word@127.0.0.1:1/\n{more}")
    conf = cfg.ConfigOpts()
    rabbit.register_url(conf)
    conf(["--config-file", str(file)], project="nova")
    return conf, rabbit.RabbitTransport(conf)


def test_the_library_still_looks_up_as_often_as_it_is_told(tmp_path: Path) -> None:
    """If this fails, daemons may need 5 s to stop: find what has become of the constant."""
    transport(tmp_path)
    assert rabbit.amqpdriver.ACK_REQUEUE_EVERY_SECONDS_MAX == rabbit.LOOK_UP_SECONDS
    for waiting in (rabbit.amqpdriver.AMQPListener, rabbit.amqpdriver.ReplyWaiter):
        assert "ACK_REQUEUE_EVERY_SECONDS_MAX" in inspect.getsource(waiting), waiting


def test_the_library_still_runs_messages_in_the_pool_it_is_given(tmp_path: Path) -> None:
    """If this fails, every worker thread is started at once and looks up each second: give the pool another way."""
    _, made = transport(tmp_path)
    server: Any = made.server("conductor", "here", [echo_endpoint(echo_contract("conductor"))], lambda method: None)
    assert server._server._executor_cls is ThreadPoolExecutor
    assert "self._executor_cls(" in inspect.getsource(rabbit.oslo_messaging.server.MessageHandlingServer.start)


def test_a_broker_that_is_back_is_found_soon(tmp_path: Path) -> None:
    conf, _ = transport(tmp_path)
    assert conf.oslo_messaging_rabbit.rabbit_interval_max == rabbit.RECONNECT_SECONDS
    conf, _ = transport(tmp_path, "[oslo_messaging_rabbit]\nrabbit_interval_max = 9\n")
    assert conf.oslo_messaging_rabbit.rabbit_interval_max == 9


def test_who_waits_hears_that_the_broker_is_away(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    transport(tmp_path)
    made = rabbit.RabbitTransport(
        settings.load(["--config-file", str(tmp_path / "nova.conf")], program="test", options=[])
    )
    monkeypatch.setattr(rabbit, "RECONNECT_SECONDS", 0.01)
    beat = methods_of(Services)["beat"]
    with pytest.raises(Unavailable, match="RabbitMQ"):
        made.send(beat, None, {}, "{}")
    # Gone again after it had been there.
    made._connected, made._tries = True, 0
    with pytest.raises(Unavailable, match="RabbitMQ"):
        made.send(methods_of(Services)["stopped"], None, {}, "{}")


def test_an_answer_nobody_waits_for_holds_up_no_thread_for_long(tmp_path: Path) -> None:
    conf, made = transport(tmp_path)
    assert conf.oslo_messaging_rabbit.kombu_missing_consumer_retry_timeout == rabbit.ANSWER_SECONDS
    assert made._transport._driver.missing_destination_retry_timeout == rabbit.ANSWER_SECONDS


@pytest.mark.parametrize("contract", [Hosts, NetworkPlans, HostTable])
def test_what_hosts_need_to_recover_does_not_wait_for_a_lost_answer(contract: Any) -> None:
    """The conductor or the broker may be killed while it is asked: then it must be asked again in good time."""
    waits = {name: MONITOR_SECONDS if wire.monitored else wire.timeout for name, _, wire in methods(contract)}
    assert {name: seconds for name, seconds in waits.items() if seconds is not None and seconds > MONITOR_SECONDS} == {}
