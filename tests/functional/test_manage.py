"""nova-manage as operators run it: words in, lines and an exit code out."""

import contextlib
import datetime
import io
import json
import shutil
from types import SimpleNamespace

import pytest
from sqlalchemy import insert

from nova.bus.bus import Bus
from nova.cmd import manage
from nova.conductor import settings as conductor_settings
from nova.conductor.db import schema
from nova.conductor.db.engine import now
from nova.conductor.db.tables import fixed_ips, networks
from nova.conductor.fixed_ips import FixedIpEndpoint
from nova.conductor.quota_endpoint import QuotaEndpoint
from nova.conductor.services import ServiceEndpoint
from nova.contracts.audit import Finding
from nova.contracts.cloud_network import CloudNetworks
from nova.contracts.errors import Conflict
from nova.contracts.network import FloatingIp, Network
from nova.contracts.upkeep import Upkeep
from tests.databases import sqlite_url
from tests.functional.conductor.rows import add_server, admin
from tests.functional.over_bus import load_conf

# nova-manage's commands beside the API, with the arguments that operators know.
OFFERED = {
    "db sync": "--version VERSION --local_cell",
    "db version": "",
    "db online_data_migrations": "--max-count",
    "db archive_deleted_rows": "--max_rows --before --until-complete --purge --all-cells --task-log --sleep --verbose",
    "db purge": "--before --all --verbose --all-cells",
    "fixed list": "--host --format",
    "fixed reserve": "--address",
    "fixed unreserve": "--address",
    "floating create": "--ip_range --pool --interface",
    "floating delete": "--ip_range",
    "floating list": "--host --format",
    "host list": "zone --format",
    "network create": "--label --fixed_range_v4 --num_networks --network_size --vlan --vlan_start --vpn"
    " --fixed_range_v6 --gateway --gateway_v6 --bridge --bridge_interface --multi_host --dns1 --dns2 --uuid"
    " --fixed_cidr --project_id --priority",
    "network delete": "--fixed_range --uuid",
    "network list": "--format",
    "network modify": "--fixed_range --project --host --disassociate-project --disassociate-host",
    "project quota": "--project --user --key --value --format",
    "account quota": "--project --user --key --value --format",
    "service list": "--host --service --format",
    "service enable": "--host --service",
    "service disable": "--host --service",
    "vm list": "--host --format",
    "audit": "--host --format",
    "version": "",
}


class Networks(CloudNetworks):
    """Remembers what it was asked."""

    def __init__(self):
        self.wishes, self.changes, self.gone, self.floating = [], [], [], []
        self.known = [Network(id=1, uuid="uuid-1", label="one", cidr="10.0.0.0/24")]

    def find(self, context, *, page):
        return [] if page.marker else self.known

    def get(self, context, *, id):
        return self.known[0]

    def create(self, context, *, wish):
        self.wishes.append(wish)
        return [Network(uuid="new", label=wish.label, cidr=wish.cidr)]

    def modify(self, context, *, id, fields):
        self.changes.append((id, fields))
        return self.known[0]

    def delete(self, context, *, id):
        if id == "busy":
            raise Conflict(reason="Network busy is in use.")
        self.gone.append(id)

    def create_floating(self, context, *, ip_range, pool, interface):
        self.floating.append((ip_range, pool, interface))
        return [FloatingIp(address="1.2.3.4", pool=pool)]

    def delete_floating(self, context, *, ip_range):
        return 16

    def find_floating(self, context, *, page, host=None):
        return [] if page.marker else [FloatingIp(address="1.2.3.4", pool="nova")]


class Audits(Upkeep):
    """Finds what it is told to."""

    found: list[Finding] = []

    def audit(self, context, *, hosts):
        assert context.is_admin
        return [finding for finding in self.found if not hosts or finding.where in hosts]


@pytest.fixture
def conf(tmp_path, empty_sqlite):
    """Settings in a file, as the program reads them."""
    path = shutil.copy(empty_sqlite, tmp_path / "nova.db")
    text = f"network_manager = nova.network.manager.FlatDHCPManager\n[database]\nconnection = {sqlite_url(path)}"
    return load_conf(tmp_path, [conductor_settings.OPTIONS], text)


@pytest.fixture
def run(conf, tmp_path, capsys):
    """Runs nova-manage; answers exit code, output, error output."""

    def run(*words):
        try:
            code = manage.main(["--config-file", str(tmp_path / "nova.conf"), *words])
        except SystemExit as usage:
            code = usage.code
        return code, *capsys.readouterr()

    return run


@pytest.fixture
def cloud(conf, database):
    """A conductor on the bus; the parts that tests look into."""
    parts = SimpleNamespace(networks=Networks(), audits=Audits(), services=ServiceEndpoint(database, conf))
    endpoints = [
        parts.services,
        QuotaEndpoint(database, conf),
        FixedIpEndpoint(database),
        parts.networks,
        parts.audits,
    ]
    bus = Bus(conf)
    server = bus.serve("conductor", "here", endpoints)
    server.start()
    yield parts
    server.stop()
    bus.close()


