"""Images are fetched once, verified, and refused with reasons."""

import resource
import subprocess
import sys
import threading

import pytest

from nova.base import filelock
from nova.clients.fake_glance import FakeGlance, document
from nova.compute.image_cache import LOCKS, ImageCache, base_name
from nova.contracts.errors import DiskFull, Forbidden, ImageUnusable, Unavailable
from tests.images import qcow2

DATA = bytes(300_000)
HOLD = """
import sys
from pathlib import Path
from nova.base import filelock
with filelock.try_to_hold(Path(sys.argv[1])) as free:
    print("held" if free else "taken", flush=True)
    sys.stdin.read()
"""


@pytest.fixture
def store():
    return FakeGlance()


@pytest.fixture
def cache(tmp_path, store):
    return ImageCache(tmp_path / "_base", store)


def files(cache):
    return sorted(path.name for path in cache.folder.iterdir() if path.name != LOCKS) if cache.folder.is_dir() else []


def refused(cache, image, error, words):
    """The image is refused with these words, and nothing stays."""
    with pytest.raises(error, match=words) as caught:
        cache.fetch(image)
    assert image.id in str(caught.value) and files(cache) == []
    assert not list((cache.folder / LOCKS).glob("*")) if (cache.folder / LOCKS).is_dir() else True


def test_an_image_is_fetched_once_and_whole(cache, store):
    image = store.add(document("i", DATA), DATA)
    path = cache.fetch(image)
    assert path.read_bytes() == DATA and cache.fetch(image) == path
    assert store.downloads == ["i"] and files(cache) == [base_name("i")]


@pytest.mark.parametrize("declared", ["raw", "ami", "aki", "ari"])
def test_kernels_and_file_systems_are_raw(cache, store, declared):
    image = store.add(document("i", DATA, disk_format=declared, container_format="bare"), DATA)
    assert cache.fetch(image).is_file()


def test_a_sound_qcow2_is_kept_as_it_is(cache, store):
    image = store.add(document("i", qcow2(), disk_format="qcow2"), qcow2())
    assert cache.fetch(image).read_bytes() == qcow2()


def test_an_id_never_becomes_a_path(cache, store):
    image = store.add(document("../../etc/x", DATA), DATA)
    assert cache.fetch(image).parent == cache.folder


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"os_hash_value": "00" * 64}, "damaged"),
        ({"os_hash_value": None, "os_hash_algo": None, "checksum": "00" * 16}, "damaged"),
        ({"size": len(DATA) - 1}, "larger than its record"),
        ({"status": "queued"}, "is queued, not active"),
        ({"size": 0}, "has no data"),
        ({"disk_format": "ploop"}, "ploop, which this host cannot use"),
        ({"disk_format": None}, "cannot use"),
        ({"container_format": "ova"}, "packed as ova"),
        ({"disk_format": "qcow2"}, "declared as qcow2, but its content is raw"),
        ({"disk_format": "vmdk"}, "declared as vmdk, but its content is raw"),
    ],
)
def test_what_the_record_and_the_data_disagree_on_is_refused(cache, store, changes, words):
    refused(cache, store.add(document("i", DATA, **changes), DATA), ImageUnusable, words)


@pytest.mark.parametrize(
    ("data", "declared", "words"),
    [
        (qcow2(), "raw", "declared as raw, but its content is qcow2"),
        (qcow2(backing_at=104, backing_length=11) + b"/etc/shadow", "qcow2", "backing file"),
        (qcow2(features=4) + bytes(16), "qcow2", "data in another file"),
        (qcow2(encryption=1), "qcow2", "encrypted"),
        (b"QFI\xfb", "qcow2", "cut short or malformed"),
        (b'# Disk DescriptorFile\nRW 1 FLAT "/etc/shadow" 0\n', "vmdk", "data in another file"),
        (b"QED\0" + bytes(100), "raw", "its content is qed"),
    ],
)
def test_unsafe_content_is_refused(cache, store, data, declared, words):
    refused(cache, store.add(document("i", data, disk_format=declared), data), ImageUnusable, words)


