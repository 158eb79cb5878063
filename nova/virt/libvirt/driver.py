"""Guests by libvirt: QEMU, with or without KVM."""

from __future__ import annotations

import dataclasses
import re
from collections.abc import Callable
from importlib import metadata
from pathlib import Path
from typing import Any

from oslo_config import cfg

from nova.base import links
from nova.contracts.errors import BadRequest, ServerNotReady, StepFailed
from nova.contracts.guest import ConsoleTarget, Guest, GuestRef, GuestState
from nova.contracts.hypervisor import HypervisorReport
from nova.contracts.network import Vif
from nova.contracts.network_options import card_of
from nova.contracts.states import PowerState
from nova.virt.driver import Driver, ImageFetcher
from nova.virt.libvirt import domain_settings, domains, faults, inventory, power
from nova.virt.libvirt.connection import Connection
from nova.virt.libvirt.device_xml import CONSOLE_LOG
from nova.virt.libvirt.disks import Disks
from nova.virt.libvirt.domain_xml import domain as domain_xml
from nova.virt.libvirt.events import Events

DEFAULT_URI = "qemu:///system"
CONSOLE_LOG_BYTES = 100 * 1024
TAP_PREFIX = "tap"
_OUR_TAP = re.compile(r"tap[0-9a-f]{8}-[0-9a-f]{2}")
_UUID = re.compile(r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}")


