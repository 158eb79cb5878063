"""What the documents, units and names of this house promise is there."""

from __future__ import annotations

import configparser
import re
import subprocess
import sys
import tomllib
from pathlib import Path

import pytest

from nova.base import settings

HOME = Path(__file__).parents[2]
DOCUMENTS = ("README.rst", "CONTRIBUTING.rst", "devstack/README.rst", "etc/nova/README.rst")
FIRST_FOLDERS = "bin|devstack|etc/nova|migrations|nova|tests"
SCRIPTS: dict[str, str] = tomllib.loads((HOME / "pyproject.toml").read_text())["project"]["scripts"]
COMMANDS = {"nova-manage", "nova-dhcpbridge"}
DAEMONS = sorted(set(SCRIPTS) - COMMANDS)
NAMES_THAT_SAY_NOTHING = {"utils", "util", "helpers", "helper", "common", "misc"}


@pytest.mark.parametrize("document", DOCUMENTS)
def test_what_a_document_names_is_there(document: str) -> None:
    named = re.findall(rf"(?:^|[\s`])(?:\./)?((?:{FIRST_FOLDERS})/[\w./-]*\w)", (HOME / document).read_text())
    # What users write themselves, and what is only there while it is used.
    absent = [path for path in named if not (HOME / path).exists() and path != "devstack/local.conf"]
    assert not absent


@pytest.mark.parametrize("name", sorted(SCRIPTS))
def test_every_program_has_a_file_in_bin(name: str) -> None:
    program = HOME / "bin" / name
    assert program.stat().st_mode & 0o111
    assert f"from {SCRIPTS[name].split(':')[0]} import main" in program.read_text()


@pytest.mark.parametrize("name", DAEMONS)
def test_every_daemon_has_a_unit(name: str) -> None:
    unit = configparser.RawConfigParser(strict=False)
    unit.optionxform = str  # type: ignore[assignment,method-assign]
    unit.read(HOME / "etc/nova/systemd" / f"{name}.service")
    assert unit["Service"]["ExecStart"].split()[0] == name
    assert ("nova-conductor.conf" in unit["Service"]["ExecStart"]) == (name == "nova-conductor")
    assert unit["Install"]["WantedBy"] == "multi-user.target"


def test_every_file_and_folder_has_a_name_that_says_something() -> None:
    places = [path for root in ("nova", "tests", "migrations", "devstack") for path in (HOME / root).rglob("*")]
    assert not [path for path in places if path.stem in NAMES_THAT_SAY_NOTHING]


@pytest.mark.parametrize("name", sorted(SCRIPTS))
@pytest.mark.parametrize("question", ["--help", "--version"])
def test_every_program_says_what_it_is(name: str, question: str) -> None:
    done = subprocess.run([sys.executable, HOME / "bin" / name, question], capture_output=True, text=True, timeout=60)
    assert done.returncode == 0, done.stderr
    assert done.stdout.startswith(f"usage: {name}" if question == "--help" else settings.release())
