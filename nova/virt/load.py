"""Chooses the driver."""

from __future__ import annotations

from oslo_config import cfg

from nova.virt.driver import Driver

KNOWN = ("libvirt.LibvirtDriver", "fake.FakeDriver")


class UnknownDriver(Exception):
    """The option compute_driver names no driver of ours; the message lists those there are."""


def load(conf: cfg.ConfigOpts) -> Driver:
    """The driver that option compute_driver names; the long names of older configurations are understood.

    UnknownDriver.
    """
    name = (conf.compute_driver or "").removeprefix("nova.virt.")
    # A driver is imported only when chosen: its libraries need not be installed on other hosts.
    if name in ("libvirt.LibvirtDriver", "libvirt.driver.LibvirtDriver"):
        from nova.virt.libvirt.driver import LibvirtDriver

        return LibvirtDriver(conf)
    if name in ("fake.FakeDriver", "fake.driver.FakeDriver"):
        from nova.virt.fake.driver import FakeDriver

        return FakeDriver(conf)
    raise UnknownDriver(f"Option compute_driver is {conf.compute_driver!r}; choose one of {', '.join(KNOWN)}.")