def test_the_schema(run, tmp_path, conf):
    assert run("db", "version") == (0, f"{schema.newest()}\n", "")
    code, out, _ = run("db", "sync")
    assert (code, out) == (0, f"The schema is at {schema.newest()}.\n")
    code, out, err = run("db", "sync", "--version", "9999")
    assert (code, out) == (2, "")
    assert "There is no version 9999" in err


def test_a_fresh_database_is_made(run, tmp_path):
    (tmp_path / "nova.db").unlink()
    assert run("db", "version")[1] == "none\n"
    code, out, _ = run("db", "sync", "0001")
    assert (code, out) == (0, "The schema was at None and is at 0001.\n")


def test_deleted_rows_are_removed(run, database):
    def work(conn):
        long_ago = now(conn) - datetime.timedelta(days=400)
        for number in range(1, 251):
            add_server(conn, deleted=number, deleted_at=long_ago if number > 1 else now(conn))

    database.transaction(work)
    assert run("db", "archive_deleted_rows", "--max_rows", "0")[0] == 2
    code, out, _ = run("db", "archive_deleted_rows", "--max-rows", "50", "--verbose")
    assert code == 1
    assert "instances  50" in out
    before = str(datetime.date.today() - datetime.timedelta(days=100))
    code, out, _ = run("db", "purge", "--before", before)
    assert (code, out.split("\n")[:2]) == (0, ["100 rows removed", "199 rows removed"])
    assert run("db", "purge", "--before", before)[0] == 3
    assert run("db", "archive_deleted_rows", "--until-complete")[0] == 1
    assert run("db", "archive_deleted_rows", "--until-complete") == (0, "Nothing to remove.\n", "")


def test_scripts_of_upgrades_find_nothing_left_to_move(run):
    assert run("db", "online_data_migrations", "--max-count", "50") == (0, "No data is left to be moved.\n", "")
    assert run("db", "online_data_migrations", "--max-count", "0")[0] == 127


@pytest.mark.parametrize(
    "words",
    [
        ("db", "archive_deleted_rows", "--max_rows", "5", "--all-cells", "--task-log", "--purge", "--sleep", "0"),
        ("db", "sync", "--local_cell"),
    ],
)
def test_words_of_clouds_with_cells_are_accepted(run, words):
    assert run(*words)[0] == 0


def test_every_command_of_the_contract_that_is_offered_takes_the_contracts_words():
    """What --help says of each, so that no script of an operator meets an unknown argument."""
    for words, options in OFFERED.items():
        with contextlib.redirect_stdout(io.StringIO()) as said, pytest.raises(SystemExit) as end:
            manage.main([*words.split(), "--help"])
        assert end.value.code == 0
        missing = [option for option in options.split() if option not in said.getvalue()]
        assert not missing, f"{words} lacks {missing}"


@pytest.mark.parametrize("words", [("db", "purge"), ("db", "purge", "--before", "soon"), ("service",), ("colour",)])
def test_what_is_not_understood_is_explained(run, words):
    code, out, err = run(*words)
    assert (code, out) == (2, "")
    assert err


@pytest.mark.parametrize(
    ("connection", "says"),
    [("", "connection is not set"), ("nonsense", "is not a URL"), ("sqlite:////no/such/folder/x.db", "unable to open")],
)
def test_a_database_that_cannot_be_used_is_explained(run, tmp_path, connection, says):
    (tmp_path / "nova.conf").write_text(f"[database]\nconnection = {connection}\n")
    code, out, err = run("db", "sync")
    assert (code, out) == (2, "")
    assert says in err


def test_no_conductor_no_answer(run):
    code, out, err = run("service", "list")
    assert (code, out) == (1, "")
    assert "nova-conductor does not answer" in err


def test_services(run, cloud):
    for binary in ("nova-compute", "nova-network"):
        cloud.services.beat(admin(), binary=binary, host="host1", topic="x")
    code, out, _ = run("service", "list")
    lines = out.splitlines()
    assert (code, len(lines)) == (0, 3)
    assert lines[1].split()[:5] == ["nova-compute", "host1", "nova", "enabled", "up"]
    assert run("service", "disable", "--host", "host1", "--service", "nova-compute", "--reason", "disk")[0] == 0
    _, out, _ = run("service", "list", "--service", "nova-compute", "--format", "json")
    assert json.loads(out)[0]["status"] == "disabled"
    assert run("service", "enable", "--host", "host1", "--service", "nova-compute")[0] == 0
    code, _, err = run("service", "enable", "--host", "host9", "--service", "nova-compute")
    assert code == 1
    assert "could not be found" in err


