"""What dnsmasq asks of its script."""

from __future__ import annotations

import json
import subprocess
import sys
from contextlib import contextmanager

import pytest

from nova.contracts.network_agent import NetworkPlans
from nova.network import dhcpbridge
from nova.network.dhcpbridge import Misused
from tests.unit.network.factories import make_line


class Plans(NetworkPlans):
    def __init__(self) -> None:
        self.told = []

    def leases(self, context, *, host, network_id):
        self.told.append(("leases", host, network_id))
        return [make_line(5)]

    def leased(self, context, *, host, mac, address):
        self.told.append(("leased", host, mac, address))

    def released(self, context, *, host, mac, address):
        self.told.append(("released", host, mac, address))


def act(*argv, files='["/a.conf"]', **environment):
    plans, said, opened = Plans(), [], []

    @contextmanager
    def plans_of(config_files):
        opened.append(list(config_files))
        yield plans, "h1", 600

    dhcpbridge.act(argv, {"CONFIG_FILE": files, **environment}, plans_of, said.append)
    return plans.told, said, opened


def test_init_prints_the_leases_of_its_network():
    told, said, opened = act("init", NETWORK_ID="7")
    assert told == [("leases", "h1", 7)] and opened == [["/a.conf"]]
    assert said[0].split()[1:] == ["fa:16:3e:00:00:05", "10.0.0.5", "guest-5", "*"]


def test_add_and_del_tell_the_conductor():
    assert act("add", "m", "10.0.0.5", "name")[0] == [("leased", "h1", "m", "10.0.0.5")]
    assert act("del", "m", "10.0.0.5")[0] == [("released", "h1", "m", "10.0.0.5")]


def test_old_asks_nobody():
    assert act("old", "m", "10.0.0.5") == ([], [], [])


@pytest.mark.parametrize(
    ("argv", "environment"),
    [((), {}), (("init",), {}), (("init",), {"NETWORK_ID": "x"}), (("add", "m"), {}), (("burn", "m", "a"), {})],
)
def test_misuse_is_refused(argv, environment):
    with pytest.raises(Misused):
        act(*argv, **environment)


@pytest.mark.parametrize("files", ["{", "7", json.dumps([7])])
def test_config_files_must_be_a_list_of_paths(files):
    with pytest.raises(Misused):
        act("add", "m", "10.0.0.5", files=files)


def test_what_needs_no_conductor_starts_without_its_weight():
    script = (
        "import sys; sys.argv[1:] = ['old', 'm', 'a']\n"
        "from nova.cmd import dhcpbridge\n"
        "assert dhcpbridge.main() == 0\n"
        "print(sorted(name for name in sys.modules if name.split('.')[0] in ('oslo_config', 'msgspec', 'pyroute2')))"
    )
    done = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"
