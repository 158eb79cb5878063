"""Key pairs belong to users."""

import pytest

from nova.conductor.keypairs import KeyPairEndpoint
from nova.contracts.errors import AlreadyExists, BadRequest, NotFound, OverQuota
from nova.contracts.keypair import KeyPair
from nova.contracts.record import Page
from tests.functional.conductor.rows import all_at_once, user_context


def make(endpoint, name, user="u1"):
    pair = KeyPair(user_id=user, name=name, public_key="ssh-rsa AAAA", fingerprint="aa:bb")
    return endpoint.create(user_context(user=user), keypair=pair)


@pytest.fixture
def keypairs(database, conf):
    return KeyPairEndpoint(database, conf)


def test_a_key_comes_back_as_it_went(keypairs):
    made = make(keypairs, "k")
    assert made == keypairs.get(user_context(), user_id="u1", name="k")
    assert (made.public_key, made.type, made.created_at is not None) == ("ssh-rsa AAAA", "ssh", True)


def test_users_do_not_meet(keypairs):
    make(keypairs, "k")
    make(keypairs, "k", user="u2")
    keypairs.delete(user_context(), user_id="u1", name="k")
    with pytest.raises(NotFound):
        keypairs.get(user_context(), user_id="u1", name="k")
    assert keypairs.get(user_context(), user_id="u2", name="k").user_id == "u2"


def test_a_name_is_taken_once(keypairs):
    make(keypairs, "k")
    with pytest.raises(AlreadyExists, match="Key pair 'k' already exists"):
        make(keypairs, "k")


def test_pages_by_name(keypairs):
    for name in ("b", "c", "a"):
        make(keypairs, name)

    def page(**page):
        return [k.name for k in keypairs.find(user_context(), user_id="u1", page=Page(**page))]

    assert page(limit=2) == ["a", "b"]
    assert page(limit=2, marker="b") == ["c"]
    with pytest.raises(BadRequest, match="marker"):
        page(limit=2, marker="x")


def test_the_quota_is_the_users(keypairs, conf):
    conf.set_override("quota_key_pairs", 1)
    make(keypairs, "k")
    with pytest.raises(OverQuota, match="Requested 1, but already used 1 of 1 key_pairs"):
        make(keypairs, "l")
    make(keypairs, "l", user="u2")


def test_of_many_at_once_only_as_many_as_the_quota_allows(keypairs, conf):
    conf.set_override("quota_key_pairs", 2)
    ends = all_at_once(*(lambda n=n: make(keypairs, f"k{n}") for n in range(6)))
    assert sum(isinstance(end, KeyPair) for end in ends) == 2
    assert sum(isinstance(end, OverQuota) for end in ends) == 4
