"""What the metadata service asks: whose address is this, and what is its server?"""

from __future__ import annotations

import msgspec
from oslo_config import cfg
from sqlalchemy import Connection, select

from nova.base.context import RequestContext
from nova.conductor import guest_passwords, guests
from nova.conductor.db.engine import Database
from nova.conductor.db.tables import fixed_ips, instances, live
from nova.contracts.errors import NotFound
from nova.contracts.guest import Guest
from nova.contracts.metadata import Metadata


class MetadataEndpoint(Metadata):
    """See the contract."""

    def __init__(self, database: Database, conf: cfg.ConfigOpts) -> None:
        self._database, self._conf = database, conf

    def by_address(self, context: RequestContext, *, address: str) -> Guest:
        """See Metadata."""

        def work(conn: Connection) -> Guest:
            query = (
                select(instances)
                .join(fixed_ips, fixed_ips.c.instance_uuid == instances.c.uuid)
                .where(fixed_ips.c.address == address, fixed_ips.c.allocated.is_(True), live(instances))
            )
            row = conn.execute(query).first()
            if row is None:
                raise NotFound(what="A server with address", id=address)
            guest = guests.of_rows(conn, self._conf, [row])[0]
            return msgspec.structs.replace(guest, sealed_password=guest_passwords.of_server(conn, guest.uuid))

        # The password and the injected files are for the first boot's disks, not for whoever asks over the network.
        return msgspec.structs.replace(self._database.read(work), admin_password=None, files=[])
