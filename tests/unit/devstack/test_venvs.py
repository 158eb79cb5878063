"""Python environments of stack.sh: made once, and again when what they are made from differs."""

import subprocess
from pathlib import Path

import pytest

LIB = Path(__file__).parents[3] / "devstack" / "lib"
# A python that makes environments whose pip only writes down what it was asked.
PYTHON = """#!/bin/bash
if [[ $1 == -c ]]; then echo "${VERSION:-3.11}"; exit; fi
mkdir -p "$3/bin"
printf '#!/bin/bash\\necho "$*" >>%s\\nexit ${PIP_CODE:-0}\\n' "$ASKED" >"$3/bin/pip"
chmod +x "$3/bin/pip"
"""


@pytest.fixture
def home(tmp_path: Path) -> Path:
    """A folder with a lock and that python."""
    (tmp_path / "lock.txt").write_text("some==1\n")
    (tmp_path / "python3").write_text(PYTHON)
    (tmp_path / "python3").chmod(0o755)
    return tmp_path


def make(home: Path, *arguments: str, **environment: str) -> list[str]:
    """What pip was asked for, in all calls so far, after one more call of make_venv."""
    script = f"set -euo pipefail; source {LIB}/venvs.sh; make_venv {home}/venv {home}/lock.txt -- {' '.join(arguments)}"
    subprocess.run(
        ["/bin/bash", "-c", script],
        env={"PATH": "/usr/bin:/bin", "PYTHON": f"{home}/python3", "ASKED": f"{home}/asked", **environment},
        capture_output=True,
        timeout=10,
        check=environment.get("PIP_CODE", "0") == "0",
    )
    return (home / "asked").read_text().splitlines()


def test_what_is_as_wanted_stays(home: Path) -> None:
    assert len(make(home, "-e", "/one")) == 1
    assert len(make(home, "-e", "/one")) == 1


def test_another_checkout_or_another_lock_is_installed(home: Path) -> None:
    make(home, "-e", "/one")
    assert make(home, "-e", "/two")[1].endswith("-e /two")
    (home / "lock.txt").write_text("some==2\n")
    assert len(make(home, "-e", "/two")) == 3


def test_an_install_that_broke_off_is_tried_again(home: Path) -> None:
    make(home, "-e", "/one", PIP_CODE="1")
    assert len(make(home, "-e", "/one")) == 2


def test_another_interpreter_gets_a_new_environment(home: Path) -> None:
    make(home, "-e", "/one")
    (home / "venv" / "old").touch()
    assert len(make(home, "-e", "/one", VERSION="3.13")) == 2
    assert not (home / "venv" / "old").exists()
