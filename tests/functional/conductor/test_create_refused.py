"""What a create must fulfil that only the database can tell: each refusal names its reason, and writes nothing."""

import base64

import pytest
from sqlalchemy import func, insert, select

from nova.conductor import flavors, guests
from nova.conductor.db.tables import (
    aggregate_metadata,
    aggregates,
    instance_group_member,
    instance_groups,
    instances,
    key_pairs,
    tasks,
)
from nova.conductor.servers.endpoint import ServerEndpoint
from nova.contracts.errors import BadRequest, Forbidden, NovaError, TooManyOf
from nova.contracts.flavor import Flavor
from nova.contracts.guest import BlockDevice, InjectedFile
from nova.contracts.image import Image
from nova.contracts.server import NetworkRequest, ServerRequest
from tests.functional.conductor.fakes import IdleRunner
from tests.functional.conductor.network_rows import add_network, add_service
from tests.functional.conductor.rows import add_host, user_context

OWNER = user_context()
GIB = 1024**3
SMALL = Flavor(flavorid="1", name="small", memory_mb=512, vcpus=1, root_gb=1, ephemeral_gb=2, swap=1024)
NOBODYS = "00000000-0000-0000-0000-000000000000"
MINE, THEIRS = "11111111-1111-1111-1111-111111111111", "22222222-2222-2222-2222-222222222222"


@pytest.fixture
def servers(database, conf):
    def prepare(conn):
        flavors.create(conn, SMALL)
        flavors.create(conn, Flavor(flavorid="2", name="boundless", memory_mb=512, vcpus=1, root_gb=0))
        add_network(conn)
        add_service(conn, "host1", "nova-compute")
        for uuid, project in ((MINE, "p1"), (THEIRS, "p2")):
            conn.execute(insert(instance_groups).values(uuid=uuid, project_id=project, user_id="u1", name="g"))
        conn.execute(
            insert(key_pairs).values(
                user_id="another", name="theirs", type="ssh", fingerprint="f", public_key="ssh-rsa AAAA"
            )
        )

    database.transaction(prepare)
    add_host(database, conf, "host1", hostname="node1")
    return ServerEndpoint(database, conf, IdleRunner())


def request(**wishes):
    image = Image(id="i", disk_format="raw", size=GIB)
    return ServerRequest(**{"name": "one", "flavorid": "1", "image": image, **wishes})


def blank(size_gb):
    return BlockDevice(id="", source="blank", size_gb=size_gb)


def swap(size_mb):
    return BlockDevice(id="", source="blank", swap_mb=size_mb, guest_format="swap")


REFUSED = [
    ({"flavorid": "nowhere"}, BadRequest, "Flavor nowhere could not be found"),
    ({"image": None}, BadRequest, "needs an image"),
    ({"image": Image(id="i", status="queued")}, BadRequest, "Image i is not active"),
    ({"flavorid": "2"}, Forbidden, "Only volume-backed servers are allowed for flavors with zero disk"),
    ({"image": Image(id="i", min_ram=513)}, BadRequest, "memory is too small for requested image: 512 MB.*513 MB"),
    ({"image": Image(id="i", min_disk=2)}, BadRequest, "disk is smaller than the minimum size.*1 GB.*2 GB"),
    ({"image": Image(id="i", size=GIB + 1)}, BadRequest, f"disk is too small.*{GIB} bytes.*{GIB + 1} bytes"),
    ({"block_devices": [swap(1025)]}, BadRequest, "Swap drive requested is larger than the flavor's 1024 MB"),
    ({"block_devices": [blank(2), blank(1)]}, BadRequest, "Ephemeral disks requested are larger than the flavor's 2"),
    ({"availability_zone": "moon"}, BadRequest, "availability zone is not available"),
    ({"forced_host": "host2"}, BadRequest, "Compute host host2 could not be found"),
    ({"requested_host": "host2"}, BadRequest, "Compute host host2 could not be found"),
    ({"requested_node": "node2"}, BadRequest, "Hypervisor node2 could not be found"),
    ({"forced_host": "host1", "forced_node": "node2"}, BadRequest, "Hypervisor node2 could not be found on host host1"),
    ({"key_name": "theirs"}, BadRequest, "Invalid key_name provided"),
    ({"networks": [NetworkRequest(network=NOBODYS)]}, BadRequest, f"Network {NOBODYS} could not be found"),
    ({"security_groups": ["nowhere"]}, BadRequest, "Security group nowhere not found"),
    ({"hints": {"group": NOBODYS}}, BadRequest, f"Instance group {NOBODYS} could not be found"),
    ({"hints": {"group": THEIRS}}, BadRequest, f"Instance group {THEIRS} could not be found"),
    ({"metadata": {str(n): "x" for n in range(129)}}, TooManyOf, "metadata items.*128"),
    ({"files": [InjectedFile(path=f"/{n}", contents="") for n in range(6)]}, TooManyOf, "injected files.*5"),
    ({"files": [InjectedFile(path="/" + "x" * 255, contents="")]}, TooManyOf, "path.*255"),
    ({"files": [InjectedFile(path="/x", contents="A" * 13656)]}, TooManyOf, "bytes in an injected file.*10240"),
    ({"min_count": 501, "max_count": 501}, BadRequest, "min_count must not be more than 500"),
    ({"min_count": 11, "max_count": 11}, Forbidden, "Quota exceeded for instances: Requested 11, but already used 0"),
]


