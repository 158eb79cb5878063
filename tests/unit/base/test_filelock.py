"""One holder of a file at a time, though the file comes and goes."""

from __future__ import annotations

import os
import subprocess
import sys
import threading
import time
from pathlib import Path

import pytest

from nova.base import filelock


def times_opened(path: Path) -> int:
    """How often this process has the file open just now."""
    found = 0
    for descriptor in Path("/proc/self/fd").iterdir():
        try:
            found += os.readlink(descriptor) == str(path)
        except FileNotFoundError:
            continue
    return found


def is_free(path: Path) -> bool:
    with filelock.try_to_hold(path) as got:
        return got


def test_the_file_is_there_while_held_and_gone_after(tmp_path: Path) -> None:
    path = tmp_path / "new" / "lock"
    with pytest.raises(ValueError, match="out"), filelock.hold(path):
        assert path.exists() and not is_free(path)
        raise ValueError("out")
    assert not path.exists() and is_free(path)


def test_who_waited_holds_the_file_that_later_comers_see(tmp_path: Path) -> None:
    """The first holder removes its file while the second waits on it: a lock on that would exclude nobody."""
    path = tmp_path / "lock"
    holds, may_go = threading.Event(), threading.Event()

    def second() -> None:
        with filelock.hold(path):
            holds.set()
            may_go.wait(10)

    thread = threading.Thread(target=second)
    with filelock.hold(path):
        thread.start()
        until = time.monotonic() + 10
        while times_opened(path) < 2:
            assert time.monotonic() < until
        assert not holds.is_set()
    assert holds.wait(10)
    assert path.exists() and not is_free(path)
    may_go.set()
    thread.join(10)
    assert is_free(path)


def test_a_lock_dies_with_its_process(tmp_path: Path) -> None:
    path = tmp_path / "lock"
    program = (
        "import pathlib, sys, time\nfrom nova.base import filelock\n"
        "with filelock.hold(pathlib.Path(sys.argv[1])):\n    print('held', flush=True)\n    time.sleep(60)\n"
    )
    with subprocess.Popen([sys.executable, "-c", program, str(path)], stdout=subprocess.PIPE) as other:
        assert other.stdout is not None and other.stdout.readline() == b"held\n"
        assert not is_free(path)
        other.kill()
        other.wait(10)
    assert is_free(path)
