"""What tests of networks need: a host in a namespace of its own."""

from __future__ import annotations

import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.lab.namespaces import Namespace
from tests.lab.network_host import BRIDGE, Lab, Plans, fresh


@pytest.fixture
def folder() -> Iterator[Path]:
    """A folder that dnsmasq, which is not root, can read in: those of pytest are closed to others."""
    with tempfile.TemporaryDirectory(prefix="nvt-") as name:
        Path(name).chmod(0o755)
        yield Path(name)


@pytest.fixture
def lab(folder: Path) -> Iterator[Lab]:
    namespace = Namespace("host")
    (folder / "leases").write_text("[]")
    program = folder / "dhcpbridge"
    root = str(Path(__file__).parents[2])
    program.write_text(BRIDGE.format(python=sys.executable, root=root, folder=str(folder)))
    program.chmod(0o755)
    try:
        with namespace.entered():
            made = fresh(namespace, folder, Plans())
            yield made
    finally:
        namespace.end()
