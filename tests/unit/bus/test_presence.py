"""Signs of life, and the watchdog that ends a deaf daemon but not one whose broker is away."""

from __future__ import annotations

from typing import Any

from nova.bus.presence import Presence
from nova.contracts.errors import Unavailable


class Bus:
    """Answers as told: `deaf` for the daemon's own calls, `broker` for the connection, `conductor` for beats."""

    def __init__(self) -> None:
        self.deaf = self.no_conductor = False
        self.broker = True
        self.beats: list[dict[str, Any]] = []
        self.returned: list[Any] = []

    def client(self, contract: type[Any], host: str | None = None) -> Any:
        bus = self

        class Client:
            def echo(self, context: Any, *, word: str) -> str:
                if bus.deaf:
                    raise Unavailable(service="nova-test", hint="")
                return word

            def beat(self, context: Any, **facts: Any) -> None:
                if bus.no_conductor:
                    raise Unavailable(service="nova-conductor", hint="")
                bus.beats.append(facts)

        return Client()

    def reachable(self) -> bool:
        return self.broker


class Clock:
    def __init__(self) -> None:
        self.time = 0.0

    def __call__(self) -> float:
        return self.time


def presence(bus: Bus, clock: Clock, ended: list[int]) -> Presence:
    return Presence(
        bus,  # type: ignore[arg-type]
        binary="nova-test",
        topic="test",
        host="here",
        interval=10,
        deaf_after=60,
        end=ended.append,
        clock=clock,
    )


def test_a_deaf_daemon_ends_after_a_while() -> None:
    bus, clock, ended = Bus(), Clock(), []
    watched = presence(bus, clock, ended)
    bus.deaf = True
    for clock.time in (10, 30, 60):
        watched.listen()
    assert not ended
    clock.time = 61
    watched.listen()
    assert ended == [3]


def test_hearing_again_starts_anew() -> None:
    bus, clock, ended = Bus(), Clock(), []
    watched = presence(bus, clock, ended)
    bus.deaf, clock.time = True, 59
    watched.listen()
    bus.deaf = False
    watched.listen()
    bus.deaf, clock.time = True, 110
    watched.listen()
    assert not ended


def test_without_a_broker_nobody_is_deaf() -> None:
    bus, clock, ended = Bus(), Clock(), []
    watched = presence(bus, clock, ended)
    bus.deaf, bus.broker = True, False
    for clock.time in range(0, 1000, 10):
        watched.listen()
    bus.broker, clock.time = True, 1010
    watched.listen()
    assert not ended


def test_beats_say_who_lives_where_and_a_silent_conductor_is_said_once(caplog) -> None:  # type: ignore[no-untyped-def]
    bus, told = Bus(), []
    bus.returned.append(lambda: told.append("returned"))
    watched = presence(bus, Clock(), [])
    watched.beat()
    assert bus.beats == [{"binary": "nova-test", "host": "here", "topic": "test"}]
    bus.no_conductor = True
    watched.beat()
    watched.beat()
    bus.no_conductor = False
    watched.beat()
    assert caplog.text.count("No conductor takes signs of life") == 1
    watched.beat()
    assert len(bus.beats) == 3 and told == ["returned"]
