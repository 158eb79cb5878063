"""The script between dnsmasq and nova-dhcpbridge."""

from __future__ import annotations

import subprocess
from pathlib import Path

from nova.network.linux.dhcptext import DhcpSettings
from nova.network.linux.dnsmasq import SCRIPT, Dnsmasq
from nova.network.linux.host import LoggedHost


def test_the_script_hands_on_words_as_they_are(tmp_path: Path) -> None:
    program = tmp_path / "it's a $HOME `bridge`"
    program.write_text('#!/bin/sh\nprintf "<%s>" "$@"\n')
    program.chmod(0o755)
    settings = DhcpSettings(folder=tmp_path / "networks", domain="", lease_time=600, script="")
    Dnsmasq(LoggedHost(), settings, program=str(program), config_files=[])
    words = ["add", "fa:16:3e:00:00:01", "10.0.0.2", "a$(touch x);`y` 'z'"]
    done = subprocess.run([tmp_path / "networks" / SCRIPT, *words], capture_output=True, text=True, check=True)
    assert done.stdout == "".join(f"<{word}>" for word in words)
    old = subprocess.run([tmp_path / "networks" / SCRIPT, "old"], capture_output=True, text=True, check=True)
    assert old.stdout == ""
