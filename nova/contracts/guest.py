"""A guest as a hypervisor host must make it: everything a boot needs, so that the host asks nobody."""

from __future__ import annotations

from nova.contracts.flavor import Flavor
from nova.contracts.image import Image
from nova.contracts.network import Rule, Vif
from nova.contracts.record import Record
from nova.contracts.states import PowerState


class BlockDevice(Record, frozen=True, kw_only=True):
    """A disk of the guest.

    `source` is image, blank, volume or snapshot; `destination` local or volume; `boot_index` 0 for the root disk,
    None or negative for others. `guest_format` swap, ephemeral's file system, or None. `size_gb` 0: the source's own.
    A swap disk has `swap_mb` instead; 0: the flavor's.
    """

    id: str
    source: str
    destination: str = "local"
    boot_index: int | None = None
    device_name: str | None = None
    device_type: str | None = None
    disk_bus: str | None = None
    guest_format: str | None = None
    size_gb: int = 0
    swap_mb: int = 0
    image_id: str | None = None
    volume_id: str | None = None
    delete_on_termination: bool = True
    tag: str | None = None


class InjectedFile(Record, frozen=True, kw_only=True):
    """A file asked for at create ("personality"); `contents` is base64."""

    path: str
    contents: str


class Guest(Record, frozen=True, kw_only=True):
    """Desired guest. `number` is the server's small id; `name` the hypervisor's name for it (instance-0000000a).

    `kernel` and `ramdisk` are set for images that are started by the host's direct kernel boot. `rules` are what may
    reach it, `security_groups` the names of their groups. `user_data` is base64. `ec2_ids` names the image, kernel and
    ramdisk in EC2's words (keys ami, aki, ari) once they have such names. `sealed_password` is what the guest itself
    left at the metadata service. `told_at`: see GuestRef.
    """

    uuid: str
    number: int
    name: str
    hostname: str
    display_name: str
    project_id: str
    user_id: str
    project_name: str | None = None
    user_name: str | None = None
    flavor: Flavor
    image: Image | None = None
    kernel: Image | None = None
    ramdisk: Image | None = None
    block_devices: list[BlockDevice] = []
    vifs: list[Vif] = []
    rules: list[Rule] = []
    config_drive: bool = False
    meta: dict[str, str] = {}
    keys: dict[str, str] = {}
    user_data: str | None = None
    files: list[InjectedFile] = []
    admin_password: str | None = None
    availability_zone: str | None = None
    launch_index: int = 0
    reservation_id: str | None = None
    created_at: str | None = None
    security_groups: list[str] = []
    ec2_ids: dict[str, str] = {}
    sealed_password: str | None = None
    told_at: float = 0.0


class GuestRef(Record, frozen=True, kw_only=True):
    """Which guest is meant, for what needs no more: also what is known of one found without a record.

    `told_at` is when the record was read, in seconds of the database's clock: a host that has removed a guest since
    does not make it again because an older message comes late. 0: not known.
    """

    uuid: str
    number: int = 0
    name: str = ""
    vifs: list[Vif] = []
    told_at: float = 0.0


class GuestState(Record, frozen=True, kw_only=True):
    """A guest as the hypervisor sees it."""

    uuid: str
    power_state: PowerState
    name: str = ""


class ConsoleTarget(Record, frozen=True, kw_only=True):
    """Where a guest's screen is served on its host; `kind` is vnc, spice or serial."""

    kind: str
    host: str
    port: int
    internal_access_path: str | None = None
