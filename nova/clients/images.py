"""What the daemons want of an image store, whichever it is."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Iterator, Mapping

from nova.base.context import RequestContext
from nova.contracts.image import Image


class Images(ABC):
    """The image store. Calls with a context act for its caller, with the caller's rights.

    Every method raises Unavailable when the store does not answer, Unauthorized and Forbidden as it says.
    """

    def address(self) -> str | None:
        """Where people reach the store by HTTP, as far as the settings or the catalogue say."""
        return None

    @abstractmethod
    def get(self, context: RequestContext, image_id: str) -> Image:
        """One image. NotFound."""

    @abstractmethod
    def find(
        self,
        context: RequestContext,
        *,
        filters: Mapping[str, str] | None = None,
        limit: int | None = None,
        marker: str | None = None,
    ) -> list[Image]:
        """Images the caller sees, newest first.

        `filters` are by the store's own names (name, status, min_ram, any property); changes since a time is
        `updated_at` = "gte:2026-01-01T00:00:00Z". `limit` None answers one page of the store's. BadRequest for a
        marker that is not there.
        """

    @abstractmethod
    def delete(self, context: RequestContext, image_id: str) -> None:
        """NotFound; Forbidden for protected ones; Conflict while in use."""

    @abstractmethod
    def set_properties(
        self, context: RequestContext, image_id: str, properties: Mapping[str, str], *, replace: bool = False
    ) -> Image:
        """Set these properties; with `replace` drop all others. Answers the image as it is then."""

    @abstractmethod
    def download(self, image_id: str) -> Iterator[bytes]:
        """The image's data in pieces, with the daemon's own credentials. NotFound, also for one without data."""