def test_the_better_checksum_is_the_one_that_counts(cache, store):
    image = store.add(document("i", DATA, checksum="00" * 16), DATA)
    assert cache.fetch(image).is_file()


def test_an_image_without_any_checksum_is_taken(cache, store):
    image = store.add(document("i", DATA, os_hash_value=None, checksum=None), DATA)
    assert cache.fetch(image).is_file()


def test_a_truncated_download_may_be_tried_again(cache, store):
    image = store.add(document("i", DATA), DATA[:1000])
    refused(cache, image, Unavailable, "ended early")
    store.add(document("i", DATA), DATA)
    assert cache.fetch(image).read_bytes() == DATA


def test_an_image_that_went_away(cache, store):
    image = store.add(document("i", DATA), DATA)
    store.delete(None, "i")
    refused(cache, image, ImageUnusable, "not there")


def test_the_store_is_away_or_refuses(cache, store):
    image = store.add(document("i", DATA), DATA)
    store.away = True
    with pytest.raises(Unavailable):
        cache.fetch(image)
    assert files(cache) == []

    class Refusing(FakeGlance):
        def download(self, image_id):
            raise Forbidden(reason="no")

    refused(ImageCache(cache.folder, Refusing()), image, ImageUnusable, "may not read")


def test_no_room_is_told_before_anything_is_fetched(tmp_path, store):
    image = store.add(document("i", DATA), DATA)
    refused(ImageCache(tmp_path / "_base", store, room=lambda folder: 1000), image, DiskFull, "no room")
    assert store.downloads == []


def test_an_image_of_unknown_size_is_bounded_by_the_room(tmp_path, store):
    image = store.add(document("i", DATA, size=None), DATA)
    refused(ImageCache(tmp_path / "_base", store, room=lambda folder: 100_000), image, DiskFull, "no room")


def test_a_disk_that_fills_up_on_the_way(cache, store):
    image = store.add(document("i", DATA), DATA)
    soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (100_000, hard))
    try:
        refused(cache, image, DiskFull, "no room")
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))
    assert cache.fetch(image).read_bytes() == DATA


class SlowStore(FakeGlance):
    """Holds every download until told."""

    def __init__(self):
        super().__init__()
        self.asked, self.go = threading.Event(), threading.Event()

    def download(self, image_id):
        pieces = super().download(image_id)
        self.asked.set()
        self.go.wait(10)
        return pieces


def test_flights_at_once_are_one(tmp_path):
    store = SlowStore()
    image = store.add(document("i", DATA), DATA)
    caches = [ImageCache(tmp_path / "_base", store) for _ in range(2)]
    found = []
    threads = [
        threading.Thread(target=lambda cache=cache: found.append(cache.fetch(image))) for cache in caches for _ in "xy"
    ]
    for thread in threads:
        thread.start()
    store.asked.wait(10)
    store.go.set()
    for thread in threads:
        thread.join()
    assert len(found) == 4 and len(set(found)) == 1 and store.downloads == ["i"]


def test_another_process_keeps_the_lock(tmp_path):
    holding = [sys.executable, "-c", HOLD, str(tmp_path / "lock")]
    other = subprocess.Popen(holding, stdin=subprocess.PIPE, stdout=subprocess.PIPE)
    assert other.stdout is not None and other.stdout.readline() == b"held\n"
    with filelock.try_to_hold(tmp_path / "lock") as free:
        assert not free
    other.kill()
    other.communicate()
    with filelock.try_to_hold(tmp_path / "lock") as free:
        assert free
    assert not (tmp_path / "lock").exists()


def test_a_flight_that_failed_does_not_spoil_the_next(cache, store):
    image = store.add(document("i", DATA), b"x" * len(DATA))
    refused(cache, image, ImageUnusable, "damaged")
    store.add(document("i", DATA), DATA)
    assert cache.fetch(image).read_bytes() == DATA
