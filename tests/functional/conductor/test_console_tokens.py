"""Console tokens: once, in time, and only while the server is where it was."""

from types import SimpleNamespace

import pytest
from sqlalchemy import select, update

from nova.conductor.console_tokens import ConsoleTokenEndpoint
from nova.conductor.db.tables import console_auth_tokens, instances
from nova.contracts.console import ConsoleAccess
from nova.contracts.errors import NotFound, ServerNotFound, ServerNotReady, Unavailable
from nova.contracts.guest import ConsoleTarget
from tests.functional.conductor.rows import add_server, admin, all_at_once

SCREEN = ConsoleTarget(kind="vnc", host="10.0.0.1", port=5900)


class Host:
    """Says where the screen is, or why it is not."""

    screen: ConsoleTarget | Exception = SCREEN

    def client(self, contract, host):
        assert host == "host1"
        return self

    def console_target(self, context, *, guest, kind):
        assert kind == "vnc"
        if isinstance(self.screen, Exception):
            raise self.screen
        return self.screen


@pytest.fixture
def host():
    return Host()


@pytest.fixture
def tokens(database, conf, host):
    return ConsoleTokenEndpoint(SimpleNamespace(conf=conf, database=database, bus=host))


@pytest.fixture
def access(database):
    return ConsoleAccess(
        server=database.transaction(lambda conn: add_server(conn, host="host1")),
        console_type="novnc",
        target=SCREEN,
        access_url_base="http://proxy:6080/vnc_lite.html",
    )


def store(tokens, access, ttl=600):
    tokens.store(admin(), token_hash="h", access=access, ttl=ttl)


def test_a_token_opens_once(tokens, access):
    store(tokens, access)
    assert tokens.take(admin(), token_hash="h") == access
    with pytest.raises(NotFound):
        tokens.take(admin(), token_hash="h")


def test_of_many_at_once_one_gets_it(tokens, access):
    store(tokens, access)
    ends = all_at_once(*[lambda: tokens.take(admin(), token_hash="h")] * 8)
    assert ends.count(access) == 1
    assert sum(isinstance(end, NotFound) for end in ends) == 7


def test_tokens_expire_and_go(tokens, access, database):
    store(tokens, access, ttl=-1)
    with pytest.raises(NotFound):
        tokens.take(admin(), token_hash="h")
    tokens.store(admin(), token_hash="new", access=access, ttl=600)
    hashes = database.read(lambda conn: conn.execute(select(console_auth_tokens.c.token_hash)).scalars().all())
    assert hashes == ["new"]


@pytest.mark.parametrize("change", [{"host": "host2"}, {"host": None}, {"deleted": 1}])
def test_a_server_that_left_is_not_opened(tokens, access, database, change):
    store(tokens, access)
    database.transaction(lambda conn: conn.execute(update(instances).values(change)))
    with pytest.raises(NotFound):
        tokens.take(admin(), token_hash="h")


def test_only_for_servers_that_are_there(tokens, access, database):
    database.transaction(lambda conn: conn.execute(update(instances).values(deleted=1)))
    with pytest.raises(ServerNotFound):
        store(tokens, access)


@pytest.mark.parametrize(
    "now",
    [ConsoleTarget(kind="vnc", host="10.0.0.1", port=5901), ServerNotReady(server="it")],
    ids=["moved", "stopped"],
)
def test_a_port_that_may_be_another_guests_is_not_opened(tokens, access, host, now):
    store(tokens, access)
    host.screen = now
    with pytest.raises(NotFound):
        tokens.take(admin(), token_hash="h")


def test_a_token_is_kept_while_the_host_is_silent(tokens, access, host):
    store(tokens, access)
    host.screen = Unavailable(service="nova-compute", hint="")
    with pytest.raises(Unavailable):
        tokens.take(admin(), token_hash="h")
    host.screen = SCREEN
    assert tokens.take(admin(), token_hash="h") == access
