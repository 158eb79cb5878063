"""Console tokens: one use, an end, and nothing but hashes kept."""

import uuid

import pytest

from nova.base.context import admin_context
from nova.console.tokens import token_hash
from nova.contracts.console import console_url
from nova.contracts.errors import NotFound
from tests.unit.console.fakes import make_access, make_auth

CONTEXT = admin_context()


def test_a_token_opens_once():
    auth, tokens = make_auth()
    access = make_access(5900)
    token = auth.authorize(CONTEXT, access=access)
    assert str(uuid.UUID(token)) == token
    assert list(tokens.rows) == [token_hash(token)]
    assert token not in str(tokens.rows)
    assert auth.redeem(CONTEXT, token=token) == access
    with pytest.raises(NotFound):
        auth.redeem(CONTEXT, token=token)


def test_tokens_differ():
    auth, tokens = make_auth()
    given = {auth.authorize(CONTEXT, access=make_access(5900)) for _ in range(50)}
    assert len(given) == len(tokens.rows) == 50


def test_a_token_ends():
    auth, tokens = make_auth(ttl=60)
    token = auth.authorize(CONTEXT, access=make_access(5900))
    tokens.now += 60
    with pytest.raises(NotFound) as refusal:
        auth.redeem(CONTEXT, token=token)
    assert str(refusal.value) == "Console token could not be found."


@pytest.mark.parametrize("token", ["", "x", "x" * 256, "\ud800", "☃" * 40])
def test_nonsense_is_not_found(token):
    auth, _ = make_auth()
    with pytest.raises(NotFound) as refusal:
        auth.redeem(CONTEXT, token=token)
    assert token_hash(token) not in str(refusal.value)


def test_the_url_tells_the_page_where_its_websocket_is():
    base = "http://192.0.2.1:6080/vnc_lite.html"
    assert console_url(base, "a-b") == f"{base}?path=%3Ftoken%3Da-b"
    assert console_url(f"{base}?scale=true", "a-b") == f"{base}?scale=true&path=%3Ftoken%3Da-b"