def test_hosts(run, cloud):
    for binary in ("nova-compute", "nova-network", "nova-scheduler"):
        cloud.services.beat(admin(), binary=binary, host="host1", topic="x")
    _, out, _ = run("host", "list")
    assert [line.split() for line in out.splitlines()] == [["Host", "Zone"], ["host1", "internal"], ["host1", "nova"]]
    _, out, _ = run("host", "list", "nova")
    assert [line.split() for line in out.splitlines()[1:]] == [["host1", "nova"]]


def test_networks_are_made_from_words_and_settings(run, cloud):
    words = ["--label", "private", "--fixed_range_v4", "10.0.0.0/24", "--bridge", "br100", "--multi_host", "T"]
    code, out, _ = run("network", "create", *words, "--network-size", "64")
    assert (code, out) == (0, "Network private (new): 10.0.0.0/24\n")
    (wish,) = cloud.networks.wishes
    assert (wish.manager, wish.bridge, wish.size, wish.count, wish.multi_host) == ("flatdhcp", "br100", 64, 1, True)
    assert (wish.dns1, wish.enable_dhcp, wish.vlan) == ("8.8.4.4", True, None)


def test_networks_are_found_by_their_range(run, cloud):
    assert "10.0.0.0/24" in run("network", "list")[1]
    assert run("network", "modify", "--fixed_range", "10.0.0.0/24", "--project", "p1", "--disassociate-host")[0] == 0
    assert cloud.networks.changes == [("uuid-1", {"project_id": "p1", "host": None})]
    assert run("network", "delete", "--fixed_range", "10.0.0.0/24")[0] == 0
    assert cloud.networks.gone == ["uuid-1"]


@pytest.mark.parametrize(
    ("words", "code", "says"),
    [
        (("create", "--label", "x"), 2, "--fixed_range_v4"),
        (("create", "--fixed_range_v4", "10.0.0.0/24"), 2, "--label"),
        (("delete",), 2, "--uuid"),
        (("delete", "--uuid", "busy"), 1, "in use"),
        (("delete", "--fixed_range", "10.9.9.0/24"), 2, "no network with the range"),
        (("modify", "--fixed_range", "10.0.0.0/24"), 2, "Say what to change"),
        (("modify", "--fixed_range", "10.0.0.0/24", "--host", "h", "--disassociate-host"), 2, "both"),
    ],
)
def test_networks_refused(run, cloud, words, code, says):
    found, out, err = run("network", *words)
    assert (found, out) == (code, "")
    assert says in err


def test_floating_addresses(run, cloud):
    assert run("floating", "create", "--ip_range", "1.2.3.0/28")[:2] == (0, "1 addresses are in pool nova.\n")
    assert cloud.networks.floating == [("1.2.3.0/28", "nova", "eth0")]
    assert "1.2.3.4" in run("floating", "list")[1]
    assert run("floating", "delete", "--ip_range", "1.2.3.0/28")[1] == "16 addresses are removed.\n"


def test_fixed_addresses(run, cloud, database):
    def work(conn):
        network = conn.execute(insert(networks).values(uuid="n", label="private")).inserted_primary_key[0]
        conn.execute(insert(fixed_ips).values(address="10.0.0.2", network_id=network))

    database.transaction(work)
    assert run("fixed", "reserve", "--address", "10.0.0.2")[0] == 0
    assert run("fixed", "list")[1].splitlines()[1].split() == ["private", "10.0.0.2", "-", "-", "-", "reserved"]
    assert run("fixed", "unreserve", "--address", "10.0.0.2")[0] == 0
    assert run("fixed", "list")[1].splitlines()[1].split()[-1] == "free"
    assert run("fixed", "reserve", "--address", "10.9.9.9")[0] == 1


def test_project_quotas(run, cloud):
    code, out, _ = run("project", "quota", "--project", "p1", "--key", "cores", "--value", "unlimited")
    assert code == 0
    assert ["cores", "unlimited", "0"] in [line.split() for line in out.splitlines()]
    assert run("project", "quota", "--project", "p1", "--key", "cores")[0] == 2
    assert run("project", "quota", "--project", "p1", "--key", "cores", "--value", "many")[0] == 2
    assert run("project", "quota", "--project", "p1", "--key", "colour", "--value", "1")[0] == 1


def test_audits_fail_when_they_find_something(run, cloud):
    assert run("audit") == (0, "Everything has an owner.\n", "")
    assert run("audit", "--format", "json") == (0, "[]\n", "")
    cloud.audits.found = [Finding(kind="tap", where="host1", what="tap0", hint="Delete it.")]
    code, out, _ = run("audit")
    assert (code, out.splitlines()[1].split()[:3]) == (1, ["tap", "host1", "tap0"])
    code, out, _ = run("audit", "--format", "json")
    assert code == 1
    assert json.loads(out) == [{"kind": "tap", "where": "host1", "what": "tap0", "owner": None, "hint": "Delete it."}]
    assert run("audit", "--host", "host2")[0] == 0


def test_version(run):
    code, out, _ = run("version")
    assert code == 0
    assert out.strip()
