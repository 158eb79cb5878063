"""Settings of stack.sh: read as data, checked, and cut into ranges."""

import subprocess
from pathlib import Path

import pytest

LIB = Path(__file__).parents[3] / "devstack" / "lib"


def run(script: str, **environment: str) -> subprocess.CompletedProcess[str]:
    """Run bash with the settings loaded as functions and nothing else in the environment."""
    prelude = f"set -euo pipefail; source {LIB}/steps.sh; source {LIB}/settings.sh; "
    return subprocess.run(
        ["/bin/bash", "-c", prelude + script],
        env={"PATH": "/usr/sbin:/usr/bin:/sbin:/bin", **environment},
        capture_output=True,
        text=True,
        timeout=10,
        check=False,
    )


def checked(**environment: str) -> subprocess.CompletedProcess[str]:
    return run("settings_defaults; settings_check; settings_derive; echo $CLOUD_IP $FIXED_RANGE", **environment)


def test_defaults_are_valid_and_each_index_has_ranges_of_its_own() -> None:
    assert checked().stdout.split() == ["10.254.0.2", "10.254.64.0/24"]
    assert checked(SUBNET_INDEX="3").stdout.split() == ["10.254.0.14", "10.254.67.0/24"]


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("DATABASE", "oracle"),
        ("AUTH", "none"),
        ("VIRT_DRIVER", "xen"),
        ("COMPUTES", "0"),
        ("COMPUTES", "2; true"),
        ("SUBNET_INDEX", "64"),
        ("DATA", "/"),
        ("DATA", "opt"),
        ("DATA", "/opt/a b"),
        ("NETNS", "a/b"),
        ("NETWORK_PREFIX", "10"),
        ("IMAGE_URL", "ftp://somewhere/image"),
        ("HOST_IP", "here"),
        ("INFRA_IP", "localhost\nuser=x"),
        ("HOST_INTERFACE", "a b"),
        ("QEMU_USER", 'root"'),
    ],
)
def test_a_bad_value_is_refused_by_its_name(name: str, value: str) -> None:
    done = checked(**{name: value})
    assert done.returncode == 1
    assert f"{name} is '{value}'" in done.stderr


def test_more_computes_need_the_fake_driver_and_more_conductors_a_database_server() -> None:
    assert "needs VIRT_DRIVER=fake" in checked(COMPUTES="3").stderr
    assert checked(COMPUTES="3", VIRT_DRIVER="fake").returncode == 0
    assert "allows one conductor" in checked(CONDUCTORS="2", DATABASE="sqlite").stderr


def test_local_conf_is_data_and_yields_to_the_environment(tmp_path: Path) -> None:
    file = tmp_path / "local.conf"
    file.write_text("# mine\nDATABASE=sqlite \r\n\nNETNS='$(touch x)'\nDEMO=0")
    script = f'settings_read_file {file}; echo "$DATABASE|$NETNS|$DEMO"'
    assert run(script, DEMO="1").stdout.strip() == "sqlite|$(touch x)|1"
    assert run(f"cd {tmp_path}; {script}").returncode == 0
    assert not (tmp_path / "x").exists()


@pytest.mark.parametrize("line", ["DATABSE=mysql", "export DEMO=0", "just words"])
def test_a_line_of_local_conf_that_means_nothing_is_refused(tmp_path: Path, line: str) -> None:
    file = tmp_path / "local.conf"
    file.write_text(f"DEMO=0\n{line}\n")
    done = run(f"settings_read_file {file}")
    assert done.returncode == 1
    assert "line 2" in done.stderr
