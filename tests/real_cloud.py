"""A real cloud with libvirt, used as a person uses it: what its host carries, and guests reached by ping and ssh."""

from __future__ import annotations

import json
import re
import socket
import struct
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from tests.integration.people import User
from tests.integration.stacks import CommandFailed, Stack, run, wait
from tests.lab.namespaces import entered

INDEX = 20
ETHERNET_IPV4 = b"\x08\x00"
ALL_PROTOCOLS = 3
UDP = 17
DHCP_CLIENT = (68).to_bytes(2)
# Linux' number; Python has no name for it.
SO_TIMESTAMPNS = 35
GUEST_SECONDS = 120
"""How long a guest may take to boot on a busy machine."""


Carried = dict[str, list[str]]


class Cloud(Stack):
    """The stack that the tiers `lab` and `browser` share: libvirt, Keystone, and the guest demo-1."""

    def __init__(self) -> None:
        super().__init__("lab", INDEX, VIRT_DRIVER="libvirt", DEMO=1)

    @property
    def name_of_network(self) -> str:
        """The network namespace."""
        return "nova-int-lab"

    @property
    def key(self) -> Path:
        """The private key of project demo."""
        return self.data / "demo-key.pem"

    def inside(self, *argv: str, codes: tuple[int, ...] = (0,)) -> str:
        """What a program prints that runs in the cloud's network."""
        return run([str(self.data / "bin/in-cloud"), *argv], codes=codes)

    def virsh(self, *words: str) -> str:
        """What virsh prints."""
        return run([str(self.data / "bin/virsh"), "-q", *words])

    def sql(self, statement: str) -> None:
        """Change a record behind everybody's back."""
        run(["mariadb", f"--socket={self.data}/mariadb/mariadb.sock", "-u", "root", "-e", statement])

    def carries(self) -> Carried:
        """All that guests may leave on a host, line by line: domains, devices, folders, packet filters, DHCP."""
        state = self.data / "state"
        texts = [path for path in (state / "networks").iterdir() if path.suffix in (".conf", ".opts", ".sh")]
        return {
            "domain": sorted(self.virsh("list", "--all", "--name").split()),
            "device": sorted(link["ifname"] for link in json.loads(self.inside("ip", "-j", "link"))),
            "folder": sorted(path.name for path in (state / "instances").iterdir() if path.name != "_base"),
            **{name: self._filters(name) for name in ("iptables", "ip6tables", "ebtables")},
            **{path.name: path.read_text().splitlines() for path in texts},
        }

    def _filters(self, name: str) -> list[str]:
        """Every chain and rule with its table, sorted: groups that change give accepting rules another order."""
        table, found = "", []
        for line in self.inside(f"{name}-save").splitlines():
            if line.startswith("*"):
                table = line[1:]
            elif line.startswith((":", "-A ")):
                found.append(f"{table} {line.split(' [')[0]}")
        return sorted(found)

    def has_domain(self, server: str) -> bool:
        """Whether libvirt knows the server."""
        return server in self.virsh("list", "--all", "--uuid").split()


@dataclass
class Guest:
    """A server whose guest can be talked to."""

    person: User
    cloud: Cloud
    server: str
    known_hosts: Path
    _fixed: str = field(default="")

    @property
    def address(self) -> str:
        """Its first address."""
        if not self._fixed:
            shown = self.person.get(f"/servers/{self.server}")["server"]
            self._fixed = next(one["addr"] for some in shown["addresses"].values() for one in some)
        return self._fixed

    def pings(self) -> bool:
        """Whether one ping is answered."""
        done = subprocess.run(["ping", "-c", "1", "-W", "1", self.address], capture_output=True, timeout=10)
        return done.returncode == 0

    def console(self) -> str:
        """Its console log, by the client."""
        return self.person.openstack("console", "log", "show", self.server)

    def trust(self) -> None:
        """Take the host key that the guest printed on its console for the only right one."""
        said = r"BEGIN SSH HOST KEY KEYS.*?guest: (ssh-\S+ \S+)"

        def shown() -> Any:
            return re.findall(said, self.console(), re.DOTALL)

        keys = wait("the host key on the console", shown, GUEST_SECONDS, every=1)
        self.known_hosts.write_text(f"{self.address} {keys[-1]}\n")

    def ssh(self, command: str, codes: tuple[int, ...] = (0,), connect_seconds: int = 5) -> str:
        """What a command prints in the guest; the guest must have the host key of its console log."""
        options = ("BatchMode=yes", f"ConnectTimeout={connect_seconds}", "StrictHostKeyChecking=yes")
        settings = [*options, f"UserKnownHostsFile={self.known_hosts}", "IdentitiesOnly=yes", "LogLevel=ERROR"]
        words = [word for setting in settings for word in ("-o", setting)]
        return run(["ssh", *words, "-i", str(self.cloud.key), f"root@{self.address}", command], codes=codes)

    def lets_in(self) -> bool:
        """Whether a login by ssh succeeds just now."""
        try:
            self.ssh("true", connect_seconds=2)
        except CommandFailed:
            return False
        return True

    def ready(self, boots: int = 1) -> None:
        """Wait until it can be logged into, having booted so often."""

        def back() -> bool:
            return self.lets_in() and self.boots() == boots

        if not self.known_hosts.exists():
            self.trust()
        wait(f"boot {boots} of {self.address}", back, GUEST_SECONDS)

    def boots(self) -> int:
        """How often its disk has booted."""
        return int(self.ssh("cat /var/lib/guest/boots"))

    def status(self) -> str:
        """What the API says of it."""
        return str(self.person.get(f"/servers/{self.server}")["server"]["status"])


