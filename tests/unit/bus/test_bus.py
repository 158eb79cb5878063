"""Both ends of a message are made from one contract; errors travel as themselves."""

from __future__ import annotations

from pathlib import Path

import pytest

from nova.base import settings
from nova.base.context import RequestContext, admin_context
from nova.base.contract import Contract, call, cast
from nova.bus import settings as bus_settings
from nova.bus.bus import Bus
from nova.contracts.errors import InternalError, InvalidState, Unavailable
from nova.contracts.record import Record


class Parcel(Record, frozen=True, kw_only=True):
    name: str
    weight: int = 0


class Post(Contract):
    topic = "post"
    namespace = "post"

    @call(timeout=5)
    def weigh(self, context: RequestContext, *, parcels: list[Parcel]) -> int: ...

    @call(timeout=5)
    def refuse(self, context: RequestContext, *, server: str) -> None: ...

    @call(timeout=5)
    def who(self, context: RequestContext) -> list[str | None]: ...

    @call(timeout=0.1)
    def slow(self, context: RequestContext) -> None: ...

    @cast
    def drop(self, context: RequestContext, *, parcel: Parcel) -> None: ...


class PostOffice(Post):
    def __init__(self) -> None:
        import threading

        self.gate, self.dropped, self.arrived = threading.Event(), [], threading.Event()

    def weigh(self, context: RequestContext, *, parcels: list[Parcel]) -> int:
        return sum(parcel.weight for parcel in parcels)

    def refuse(self, context: RequestContext, *, server: str) -> None:
        if server == "broken":
            raise ValueError("secret inside words")
        raise InvalidState(action="stop", server=server, attribute="vm_state", state="stopped")

    def who(self, context: RequestContext) -> list[str | None]:
        return [context.user_id, context.project_id, context.request_id]

    def slow(self, context: RequestContext) -> None:
        self.gate.wait(5)

    def drop(self, context: RequestContext, *, parcel: Parcel) -> None:
        self.dropped.append(parcel)
        self.arrived.set()


@pytest.fixture
def bus(tmp_path: Path):
    file = tmp_path / "nova.conf"
    file.write_text(f"[DEFAULT]\ntransport_url = fake://{tmp_path.name}\n")
    conf = settings.load(["--config-file", str(file)], program="test", options=[bus_settings.OPTIONS])
    made = Bus(conf)
    yield made
    made.close()


@pytest.fixture
def office(bus: Bus):
    office = PostOffice()
    server = bus.serve("post", "here", [office])
    server.start()
    yield office
    office.gate.set()
    server.stop()


def test_typed_arguments_and_answers(bus: Bus, office: PostOffice) -> None:
    post = bus.client(Post)
    assert post.weigh(admin_context(), parcels=[Parcel(name="a", weight=2), Parcel(name="b", weight=3)]) == 5


def test_a_cast_reaches_the_daemon(bus: Bus, office: PostOffice) -> None:
    bus.client(Post, host="here").drop(admin_context(), parcel=Parcel(name="a"))
    assert office.arrived.wait(5)
    assert office.dropped == [Parcel(name="a")]


def test_errors_travel_as_themselves(bus: Bus, office: PostOffice) -> None:
    with pytest.raises(InvalidState, match="Cannot 'stop' instance u1 while it is in vm_state stopped"):
        bus.client(Post).refuse(admin_context(), server="u1")


def test_inside_words_stay_inside(bus: Bus, office: PostOffice) -> None:
    with pytest.raises(InternalError) as caught:
        bus.client(Post).refuse(admin_context(), server="broken")
    assert "secret" not in str(caught.value)


def test_the_caller_travels_but_not_the_token(bus: Bus, office: PostOffice) -> None:
    context = RequestContext(user_id="u", project_id="p", auth_token="t0ken", overwrite=False)
    assert bus.client(Post).who(context) == ["u", "p", context.request_id]
    assert "t0ken" not in str(context.to_wire())


def test_a_wrong_argument_fails_before_it_is_sent(bus: Bus, office: PostOffice) -> None:
    with pytest.raises(TypeError, match="takes no argument parcel"):
        bus.client(Post).weigh(admin_context(), parcel=[])
    assert not bus.sent


def test_silence_is_an_error(bus: Bus, office: PostOffice) -> None:
    with pytest.raises(Unavailable, match="nova-post"):
        bus.client(Post).slow(admin_context())
    with pytest.raises(Unavailable, match="nova-post on elsewhere"):
        bus.client(Post, host="elsewhere").who(admin_context())


def test_an_endpoint_must_keep_its_contract(bus: Bus) -> None:
    class Careless(PostOffice):
        def weigh(self, context: RequestContext, *, parcel: str) -> int:
            return 0

    class Lazy(Post):
        pass

    for endpoint in (Careless(), Lazy()):
        with pytest.raises(TypeError):
            bus.serve("post", "here", [endpoint])
