"""The guest's CPUs: model, topology and shares."""

from __future__ import annotations

from nova.contracts.errors import StepFailed
from nova.contracts.guest import Guest
from nova.contracts.image import property_of
from nova.virt.libvirt.domain_settings import DomainSettings
from nova.virt.libvirt.xml import Element, element

_TUNES = {"cpu_shares": "shares", "cpu_period": "period", "cpu_quota": "quota"}


def cpu(guest: Guest, settings: DomainSettings) -> Element:
    """Which CPU the guest sees, and how its CPUs are spread over sockets."""
    sockets, cores, threads = topology(guest)
    shape = element("topology", sockets=sockets, cores=cores, threads=threads)
    if settings.cpu_mode == "none":
        return element("cpu", shape)
    if settings.cpu_mode == "custom":
        if not settings.cpu_model:
            raise StepFailed(reason="The host is set to give guests a custom CPU, but names no model.")
        return element("cpu", element("model", settings.cpu_model), shape, mode="custom", match="exact")
    return element("cpu", shape, mode=settings.cpu_mode, check="none" if settings.cpu_mode != "host-model" else None)


def topology(guest: Guest) -> tuple[int, int, int]:
    """Sockets, cores and threads as the flavor or the image wish, when their product is the number of CPUs."""
    vcpus = guest.flavor.vcpus
    sockets, cores, threads = (_wish(guest, part) for part in ("sockets", "cores", "threads"))
    threads = threads or 1
    cores = cores or (vcpus // (sockets * threads) if sockets else 1)
    sockets = sockets or vcpus // max(1, cores * threads)
    return (sockets, cores, threads) if sockets * cores * threads == vcpus else (vcpus, 1, 1)


def _wish(guest: Guest, part: str) -> int:
    text = guest.flavor.extra_specs.get(f"hw:cpu_{part}") or property_of(guest.image, f"hw_cpu_{part}") or "0"
    return int(text) if text.isdigit() else 0


def cputune(guest: Guest) -> Element | None:
    """Shares and bounds of CPU time, when the flavor sets some: a host may have no means to keep them."""
    wishes = [(tag, guest.flavor.extra_specs.get(f"quota:{key}")) for key, tag in _TUNES.items()]
    tunes = [element(tag, value) for tag, value in wishes if value]
    return element("cputune", *tunes) if tunes else None
