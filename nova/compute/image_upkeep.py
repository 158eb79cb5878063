"""Tidies the image cache: half-fetched files at start, and what nobody needs any more."""

from __future__ import annotations

import logging
import os
import time
from collections import defaultdict
from collections.abc import Callable, Iterator
from pathlib import Path

from nova.base import diskformat, filelock
from nova.compute.image_cache import LOCKS, PART
from nova.compute.neighbours import Neighbours

LOG = logging.getLogger(__name__)

FILES_A_FOLDER = 256
IN_THE_MAKING = 1800.0
"""Seconds for which a guest's disks may be in the making: so long an image may be wanted that no disk names yet."""
ABANDONED = 2 * 3600
"""Seconds after which a half-written file in a folder that other hosts use too counts as nobody's."""


class ImageUpkeep:
    """Looks after `cache`, the folder of cached images inside `guests`, the folder that has one folder a guest."""

    def __init__(
        self,
        cache: Path,
        guests: Path,
        neighbours: Neighbours,
        *,
        remove: bool,
        minimum_age: float,
        clock: Callable[[], float] = time.time,
    ) -> None:
        self._cache, self._guests, self._neighbours = cache, guests, neighbours
        self._remove, self._minimum_age, self._clock = remove, max(minimum_age, IN_THE_MAKING), clock

    def sweep(self) -> None:
        """Remove what a killed process left half-written; call before any image is fetched."""
        self._cache.mkdir(parents=True, exist_ok=True)
        for part in self.half_written():
            LOG.info("Removing %s, left half-written", part)
            part.unlink(missing_ok=True)

    def half_written(self) -> list[Path]:
        """Files that nobody is writing any more though they are not whole."""
        return [part for part in sorted(self._cache.glob(f"*{PART}")) if self._abandoned(part)]

    def _abandoned(self, part: Path) -> bool:
        with filelock.try_to_hold(self._cache / LOCKS / part.name.removesuffix(PART)) as free:
            if not free:
                return False
        return self._neighbours.alone() or self._age(part) > ABANDONED

    def work(self) -> None:
        """Remove images that no disk has as its base and that were not used for a while."""
        if not self._remove or not self._cache.is_dir():
            return
        needed = self.needed()
        for name, files in self._images().items():
            with filelock.try_to_hold(self._cache / LOCKS / name) as free:
                if free:
                    self._tidy(name, files, needed)

    def _tidy(self, name: str, files: list[Path], needed: set[str]) -> None:
        """One image and what drivers made of it. Every use of any of them touches the image's own file first."""
        original = self._cache / name
        if original.exists() and self._age(original) <= self._minimum_age:
            return
        used = [file for file in files if file.name in needed]
        for file in files:
            # What is in use was made from the original, which the next guest will ask for.
            if file in used or (used and file == original) or self._age(file) <= self._minimum_age:
                continue
            LOG.info("Removing cached image %s, which nobody uses", file)
            file.unlink(missing_ok=True)

    def _images(self) -> dict[str, list[Path]]:
        images: dict[str, list[Path]] = defaultdict(list)
        for path in sorted(self._cache.iterdir()):
            if path.is_file() and not path.name.startswith(".") and not path.name.endswith(PART):
                images[path.name.split(".")[0]].append(path)
        return images

    def needed(self) -> set[str]:
        """Names of cached files that disks of guests have as their base."""
        found = set()
        for path in self._disks():
            try:
                backing = diskformat.inspect(path).backing_file
            except OSError as error:
                LOG.debug("%s was not read: %s", path, error)
                continue
            if backing:
                # A guest can write any name into its own raw disk: at worst an image stays longer.
                found.add(Path(backing).name)
        return found

    def _disks(self) -> Iterator[Path]:
        for folder in sorted(self._guests.iterdir()):
            if folder.is_dir() and folder != self._cache and not folder.name.startswith("."):
                with os.scandir(folder) as entries:
                    names = [entry.name for entry in entries if entry.is_file(follow_symlinks=False)]
                yield from (folder / name for name in sorted(names)[:FILES_A_FOLDER])

    def _age(self, path: Path) -> float:
        try:
            return self._clock() - path.stat().st_mtime
        except FileNotFoundError:
            return 0.0
