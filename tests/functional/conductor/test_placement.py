"""Claims: never more than there is, whoever comes at once."""

import pytest
from sqlalchemy import func, select

from nova.conductor import host_version, placement
from nova.conductor.db.tables import allocations, resource_providers
from nova.contracts.errors import ClaimConflict
from nova.contracts.flavor import Flavor
from tests.functional.conductor.rows import add_host, all_at_once

HALF = {"VCPU": 2, "MEMORY_MB": 4096, "DISK_GB": 50}


@pytest.fixture
def provider(database, conf):
    return add_host(database, conf)


def claim(database, provider, consumer, resources=HALF):
    return database.transaction(lambda conn: placement.claim(conn, provider, consumer, resources))


def release(database, consumer, **kw):
    database.transaction(lambda conn: placement.release(conn, consumer, **kw))


def claimed(database, consumer=None):
    """What is claimed, by resource class."""
    query = select(allocations.c.resource_class_id, func.sum(allocations.c.used)).group_by(
        allocations.c.resource_class_id
    )
    if consumer is not None:
        query = query.where(allocations.c.consumer_id == consumer)
    return {kind: int(used) for kind, used in database.read(lambda conn: conn.execute(query).all())}


def state(database, provider):
    """The provider's generation and the hosts' version."""

    def work(conn):
        of_provider = select(resource_providers.c.generation).where(resource_providers.c.uuid == provider)
        return conn.execute(of_provider).scalar_one(), host_version.current(conn)

    return database.read(work)


def test_a_flavor_is_resources():
    flavor = Flavor(flavorid="1", name="f", memory_mb=512, vcpus=1, root_gb=1, ephemeral_gb=2, swap=1025)
    assert placement.resources_of(flavor) == {"VCPU": 1, "MEMORY_MB": 512, "DISK_GB": 5}
    flat = Flavor(flavorid="1", name="f", memory_mb=512, vcpus=1, root_gb=0)
    assert placement.resources_of(flat) == {"VCPU": 1, "MEMORY_MB": 512}


def test_a_full_host_takes_no_more(database, provider):
    claim(database, provider, "a")
    claim(database, provider, "b")
    with pytest.raises(ClaimConflict, match=r"host1 cannot take the server: 1 virtual CPUs are asked for.*give 0"):
        claim(database, provider, "c", {"VCPU": 1})
    assert claimed(database) == {0: 4, 1: 8192, 2: 100}
    assert claimed(database, "c") == {}


def test_what_does_not_fit_leaves_no_trace(database, provider):
    before = state(database, provider)
    with pytest.raises(ClaimConflict, match="MiB of memory"):
        claim(database, provider, "a", HALF | {"MEMORY_MB": 8193})
    assert claimed(database) == {}
    assert state(database, provider) == before


def test_each_change_has_a_generation_and_a_version(database, provider):
    states = [state(database, provider)]
    claim(database, provider, "a")
    states.append(state(database, provider))
    release(database, "a")
    states.append(state(database, provider))
    generations, versions = zip(*states, strict=True)
    assert len(set(generations)) == len(set(versions)) == 3
    assert sorted(generations) == list(generations)
    assert sorted(versions) == list(versions)


def test_a_claim_may_be_repeated_and_changed(database, provider):
    claim(database, provider, "a")
    claim(database, provider, "a")
    assert claimed(database) == {0: 2, 1: 4096, 2: 50}
    claim(database, provider, "a", {"VCPU": 4})
    assert claimed(database) == {0: 4}


def test_release_may_be_repeated(database, provider):
    claim(database, provider, "a")
    release(database, "a")
    before = state(database, provider)
    release(database, "a")
    assert claimed(database) == {}
    assert state(database, provider) == before


def test_release_elsewhere_keeps_the_claim_here(database, provider, conf):
    other = add_host(database, conf, "host2")
    claim(database, provider, "a")
    claim(database, other, "a", {"VCPU": 1})
    release(database, "a", except_provider=other)
    assert claimed(database) == {0: 1}


def test_overselling_is_the_hosts_choice(database, conf):
    provider = add_host(database, conf, "host3", cpu_allocation_ratio=2.0, reserved_memory_mb=192)
    claim(database, provider, "a", {"VCPU": 4})
    claim(database, provider, "b", {"VCPU": 4})
    with pytest.raises(ClaimConflict, match="8001 MiB of memory are asked for, and it can give 8000"):
        claim(database, provider, "c", {"MEMORY_MB": 8001})


def test_one_server_never_has_more_cpus_than_the_host(database, conf):
    provider = add_host(database, conf, "host3", cpu_allocation_ratio=16.0)
    with pytest.raises(ClaimConflict, match="give 4"):
        claim(database, provider, "a", {"VCPU": 5})


def test_a_host_that_is_gone_takes_nothing(database):
    with pytest.raises(ClaimConflict, match="gone"):
        claim(database, "no-such-provider", "a")


def test_two_claims_for_the_last_slot_one_wins(database, provider):
    claim(database, provider, "first")
    ends = all_at_once(*(lambda n=n: claim(database, provider, f"rival{n}") for n in range(2)))
    assert sorted(type(end) for end in ends if end) == [ClaimConflict]
    assert claimed(database) == {0: 4, 1: 8192, 2: 100}


def test_many_claims_on_many_hosts(database, conf):
    providers = [add_host(database, conf, f"h{number}") for number in range(3)]

    def boot(number):
        for provider in providers[number % 3 :] + providers[: number % 3]:
            try:
                claim(database, provider, f"server{number}")
                return provider
            except ClaimConflict:
                continue
        return None

    ends = all_at_once(*(lambda n=n: boot(n) for n in range(10)))
    assert sorted(ends.count(provider) for provider in providers) == [2, 2, 2]
    assert ends.count(None) == 4
