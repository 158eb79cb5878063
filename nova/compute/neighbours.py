"""Which hosts use a folder: with shared storage, what has no owner here may have one there."""

from __future__ import annotations

import logging
from pathlib import Path
from urllib.parse import quote

LOG = logging.getLogger(__name__)

FOLDER = ".hosts"


class Neighbours:
    """A file a host, in the folder that may be shared.

    A host that ever signed counts for ever, for its guests' disks lie there however long it is switched off: an
    operator who takes a host away, or renames it, removes its file.
    """

    def __init__(self, folder: Path, host: str) -> None:
        self._folder = folder / FOLDER
        self._mine = quote(host, safe="")
        self._known: set[str] = set()

    def alone(self) -> bool:
        """Sign for this host; whether no other ever did."""
        self._folder.mkdir(parents=True, exist_ok=True)
        (self._folder / self._mine).touch()
        others = {path.name for path in self._folder.iterdir()} - {self._mine}
        if others - self._known:
            LOG.info("Disks without an owner stay: other hosts use the folder too, as %s says", self._folder)
        self._known = others
        return not others
