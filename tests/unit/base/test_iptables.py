"""Wanted rules reach the kernel once, only when they differ, and are tried again when it refuses."""

from __future__ import annotations

import threading
from pathlib import Path

import pytest

from nova.base import iptables
from nova.base.iptables import LoggedKernel, Tables
from nova.base.process import CommandFailed


class Kernel(LoggedKernel):
    """A kernel in memory that counts what is written and may refuse."""

    def __init__(self) -> None:
        super().__init__()
        self.writes: list[str] = []
        self.refusals = 0

    def restore(self, family: str, text: str) -> None:
        if self.refusals:
            self.refusals -= 1
            raise CommandFailed("iptables-restore", 4, "another app is holding the lock")
        self.writes.append(family)
        super().restore(family, text)


@pytest.fixture
def kernel() -> Kernel:
    return Kernel()


@pytest.fixture
def tables(kernel: Kernel, tmp_path: Path) -> Tables:
    return Tables("nova-compute", kernel=kernel, families=("ip", "bridge"), lock_path=str(tmp_path))


def want(tables: Tables, number: int) -> None:
    mark = f"-m comment --comment u{number}"
    tables.set_chain("filter", f"inst-{number}", [f"{mark} -j ACCEPT"], owner=f"u{number}")
    tables.set_chain("filter", "local", [f"-d 10.0.0.{number}/32 {mark} -j $inst-{number}"], owner=f"u{number}")


def test_nothing_is_written_before_apply_nor_twice(tables, kernel):
    want(tables, 1)
    assert kernel.writes == []
    assert tables.apply() is True
    assert kernel.writes == ["ip", "bridge"]
    assert tables.apply() is False
    assert kernel.writes == ["ip", "bridge"]


def test_owners_are_told_from_memory_and_from_the_kernel(tables):
    want(tables, 1)
    assert tables.owners() == {"u1": {"inst-1", "local"}}
    assert tables.found() == {}
    tables.apply()
    assert tables.found() == {"u1": {"inst-1", "local"}}
    tables.remove_owner("u1")
    tables.apply()
    assert tables.found() == {}


def test_a_fresh_process_adopts_what_stands(tables, kernel):
    want(tables, 1)
    tables.apply()
    later = Tables("nova-compute", kernel=kernel, families=("ip", "bridge"))
    want(later, 2)
    later.apply()
    assert set(later.found()) == {"u1", "u2"}


def test_a_removed_owner_takes_its_chains(tables, kernel):
    want(tables, 1)
    want(tables, 2)
    tables.remove_owner("u1")
    tables.apply()
    assert "inst-1" not in kernel.save("ip") and "-d 10.0.0.2/32" in kernel.save("ip")


def test_a_family_that_is_not_ours_is_passed_over(tables, kernel):
    tables.set_chain("filter", "inst-1", ["-j ACCEPT"], family="ip6")
    tables.apply()
    assert kernel.writes == ["ip", "bridge"]


def test_a_refusal_is_tried_again_and_not_for_ever(tables, kernel, monkeypatch):
    monkeypatch.setattr(iptables, "PAUSE", 0)
    want(tables, 1)
    kernel.refusals = iptables.ATTEMPTS - 1
    assert tables.apply() is True
    want(tables, 2)
    kernel.refusals = iptables.ATTEMPTS
    with pytest.raises(CommandFailed):
        tables.apply()
    tables.apply()
    assert set(tables.found()) == {"u1", "u2"}


def test_many_at_once_share_one_write(tables, kernel):
    tables.apply()
    writes = len(kernel.writes)
    inside, go = threading.Event(), threading.Event()
    save = kernel.save

    def slow(family: str) -> str:
        inside.set()
        assert go.wait(10)
        return save(family)

    kernel.save = slow
    threads = []
    for number in range(1, 21):
        want(tables, number)
        threads.append(threading.Thread(target=tables.apply))
        threads[-1].start()
        assert inside.wait(10)
    go.set()
    for thread in threads:
        thread.join(10)
    assert len(tables.found()) == 20
    assert len(kernel.writes) - writes <= 3
