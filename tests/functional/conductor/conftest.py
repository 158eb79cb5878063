"""Clouds in one process, for tests of operations."""

from __future__ import annotations

import shutil
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.databases import sqlite_url
from tests.functional.cloud import Cloud


@pytest.fixture
def make_cloud(tmp_path: Path, empty_sqlite: Path) -> Iterator[Callable[..., Cloud]]:
    """Makes clouds that are taken down at the end."""
    made: list[Cloud] = []

    def make(**how: Any) -> Cloud:
        cloud = Cloud(tmp_path, sqlite_url(shutil.copy(empty_sqlite, tmp_path / "nova.db")), **how)
        made.append(cloud)
        return cloud

    yield make
    for cloud in made:
        cloud.__exit__()
