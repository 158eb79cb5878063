"""Choosing the driver by its option."""

from __future__ import annotations

import pytest

from nova.virt.fake.driver import FakeDriver
from nova.virt.load import UnknownDriver, load
from tests.guests import make_conf


@pytest.mark.parametrize("name", ["fake.FakeDriver", "nova.virt.fake.FakeDriver"])
def test_a_driver_is_known_by_its_short_and_its_long_name(name: str) -> None:
    assert isinstance(load(make_conf(compute_driver=name)), FakeDriver)


@pytest.mark.parametrize("name", [None, "", "libvirt", "os.system", "xenapi.XenAPIDriver"])
def test_an_unknown_name_is_refused_with_those_there_are(name: str | None) -> None:
    with pytest.raises(UnknownDriver, match=r"libvirt\.LibvirtDriver, fake\.FakeDriver"):
        load(make_conf(compute_driver=name))
