"""Finding domains, and what can be read of them."""

from __future__ import annotations

from typing import Any

import libvirt

from nova.contracts.guest import GuestState
from nova.contracts.states import PowerState
from nova.virt.libvirt import faults, owner_xml, xml

_POWER = {
    libvirt.VIR_DOMAIN_NOSTATE: PowerState.NOSTATE,
    libvirt.VIR_DOMAIN_RUNNING: PowerState.RUNNING,
    libvirt.VIR_DOMAIN_BLOCKED: PowerState.RUNNING,
    libvirt.VIR_DOMAIN_PAUSED: PowerState.PAUSED,
    # On its way down, which may also be the middle of a reboot: not down yet.
    libvirt.VIR_DOMAIN_SHUTDOWN: PowerState.RUNNING,
    libvirt.VIR_DOMAIN_SHUTOFF: PowerState.SHUTDOWN,
    libvirt.VIR_DOMAIN_CRASHED: PowerState.CRASHED,
    libvirt.VIR_DOMAIN_PMSUSPENDED: PowerState.SUSPENDED,
}
_HALF_STARTED = (libvirt.VIR_DOMAIN_PAUSED, libvirt.VIR_DOMAIN_PAUSED_STARTING_UP)
_FORGET = (
    libvirt.VIR_DOMAIN_UNDEFINE_MANAGED_SAVE
    | libvirt.VIR_DOMAIN_UNDEFINE_SNAPSHOTS_METADATA
    | libvirt.VIR_DOMAIN_UNDEFINE_NVRAM
)
END_ATTEMPTS = 3


def find(connection: Any, uuid: str) -> Any:
    """The domain of this server; None when there is none."""
    try:
        return connection.lookupByUUIDString(uuid)
    except libvirt.libvirtError as error:
        if faults.is_missing(error):
            return None
        raise


class Ours:
    """Knows the domains that carry our metadata: each is asked for it once, for that does not change while it lives."""

    def __init__(self) -> None:
        self._known: set[str] = set()

    def states(self, connection: Any) -> list[GuestState]:
        """Their power states, asked of libvirt in one call."""
        found = self._stats(connection, libvirt.VIR_DOMAIN_STATS_STATE)
        return [
            GuestState(uuid=domain.UUIDString(), power_state=_power(stats.get("state.state")), name=domain.name())
            for domain, stats in found
        ]

    def taps(self, connection: Any) -> dict[str, str]:
        """Taps of those that run, {device: server uuid}, asked of libvirt in one call."""
        return {
            stats[f"net.{number}.name"]: domain.UUIDString()
            for domain, stats in self._stats(connection, libvirt.VIR_DOMAIN_STATS_INTERFACE)
            for number in range(stats.get("net.count", 0))
            if f"net.{number}.name" in stats
        }

    def _stats(self, connection: Any, kinds: int) -> list[tuple[Any, dict[str, Any]]]:
        found = connection.getAllDomainStats(kinds)
        # Set anew, not added to: what is gone is forgotten.
        known = {domain.UUIDString() for domain, _ in found if self._is_ours(domain)}
        self._known = known
        return [(domain, stats) for domain, stats in found if domain.UUIDString() in known]

    def _is_ours(self, domain: Any) -> bool:
        if domain.UUIDString() in self._known:
            return True
        try:
            domain.metadata(libvirt.VIR_DOMAIN_METADATA_ELEMENT, owner_xml.NAMESPACE)
        except libvirt.libvirtError as error:
            if error.get_error_code() in (libvirt.VIR_ERR_NO_DOMAIN, libvirt.VIR_ERR_NO_DOMAIN_METADATA):
                return False
            raise
        return True


def state_of(domain: Any, uuid: str) -> GuestState:
    """The guest's power state; NOSTATE for None and for one that went away meanwhile."""
    if domain is None:
        return GuestState(uuid=uuid, power_state=PowerState.NOSTATE)
    try:
        power = _power(domain.state()[0])
    except libvirt.libvirtError as error:
        if not faults.is_missing(error):
            raise
        return GuestState(uuid=uuid, power_state=PowerState.NOSTATE)
    return GuestState(uuid=uuid, power_state=power, name=domain.name())


def _power(state: int | None) -> PowerState:
    return _POWER.get(state, PowerState.NOSTATE)


def is_whole(domain: Any) -> bool:
    """Whether the domain lives and got through its start."""
    return bool(domain.isActive()) and tuple(domain.state()) != _HALF_STARTED


def end(domain: Any) -> None:
    """Pull the plug, if it is in."""
    for attempt in range(1, END_ATTEMPTS + 1):
        try:
            if domain.isActive():
                domain.destroy()
            return
        except libvirt.libvirtError as error:
            if faults.is_missing(error) or faults.is_wrong_state(error):
                return
            # A process in the middle of a long write does not end in the time libvirt gives it.
            if attempt == END_ATTEMPTS or faults.is_lost(error):
                raise


def forget(domain: Any) -> None:
    """Remove the definition."""
    try:
        domain.undefineFlags(_FORGET)
    except libvirt.libvirtError as error:
        if not faults.is_missing(error):
            raise


def taps(domain: Any) -> list[str]:
    """Names of the taps that the running domain has."""
    if domain is None or not domain.isActive():
        return []
    targets = xml.parse(domain.XMLDesc()).findall("devices/interface/target")
    return [target.get("dev", "") for target in targets if target.get("dev")]


def vnc_port(domain: Any) -> int | None:
    """Port of the running domain's VNC server."""
    graphics = xml.parse(domain.XMLDesc()).find("devices/graphics[@type='vnc']")
    port = int(graphics.get("port", "-1")) if graphics is not None else -1
    return port if port > 0 else None
