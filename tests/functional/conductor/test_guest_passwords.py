"""Passwords left by guests: once, whole, and shown to the guest's own metadata."""

import pytest

from nova.conductor import guest_passwords
from nova.conductor.guest_passwords import GuestPasswordEndpoint
from nova.contracts.errors import Conflict, ServerNotFound
from tests.functional.conductor.rows import add_server, admin, all_at_once


@pytest.fixture
def passwords(database):
    return GuestPasswordEndpoint(database)


@pytest.fixture
def server(database):
    return database.transaction(lambda conn: add_server(conn, host="host1"))


def kept(database, server):
    return database.read(lambda conn: guest_passwords.of_server(conn, server))


@pytest.mark.parametrize("sealed", ["c2VhbGVk", "x" * 255, "ab" * 510, ""])
def test_left_and_found(passwords, server, database, sealed):
    assert kept(database, server) is None
    passwords.leave(admin(), server=server, sealed=sealed)
    assert kept(database, server) == sealed


def test_only_once(passwords, server, database):
    passwords.leave(admin(), server=server, sealed="first")
    with pytest.raises(Conflict):
        passwords.leave(admin(), server=server, sealed="second")
    assert kept(database, server) == "first"


def test_of_two_at_once_one_is_kept(passwords, server, database):
    ends = all_at_once(*[lambda: passwords.leave(admin(), server=server, sealed="mine")] * 4)
    assert sum(end is None for end in ends) == 1
    assert sum(isinstance(end, Conflict) for end in ends) == 3
    assert kept(database, server) == "mine"


def test_a_server_that_is_not_there(passwords):
    with pytest.raises(ServerNotFound):
        passwords.leave(admin(), server="00000000-0000-0000-0000-000000000000", sealed="x")
