"""What is unused goes, what is in use stays."""

import os
import struct

import pytest

from nova.base import filelock
from nova.compute.image_cache import LOCKS
from nova.compute.image_upkeep import ABANDONED, ImageUpkeep
from nova.compute.neighbours import FOLDER, Neighbours
from tests.images import qcow2

NOW = 2_000_000_000.0
DAY = 86400


@pytest.fixture
def guests(tmp_path):
    (tmp_path / "_base").mkdir()
    return tmp_path


def upkeep(guests, **changes):
    alone = Neighbours(guests, "here")
    options = {"remove": True, "minimum_age": DAY, "clock": lambda: NOW} | changes
    return ImageUpkeep(guests / "_base", guests, alone, **options)


def cached(guests, name, age):
    path = guests / "_base" / name
    path.write_bytes(b"x")
    os.utime(path, (NOW - age, NOW - age))
    return path


def disk_over(guests, server, base):
    (guests / server).mkdir(exist_ok=True)
    name = str(guests / "_base" / base).encode()
    (guests / server / "disk").write_bytes(qcow2(backing_at=104, backing_length=len(name)) + name)


def names(guests):
    return sorted(path.name for path in (guests / "_base").iterdir() if path.name != LOCKS)


def test_old_and_unused_goes_the_rest_stays(guests):
    for name, age in {"old": 2 * DAY, "new": 10, "used": 2 * DAY}.items():
        cached(guests, name, age)
    disk_over(guests, "server", "used")
    upkeep(guests).work()
    assert names(guests) == ["new", "used"]
    upkeep(guests).work()
    assert names(guests) == ["new", "used"]


def test_an_image_of_which_a_disk_may_be_in_the_making_stays_whatever_the_options_say(guests):
    cached(guests, "just-fetched", 60)
    cached(guests, "old", 2000)
    upkeep(guests, minimum_age=0).work()
    assert names(guests) == ["just-fetched"]


def test_an_original_stays_while_what_was_made_of_it_is_used(guests):
    for name in ("a", "a.raw", "a.20g", "b", "b.raw"):
        cached(guests, name, 2 * DAY)
    disk_over(guests, "server", "a.raw")
    upkeep(guests).work()
    assert names(guests) == ["a", "a.raw"]


def test_what_was_made_long_ago_stays_while_its_original_is_asked_for(guests):
    cached(guests, "a", 10)
    cached(guests, "a.raw", 20 * DAY)
    upkeep(guests).work()
    assert names(guests) == ["a", "a.raw"]


def test_an_image_being_fetched_is_left_alone(guests):
    cached(guests, "a", 2 * DAY)
    with filelock.hold(guests / "_base" / LOCKS / "a"):
        upkeep(guests).work()
        assert names(guests) == ["a"]
    upkeep(guests).work()
    assert names(guests) == []


def test_removal_can_be_switched_off(guests):
    cached(guests, "old", 2 * DAY)
    upkeep(guests, remove=False).work()
    assert names(guests) == ["old"]


def test_hostile_disks_do_no_harm(guests):
    cached(guests, "old", 2 * DAY)
    (guests / "server").mkdir()
    (guests / "server" / "disk").write_bytes(b"QFI\xfb" + struct.pack(">I", 3))
    (guests / "server" / "link").symlink_to("/etc/passwd")
    os.mkfifo(guests / "server" / "pipe")
    upkeep(guests).work()
    assert names(guests) == []


def test_half_written_files_are_swept(guests):
    cached(guests, "a.part", 10)
    cached(guests, "a.raw.part", 10)
    cached(guests, "b", 10)
    with filelock.hold(guests / "_base" / LOCKS / "a"):
        upkeep(guests).sweep()
        assert names(guests) == ["a.part", "b"]
    upkeep(guests).sweep()
    assert names(guests) == ["b"]


def test_with_neighbours_only_what_is_long_abandoned_is_swept(guests):
    Neighbours(guests, "there").alone()
    cached(guests, "a.part", 60)
    cached(guests, "b.part", ABANDONED + 60)
    upkeep(guests).sweep()
    assert names(guests) == ["a.part"]
    # An operator took the other host away.
    (guests / FOLDER / "there").unlink()
    upkeep(guests).sweep()
    assert names(guests) == []


def test_a_host_name_never_becomes_a_path(guests):
    assert Neighbours(guests, "../x").alone()
    assert [path.parent for path in (guests / FOLDER).iterdir()] == [guests / FOLDER]
