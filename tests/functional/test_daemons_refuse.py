"""A daemon that cannot serve what its configuration says ends at once, with one line that names the option's value."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

REFUSED = [
    ("nova-scheduler", "scheduler", "[filter_scheduler]\nenabled_filters = NoSuchFilter", 1, "NoSuchFilter"),
    ("nova-network", "network", "network_manager = no.such.Manager", 1, "no.such.Manager"),
    ("nova-compute", "compute", "compute_driver = no.such.Driver", 1, "no.such.Driver"),
    ("nova-novncproxy", "novncproxy", "ssl_only = true\ncert = /no/such.pem", 1, "/no/such.pem"),
    ("nova-conductor", "conductor", "[database", 2, "nova.conf"),
    ("nova-conductor", "conductor", "[database]\nconnection = sqlite:///TMP/empty.db", 1, "nova-manage db sync"),
    ("nova-conductor", "conductor", "[database]\nconnection = sqlite://", 1, "names no file"),
    ("nova-conductor", "conductor", "", 1, "connection is not set"),
    ("nova-conductor", "conductor", "[database]\nconnection = me:secret@here", 1, "is not a URL"),
    ("nova-scheduler", "scheduler", "transport_url = memory://me:secret@here/", 1, "memory"),
    ("nova-scheduler", "scheduler", "transport_url = rabbit://me:secret@[here", 1, "transport_url"),
]


@pytest.mark.parametrize(("program", "module", "text", "code", "word"), REFUSED, ids=[row[4] for row in REFUSED])
def test_a_daemon_that_cannot_serve_says_why(
    tmp_path: Path, program: str, module: str, text: str, code: int, word: str
) -> None:
    file = tmp_path / "nova.conf"
    text = text.replace("TMP", str(tmp_path))
    file.write_text(f"[DEFAULT]\ntransport_url = fake://\nstate_path = {tmp_path}\n{text}\n")
    argv = [sys.executable, "-m", f"nova.cmd.{module}", "--config-file", str(file)]
    ended = subprocess.run(argv, capture_output=True, text=True, timeout=60)
    said = ended.stderr.strip().splitlines()
    assert ended.returncode == code, ended.stderr
    assert said[-1].startswith(f"{program}: ") and word in said[-1]
    assert "Traceback" not in ended.stderr and "secret" not in ended.stderr
