"""The samples in etc/nova say what the code says."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

ETC = Path(__file__).parents[2] / "etc" / "nova"


@pytest.mark.parametrize(
    ("generator", "sample"),
    [("oslo-config-generator", "nova.conf.sample"), ("oslopolicy-sample-generator", "policy.yaml.sample")],
)
def test_a_sample_is_what_its_generator_prints(generator: str, sample: str) -> None:
    program = Path(sys.executable).parent / generator
    printed = subprocess.run([program, "--namespace", "nova"], capture_output=True, check=True, text=True).stdout
    wanted = (ETC / sample).read_text()
    assert printed == wanted, f"etc/nova/{sample} is out of date: see etc/nova/README.rst for the command that makes it"
