"""libvirt's errors in our words."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

import libvirt

from nova.contracts.errors import StepFailed, Unavailable

_LOST_FROM = (libvirt.VIR_FROM_REMOTE, libvirt.VIR_FROM_RPC)
_LOST_CODES = (
    libvirt.VIR_ERR_SYSTEM_ERROR,
    libvirt.VIR_ERR_INTERNAL_ERROR,
    libvirt.VIR_ERR_RPC,
    libvirt.VIR_ERR_NO_CONNECT,
    libvirt.VIR_ERR_INVALID_CONN,
)
HINT = "libvirtd on this host is down or busy; it is asked again."


def unavailable(error: libvirt.libvirtError) -> Unavailable:
    """The hypervisor does not answer."""
    return Unavailable(service="The hypervisor", hint=HINT, log=str(error))


def is_lost(error: libvirt.libvirtError) -> bool:
    """Whether the error says that libvirtd cannot be reached, rather than that it refuses."""
    return error.get_error_domain() in _LOST_FROM and error.get_error_code() in _LOST_CODES


def is_missing(error: libvirt.libvirtError) -> bool:
    """Whether the error says that the domain is not there."""
    return bool(error.get_error_code() == libvirt.VIR_ERR_NO_DOMAIN)


def is_wrong_state(error: libvirt.libvirtError) -> bool:
    """Whether the error says that the domain is not in a state for what was asked."""
    return bool(error.get_error_code() == libvirt.VIR_ERR_OPERATION_INVALID)


@contextmanager
def told(action: str) -> Iterator[None]:
    """Raise Unavailable or StepFailed for libvirt's errors; `action` completes "The hypervisor could not ..."."""
    try:
        yield
    except libvirt.libvirtError as error:
        if is_lost(error):
            raise unavailable(error) from error
        raise StepFailed(reason=f"The hypervisor could not {action}.", log=str(error)) from error
