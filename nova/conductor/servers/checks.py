"""What a create must fulfil that only the database can tell."""

from __future__ import annotations

from collections.abc import Mapping

from oslo_config import cfg
from sqlalchemy import Connection, insert, select

from nova.base.context import RequestContext
from nova.conductor import security_group_rows
from nova.conductor.db.tables import (
    aggregate_metadata,
    compute_nodes,
    instance_group_member,
    instance_groups,
    key_pairs,
    live,
    services,
)
from nova.contracts.errors import BadRequest, Forbidden, TooManyOf
from nova.contracts.flavor import Flavor
from nova.contracts.image import Image
from nova.contracts.server import ServerRequest

GIB = 1024**3


def image_fits(image: Image | None, flavor: Flavor, *, zero_disk: bool) -> None:
    """BadRequest when the image is not usable or needs more than the flavor gives.

    A flavor whose disk is 0 sets no bound: Forbidden without `zero_disk`.
    """
    if image is None:
        raise BadRequest(reason="Block Device Mapping is Invalid: Boot sequence needs an image (imageRef).")
    if image.status != "active":
        raise BadRequest(reason=f"Image {image.id} is not active.")
    if image.min_ram and flavor.memory_mb < image.min_ram:
        raise BadRequest(
            reason=f"Flavor's memory is too small for requested image: {flavor.memory_mb} MB, the image needs "
            f"{image.min_ram} MB."
        )
    if not flavor.root_gb:
        if not zero_disk:
            raise Forbidden(reason="Only volume-backed servers are allowed for flavors with zero disk.")
        return
    if image.min_disk > flavor.root_gb:
        raise BadRequest(
            reason=f"Flavor's disk is smaller than the minimum size specified in image metadata: "
            f"{flavor.root_gb} GB, the image needs {image.min_disk} GB."
        )
    if image.size and image.size > flavor.root_gb * GIB:
        raise BadRequest(
            reason=f"Flavor's disk is too small for requested image: {flavor.root_gb * GIB} bytes, the image has "
            f"{image.size} bytes."
        )


def disks_fit(request: ServerRequest, flavor: Flavor) -> None:
    """BadRequest when ephemeral or swap disks ask for more than the flavor gives."""
    blank = [device for device in request.block_devices if device.source == "blank"]
    ephemeral = sum(device.size_gb for device in blank)
    if sum(device.swap_mb for device in blank) > flavor.swap:
        raise BadRequest(reason=f"Swap drive requested is larger than the flavor's {flavor.swap} MB.")
    if ephemeral > flavor.ephemeral_gb:
        raise BadRequest(reason=f"Ephemeral disks requested are larger than the flavor's {flavor.ephemeral_gb} GB.")


def zone(conn: Connection, conf: cfg.ConfigOpts, request: ServerRequest) -> None:
    """BadRequest for a zone, or a forced or requested host or node, that does not exist."""
    wanted = request.availability_zone
    if wanted is not None and wanted != conf.default_availability_zone:
        known = select(aggregate_metadata.c.id).where(
            aggregate_metadata.c.key == "availability_zone", aggregate_metadata.c.value == wanted
        )
        if conn.execute(known.limit(1)).first() is None:
            raise BadRequest(reason="The requested availability zone is not available")
    _named(conn, request.forced_host, request.forced_node)
    _named(conn, request.requested_host, request.requested_node)


def _named(conn: Connection, host: str | None, node: str | None) -> None:
    if host is not None:
        query = select(services.c.id).where(
            services.c.host == host, services.c.binary == "nova-compute", live(services)
        )
        if conn.execute(query).first() is None:
            raise BadRequest(reason=f"Compute host {host} could not be found.")
    if node is not None:
        of_host = [compute_nodes.c.host == host] if host is not None else []
        found = select(compute_nodes.c.id).where(compute_nodes.c.hypervisor_hostname == node, live(compute_nodes))
        if conn.execute(found.where(*of_host).limit(1)).first() is None:
            where = f" on host {host}" if host is not None else ""
            raise BadRequest(reason=f"Hypervisor {node} could not be found{where}.")


def key_of(conn: Connection, context: RequestContext, name: str | None) -> tuple[str, str] | None:
    """The caller's key: name and public half. BadRequest when there is none of that name."""
    if name is None:
        return None
    query = select(key_pairs.c.public_key).where(key_pairs.c.user_id == context.user_id, key_pairs.c.name == name)
    key = conn.execute(query).scalar()
    if key is None:
        raise BadRequest(reason="Invalid key_name provided.")
    return name, key


def within_limits(request: ServerRequest, limits: Mapping[str, int]) -> None:
    """TooManyOf for metadata and files beyond the caller's limits."""

    def hold(resource: str, amount: int, limit: str) -> None:
        allowed = limits.get(limit, -1)
        if 0 <= allowed < amount:
            raise TooManyOf(resource=resource, allowed=allowed)

    hold("metadata items", len(request.metadata), "metadata_items")
    hold("injected files", len(request.files), "injected_files")
    for each in request.files:
        hold("bytes in an injected file's path", len(each.path.encode()), "injected_file_path_bytes")
        hold("bytes in an injected file", _decoded_size(each.contents), "injected_file_content_bytes")


def _decoded_size(text: str) -> int:
    """Bytes that base64 text, with spaces perhaps, stands for."""
    letters = sum(not character.isspace() for character in text)
    return letters * 3 // 4 - text.count("=")


def security_groups(conn: Connection, context: RequestContext, names: list[str]) -> list[int]:
    """The numbers of the project's groups of these names; the default group is made when first needed."""
    wanted = list(dict.fromkeys(names or ["default"]))
    return security_group_rows.numbers_of(conn, context, wanted)


def join_group(conn: Connection, context: RequestContext, group: str, servers: list[str]) -> None:
    """Put new servers into a server group; BadRequest for one that is unknown or another project's."""
    query = select(instance_groups.c.id).where(instance_groups.c.uuid == group)
    if not context.is_admin:
        query = query.where(instance_groups.c.project_id == context.project_id)
    number = conn.execute(query).scalar()
    if number is None:
        raise BadRequest(reason=f"Instance group {group} could not be found.")
    conn.execute(insert(instance_group_member), [{"group_id": number, "instance_uuid": server} for server in servers])