def wish(person: User, image: str = "test-guest", **more: Any) -> dict[str, Any]:
    """The body of a small server's create, from an image of this name."""
    server = {"name": "lab", "flavorRef": "42", "imageRef": person.image_id(image), "key_name": "demo"}
    return {"server": {**server, "networks": "auto", **more}}


def create(person: User, image: str = "test-guest", **more: Any) -> str:
    """Ask for a small server; answers its id."""
    return str(person.ask("POST", "/servers", wish(person, image, **more))["server"]["id"])


def allow_ssh(person: User) -> None:
    """Let everybody reach port 22 of the servers in the group "default"."""
    groups = person.get("/os-security-groups", version="2.35")["security_groups"]
    default = next(group["id"] for group in groups if group["name"] == "default")
    rule = {"parent_group_id": default, "ip_protocol": "tcp", "from_port": 22, "to_port": 22, "cidr": "0.0.0.0/0"}
    person.ask("POST", "/os-security-group-rules", {"security_group_rule": rule}, version="2.35")


def status_of(person: User, server: str) -> str | None:
    """The server's status; None when there is no such server."""
    answer = person.send("GET", f"/servers/{server}")
    return None if answer.status_code == 404 else str(answer.json()["server"]["status"])


def delete(person: User, server: str, seconds: float = 60) -> None:
    """Delete the server and wait until it is gone."""
    person.send("DELETE", f"/servers/{server}")
    wait(f"the end of server {server}", lambda: status_of(person, server) is None, seconds)


def until_as_before(cloud: Cloud, before: Carried, seconds: float = 60) -> None:
    """Wait until the host carries exactly what it carried, and an audit finds nothing."""

    def same() -> bool:
        now = cloud.carries()
        for part in before.keys() | now.keys():
            was, has = before.get(part, []), now.get(part, [])
            assert was == has, f"{part}: lost {set(was) - set(has)}, left {set(has) - set(was)}"
        found = cloud.audit()
        assert found == [], found
        return True

    wait("the host to be as before", same, seconds, every=0.5)


@contextmanager
def listening(cloud: Cloud, device: str) -> Iterator[Frames]:
    """Note the IPv4 frames on a device of the cloud while the block runs."""
    with entered(cloud.name_of_network):
        ear = socket.socket(socket.AF_PACKET, socket.SOCK_RAW, socket.htons(ALL_PROTOCOLS))
        ear.bind((device, 0))
    with ear:
        yield Frames(ear)


class Frames:
    """What passes on a device since it was listened to."""

    def __init__(self, ear: socket.socket) -> None:
        self._ear = ear
        ear.setsockopt(socket.SOL_SOCKET, SO_TIMESTAMPNS, 1)
        ear.setblocking(False)

    def heard(self) -> Iterator[tuple[float, bytes]]:
        """When (seconds since 1970) and what: IPv4 packets with their headers."""
        while True:
            try:
                frame, notes, _flags, _address = self._ear.recvmsg(2048, 64)
            except BlockingIOError:
                return
            if frame[12:14] == ETHERNET_IPV4:
                seconds, nanoseconds = struct.unpack("qq", notes[0][2][:16])
                yield seconds + nanoseconds / 1e9, frame[14:]

    def sources(self) -> set[str]:
        """Source addresses of the packets."""
        return {socket.inet_ntoa(packet[12:16]) for _when, packet in self.heard()}

    def first_dhcp(self) -> float | None:
        """When the first guest asked for an address."""
        return next((when for when, packet in self.heard() if packet[9] == UDP and packet[20:22] == DHCP_CLIENT), None)
