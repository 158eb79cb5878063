"""What is asked of libvirt about all guests at once."""

from __future__ import annotations

from typing import Any

import libvirt

from nova.contracts.guest import GuestState
from nova.contracts.states import PowerState
from nova.virt.libvirt.domains import Ours


class Refused(libvirt.libvirtError):
    """An error with a code of ours."""

    def get_error_code(self) -> int:
        return int(libvirt.VIR_ERR_NO_DOMAIN_METADATA)


class TinyLibvirt:
    """A hypervisor with domains, some of them ours; counts what it is asked."""

    def __init__(self, ours: int, others: int) -> None:
        self.calls = 0
        self.domains = [TinyDomain(self, f"ours-{n}", True) for n in range(ours)]
        self.domains += [TinyDomain(self, f"other-{n}", False) for n in range(others)]

    def getAllDomainStats(self, kinds: int) -> list[tuple[Any, dict[str, Any]]]:  # noqa: N802
        self.calls += 1
        if kinds == libvirt.VIR_DOMAIN_STATS_STATE:
            return [(one, {"state.state": libvirt.VIR_DOMAIN_RUNNING}) for one in self.domains]
        return [(one, {"net.count": 1, "net.0.name": f"tap-{one.uuid}"}) for one in self.domains]


class TinyDomain:
    def __init__(self, hypervisor: TinyLibvirt, uuid: str, ours: bool) -> None:
        self.hypervisor, self.uuid, self.ours = hypervisor, uuid, ours

    def UUIDString(self) -> str:  # noqa: N802
        return self.uuid

    def name(self) -> str:
        return "instance"

    def metadata(self, kind: int, namespace: str) -> str:
        self.hypervisor.calls += 1
        if not self.ours:
            raise Refused("no metadata")
        return "<instance/>"


def test_only_guests_of_ours_are_told_with_state_and_taps() -> None:
    hypervisor, ours = TinyLibvirt(1, 1), Ours()
    assert ours.states(hypervisor) == [GuestState(uuid="ours-0", power_state=PowerState.RUNNING, name="instance")]
    assert ours.taps(hypervisor) == {"tap-ours-0": "ours-0"}


def test_a_hundred_guests_cost_one_call_once_they_are_known() -> None:
    hypervisor, ours = TinyLibvirt(100, 0), Ours()
    ours.states(hypervisor)
    hypervisor.calls = 0
    assert len(ours.states(hypervisor)) == 100 and len(ours.taps(hypervisor)) == 100
    assert hypervisor.calls == 2


def test_a_domain_that_becomes_ours_is_seen() -> None:
    hypervisor, ours = TinyLibvirt(0, 1), Ours()
    assert ours.states(hypervisor) == []
    hypervisor.domains[0].ours = True
    assert len(ours.states(hypervisor)) == 1