class LibvirtDriver(Driver):
    """The promise kept with libvirt. Opens the connection at the first need, and again whenever it was lost."""

    def __init__(self, conf: cfg.ConfigOpts) -> None:
        self._conf = conf
        self._disks = Disks(conf)
        self._settings = domain_settings.from_options(conf, self._disks.format)
        self._version = metadata.version("nova")
        self._ours = domains.Ours()
        self._events = Events()
        self._connection = Connection(
            conf.libvirt.connection_uri or DEFAULT_URI, opened=self._events.attach, lost=self._events.interrupt
        )

    def inventory(self) -> HypervisorReport:
        """What the host has; the disk is that of instances_path."""
        with faults.told("tell what this host has"):
            return inventory.report(self._connection.get(), self._conf, self._disks.yet_to_grow())

    def guests(self) -> list[GuestState]:
        """Every domain that carries our metadata."""
        with faults.told("list its guests"):
            return self._ours.states(self._connection.get())

    def state(self, guest: GuestRef) -> GuestState:
        """The domain's state."""
        with faults.told("tell the guest's state"):
            return domains.state_of(self._find(guest.uuid), guest.uuid)

    def make_disks(self, guest: Guest, fetch: ImageFetcher) -> None:
        """Write what is missing of them, each under another name first."""
        self._disks.write(guest, fetch)

    def remove_disks(self, guest: GuestRef) -> None:
        """Delete the folder."""
        self._disks.remove(guest.uuid)

    def disk_owners(self) -> dict[str, str]:
        """The folders in instances_path."""
        return self._disks.owners()

    def start(self, guest: Guest) -> GuestState:
        """Run the guest. One that runs already stays; one left half-made by an earlier try is replaced."""
        with faults.told("start the guest"):
            domain = self._find(guest.uuid)
            if domain is None or not domains.is_whole(domain):
                domain = self._define_and_run(guest, domain)
            self._own_taps(domain, guest.uuid)
            return domains.state_of(domain, guest.uuid)

    def _define_and_run(self, guest: Guest, old: Any) -> Any:
        folder = self._disks.folder(guest.uuid)
        if not (folder / "disk").exists():
            raise StepFailed(reason="The server's root disk is not on this host.")
        settings = dataclasses.replace(self._settings, disk_format=self._disks.format_of(guest.uuid))
        if settings.cache_mode is None:
            past_the_cache = domain_settings.supports_direct_io(folder)
            settings = dataclasses.replace(settings, cache_mode="none" if past_the_cache else "writeback")
        definition = domain_xml(guest, settings, folder, self._version)
        if old is not None:
            self._discard(old)
        for vif in guest.vifs:
            _ensure_bridge(vif, self._conf.flat_interface)
        made = self._connection.get().defineXML(definition)
        try:
            made.create()
        except Exception:
            self._discard(made)
            raise
        return made

    def destroy(self, guest: GuestRef) -> None:
        """End and undefine the domain; libvirt takes its taps away, and those it could not are taken here."""
        with faults.told("end the guest"):
            domain = self._find(guest.uuid)
            if domain is not None:
                self._discard(domain)
        for device in {vif.device for vif in guest.vifs} | _taps_of(guest.uuid):
            links.delete_link(device)

    def power_off(self, guest: GuestRef, wait: int) -> GuestState:
        """Ask by the power button, then pull the plug."""
        with faults.told("switch the guest off"):
            domain = self._find(guest.uuid)
            if domain is not None:
                power.shut_down(domain, self._events, wait)
            return domains.state_of(domain, guest.uuid)

    def reboot_softly(self, guest: GuestRef, wait: int | None = None) -> bool:
        """Ask the guest's system to restart."""
        patience = self._conf.libvirt.wait_soft_reboot_seconds if wait is None else wait
        with faults.told("reboot the guest"):
            domain = self._find(guest.uuid)
            return domain is not None and power.reboot(domain, self._events, patience)

    def taps(self) -> dict[str, str | None]:
        """Taps with our kind of name; the owner by the alias, or by the domain that has it."""
        with faults.told("list its guests"):
            owners = self._ours.taps(self._connection.get())
        aliases = links.list_links(TAP_PREFIX)
        return {
            device: alias if alias and _UUID.fullmatch(alias) else owners.get(device)
            for device, alias in aliases.items()
            if device in owners or _OUR_TAP.fullmatch(device)
        }

    def remove_tap(self, device: str) -> None:
        """Delete a tap; anything with another kind of name is left alone."""
        if not device.startswith(TAP_PREFIX):
            raise BadRequest(reason=f"{device} is no guest's tap.")
        links.delete_link(device)

    def console_log(self, guest: GuestRef) -> bytes:
        """The end of the file that virtlogd writes, and of the one before it where that is short."""
        path = self._disks.folder(guest.uuid) / CONSOLE_LOG
        text = _tail(path, CONSOLE_LOG_BYTES)
        older = path.with_name(f"{path.name}.0")
        return (_tail(older, CONSOLE_LOG_BYTES - len(text)) if len(text) < CONSOLE_LOG_BYTES else b"") + text

    def console_target(self, guest: GuestRef, kind: str) -> ConsoleTarget:
        """The VNC server's place."""
        if kind != "vnc" or not self._conf.vnc.enabled:
            raise BadRequest(reason=f"Invalid console type {kind}")
        with faults.told("tell where the guest's screen is"):
            domain = self._find(guest.uuid)
            port = domains.vnc_port(domain) if domain is not None and domain.isActive() else None
        if port is None:
            raise ServerNotReady(server=guest.uuid)
        return ConsoleTarget(kind=kind, host=self._conf.vnc.vncserver_proxyclient_address, port=port)

    def watch(self, changed: Callable[[GuestState], None]) -> None:
        """Tell the state a guest is in at the time of telling, so that late events never tell an old one."""
        self._events.watch(lambda uuid: self._look(uuid, changed), self._connection.get)
        self._connection.get()

    def _look(self, uuid: str, changed: Callable[[GuestState], None]) -> None:
        with faults.told("tell the guest's state"):
            state = domains.state_of(self._find(uuid), uuid)
        # A guest that is gone was taken away by somebody, not by itself.
        if state.power_state is not PowerState.NOSTATE:
            changed(state)

    def close(self) -> None:
        """Stop watching, close the connection."""
        self._events.stop()
        self._connection.close()

    def _find(self, uuid: str) -> Any:
        return domains.find(self._connection.get(), uuid)

    def _discard(self, domain: Any) -> None:
        domains.end(domain)
        domains.forget(domain)

    def _own_taps(self, domain: Any, uuid: str) -> None:
        for device in domains.taps(domain):
            links.set_alias(device, uuid)


def _ensure_bridge(vif: Vif, flat_interface: str | None) -> None:
    """A bridge for the tap. On a multi-host network, this host's own nova-network also joins the card to it."""
    network = vif.network
    try:
        if network.should_create_bridge and not network.multi_host and network.vlan is None:
            links.ensure_bridge(network.bridge, card_of(network, flat_interface))
        else:
            links.ensure_bridge(network.bridge)
    except links.NoSuchLink as missing:
        raise StepFailed(
            reason=f"The host has no network device for network {network.label}.", log=f"no device {missing}"
        ) from missing


def _taps_of(uuid: str) -> set[str]:
    return {device for device, alias in links.list_links(TAP_PREFIX).items() if alias == uuid}


def _tail(path: Path, limit: int) -> bytes:
    try:
        with path.open("rb") as file:
            size = file.seek(0, 2)
            file.seek(max(0, size - limit))
            return file.read(limit)
    except FileNotFoundError:
        return b""