@pytest.mark.parametrize(("wishes", "error", "words"), REFUSED, ids=[words[:40] for _, _, words in REFUSED])
def test_a_refusal_says_why_and_writes_nothing(servers, database, wishes, error, words):
    with pytest.raises(NovaError, match=words) as refusal:
        servers.create(OWNER, request=request(**wishes))
    assert isinstance(refusal.value, error)
    for table in (instances, tasks, instance_group_member):
        assert database.read(lambda conn, table=table: conn.execute(select(func.count(table.c.id))).scalar_one()) == 0


FULFILLED = [
    {"image": Image(id="i", min_ram=512, min_disk=1, size=GIB)},
    {"block_devices": [swap(1024), blank(2)]},
    {"availability_zone": "nova"},
    {"availability_zone": "sun"},
    {"forced_host": "host1"},
    {"forced_host": "host1", "forced_node": "node1"},
    {"requested_node": "node1"},
    {"hints": {"group": MINE}},
    {"metadata": {str(n): "x" for n in range(128)}},
    {"files": [InjectedFile(path="/" + "x" * 254, contents=base64.encodebytes(b"x" * 10240).decode())] * 5},
    {"flavorid": "2", "zero_disk": True},
    {"min_count": 10, "max_count": 11},
]


@pytest.mark.parametrize("wishes", FULFILLED, ids=[str(wishes)[:40] for wishes in FULFILLED])
def test_what_just_fits_is_taken(servers, database, wishes):
    def add_zone(conn):
        id = conn.execute(insert(aggregates).values(uuid=MINE, name="a")).inserted_primary_key[0]
        conn.execute(insert(aggregate_metadata).values(aggregate_id=id, key="availability_zone", value="sun"))

    database.transaction(add_zone)
    made = servers.create(OWNER, request=request(**wishes)).servers
    assert len(made) == wishes.get("min_count", 1)
    members = database.read(lambda conn: conn.execute(select(instance_group_member.c.instance_uuid)).scalars().all())
    assert members == (made if "hints" in wishes else [])


def test_a_host_is_told_each_disks_size_in_its_own_unit(servers, database, conf):
    (server,) = servers.create(OWNER, request=request(block_devices=[swap(512), blank(2)])).servers
    query = select(instances).where(instances.c.uuid == server)
    (guest,) = database.read(lambda conn: guests.of_rows(conn, conf, [conn.execute(query).one()]))
    assert {(one.guest_format, one.size_gb, one.swap_mb) for one in guest.block_devices} == {
        ("swap", 0, 512),
        (None, 2, 0),
    }


@pytest.mark.parametrize("forced", [False, True])
def test_operators_may_give_every_server_a_config_drive(servers, database, conf, forced):
    conf.set_override("force_config_drive", forced)
    servers.create(OWNER, request=request())
    assert database.read(lambda conn: conn.execute(select(instances.c.config_drive)).scalar_one()) is forced
