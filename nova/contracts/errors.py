"""Every error that may leave a daemon: its HTTP status, its fault name and its words for the caller.

Only the outermost layer of the API turns one into a response, and the bus carries `kind` and `facts` so that the
same class is raised on the other side. `log` holds words for the operator and never reaches the caller.
Statuses and fault names: the API's error table.
"""

from __future__ import annotations

from typing import Any, ClassVar


class NovaError(Exception):
    """Something went wrong. Subclasses say what, with which status and which words."""

    status: ClassVar[int] = 500
    fault: ClassVar[str] = "computeFault"
    says: ClassVar[str] = "Unexpected API Error. The request id in the answer leads to the reason in the logs."
    kinds: ClassVar[dict[str, type[NovaError]]] = {}

    def __init__(self, *, log: str = "", **facts: Any) -> None:
        self.facts = facts
        self.log = log
        super().__init__(self.says.format(**facts))

    def __init_subclass__(cls, **kwargs: Any) -> None:
        super().__init_subclass__(**kwargs)
        NovaError.kinds[cls.__name__] = cls


class BadRequest(NovaError):
    """400: what was asked cannot be understood or is out of bounds; `reason` names the field."""

    status, fault, says = 400, "badRequest", "{reason}"


class Unauthorized(NovaError):
    """401."""

    status, fault, says = (
        401,
        "unauthorized",
        "This server could not verify that you are authorized: {reason}",
    )


class Forbidden(NovaError):
    """403: policy, or something else than quota, says no."""

    status, fault, says = 403, "forbidden", "{reason}"


class PolicyNotAuthorized(Forbidden):
    """403 by a policy rule."""

    says = "Policy doesn't allow {action} to be performed."


class OverQuota(Forbidden):
    """403: a limit would be exceeded. Facts: resource, requested, used, allowed (comma lists for several)."""

    says = "Quota exceeded for {resource}: Requested {requested}, but already used {used} of {allowed} {resource}"


class TooManyOf(Forbidden):
    """403: a limit on the number of things in one place (metadata items, injected files, rules ...)."""

    says = "Maximum number of {resource} exceeded. At most {allowed} are allowed."


class NotFound(NovaError):
    """404: `what` (a noun) and `id`."""

    status, fault, says = 404, "itemNotFound", "{what} {id} could not be found."


class ServerNotFound(NotFound):
    """404 for a server."""

    says = "Instance {id} could not be found."


class Gone(NovaError):
    """410: the resource existed in older releases."""

    status, fault, says = 410, "gone", "This resource is no longer available. No forwarding address is given."


class MethodNotAllowed(NovaError):
    """405: the path exists, the method does not. `allowed` lists those that do, by commas."""

    status, fault, says = 405, "badMethod", "The method is not allowed here. Allowed: {allowed}."


class Conflict(NovaError):
    """409 with a free reason."""

    status, fault, says = 409, "conflictingRequest", "{reason}"


class AlreadyExists(Conflict):
    """409: `what` (a noun) and `id`."""

    says = "{what} {id} already exists."


class InvalidState(Conflict):
    """409: the action is not allowed in this state. Facts: action, server, attribute, state."""

    says = "Cannot '{action}' instance {server} while it is in {attribute} {state}"


class ServerLocked(Conflict):
    """409: locked against its owner."""

    says = "Instance {server} is locked"


class ServerNotReady(Conflict):
    """409: no host yet."""

    says = "Instance {server} is not ready"


class NotAcceptable(NovaError):
    """406: an unknown microversion."""

    status, fault, says = 406, "computeFault", "{reason}"


class TooLarge(NovaError):
    """413."""

    status, fault, says = 413, "overLimit", "Request is too large. At most {limit} bytes are accepted."


class UnsupportedMediaType(NovaError):
    """415."""

    status, fault, says = 415, "badMediaType", "Unsupported Content-Type {given}. Send application/json."


class NotImplementedHere(NovaError):
    """501: the hypervisor or the network manager cannot do it."""

    status, fault, says = 501, "notImplemented", "{reason}"


class Unavailable(NovaError):
    """503: a daemon or an outside service does not answer; `service` and `hint`."""

    status, fault, says = 503, "serviceUnavailable", "{service} does not answer just now. {hint}"


class AddressesRest(Unavailable):
    """The network has free addresses, but metadata of the servers that had them may still be told there."""

    says = "The free addresses of network {network} were in use until a moment ago."


class NoValidHost(NovaError):
    """No host can take the server. `reason` says how many hosts each filter left."""

    status, says = 400, "No valid host was found. {reason}"


class ClaimConflict(Conflict):
    """The host the scheduler chose is full meanwhile."""

    says = "Host {host} cannot take the server: {reason}"


class StepFailed(NovaError):
    """A step of a task could not be done on a host. `reason` is for the server's owner."""

    says = "{reason}"


class ImageUnusable(StepFailed):
    """The image cannot be used: missing, damaged, of another format than it says, or unsafe."""


class NoMoreAddresses(StepFailed):
    """The network has no free address."""

    status = 409
    says = "No more fixed IP addresses are available in network {network}."


class DiskFull(StepFailed):
    """The host has no room for the disks."""


class HostNotOwner(Forbidden):
    """A host wrote about a server that is not on it."""

    says = "Host {host} may not write about server {server}."


class HostNotServing(HostNotOwner):
    """A host asked or wrote about a network that it does not serve."""

    says = "Host {host} does not serve network {network}."


class InternalError(NovaError):
    """An error of ours on the other side of the bus; the details are in that daemon's log."""
