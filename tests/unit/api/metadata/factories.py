"""A guest with everything a metadata tree may show, and an application around fakes."""

from __future__ import annotations

import base64

import webob
from oslo_config import cfg

from nova.api.metadata.handler import MetadataRequestHandler
from nova.api.metadata.settings import OPTIONS
from nova.api.web.call import ENVIRON_KEY
from nova.contracts.errors import Conflict, NotFound
from nova.contracts.flavor import Flavor
from nova.contracts.guest import BlockDevice, Guest, InjectedFile
from nova.contracts.image import Image
from nova.contracts.metadata import GuestPasswords, Metadata
from nova.contracts.network import FixedIp, NetworkRef, Subnet, Vif

ADDRESS = "10.0.0.3"
KEY = "ssh-ed25519 AAAAC3Nza user@example"


def make_guest(**changes):
    subnet = Subnet(cidr="10.0.0.0/24", gateway="10.0.0.1", dhcp_server="10.0.0.1", dns=["192.0.2.53"])
    vif = Vif(
        id="vif-1",
        address="fa:16:3e:00:00:01",
        device="tap1",
        network=NetworkRef(id="net-1", label="private", bridge="br100"),
        ips=[FixedIp(address=ADDRESS, subnet=subnet, floating=["203.0.113.7"])],
    )
    facts = {
        "uuid": "6f70656e-7374-6163-6b20-342065766572",
        "number": 10,
        "name": "instance-0000000a",
        "hostname": "demo-1",
        "display_name": "Demo 1",
        "project_id": "project-1",
        "user_id": "user-1",
        "flavor": Flavor(flavorid="1", name="m1.tiny", memory_mb=512, vcpus=1, root_gb=1),
        "image": Image(id="image-1"),
        "kernel": Image(id="kernel-1"),
        "block_devices": [
            BlockDevice(id="b1", source="image", boot_index=0, device_name="/dev/vda", image_id="image-1"),
            BlockDevice(id="b2", source="blank", device_name="/dev/vdb"),
            BlockDevice(id="b3", source="blank", guest_format="swap", device_name="/dev/vdc"),
        ],
        "vifs": [vif],
        "meta": {"role": "web"},
        "keys": {"mine": KEY},
        "user_data": base64.b64encode(b"#!/bin/sh\necho \xff\n").decode(),
        "files": [InjectedFile(path="/etc/motd", contents=base64.b64encode(b"hello").decode())],
        "admin_password": "do-not-tell",
        "availability_zone": "nova",
        "launch_index": 2,
        "reservation_id": "r-abcdefgh",
        "security_groups": ["default", "web"],
    }
    return Guest(**(facts | changes))


class FakeConductor:
    """Keeps both contracts of the metadata service: knows guests by address, counts how often it is asked."""

    def __init__(self, **guests):
        self.guests, self.asked, self.trouble = {ADDRESS: make_guest()} | guests, [], None
        self.passwords = {}

    def by_address(self, context, *, address):
        self.asked.append(address)
        if self.trouble:
            raise self.trouble
        if address not in self.guests:
            raise NotFound(what="Server at", id=address)
        return self.guests[address]

    def leave(self, context, *, server, sealed):
        if server in self.passwords:
            raise Conflict(reason="There is a password already.")
        self.passwords[server] = sealed


class LookupEndpoint(Metadata):
    """One contract, as the bus wants it."""

    def __init__(self, conductor):
        self.conductor = conductor

    def by_address(self, context, *, address):
        return self.conductor.by_address(context, address=address)


class PasswordEndpoint(GuestPasswords):
    """The other one."""

    def __init__(self, conductor):
        self.conductor = conductor

    def leave(self, context, *, server, sealed):
        self.conductor.leave(context, server=server, sealed=sealed)


class Service:
    """The application as nova-api-metadata runs it, below Paste."""

    def __init__(self, **options):
        self.conductor = FakeConductor()
        self.conf = cfg.ConfigOpts()
        self.conf.register_opts(OPTIONS["DEFAULT"])
        self.conf([], default_config_files=[])
        for name, value in options.items():
            self.conf.set_override(name, value)
        self.bus = self
        self._app = MetadataRequestHandler.factory({})

    def client(self, contract):
        return self.conductor

    def ask(self, path, address=ADDRESS, method="GET", body=b"", chunked=False, **headers):
        request = webob.Request.blank(path, method=method, body=body, remote_addr=address)
        if chunked:
            request.content_length = None
            request.environ["wsgi.input_terminated"] = True
        request.headers.update({name.replace("_", "-"): value for name, value in headers.items()})
        request.environ[ENVIRON_KEY] = self
        return request.get_response(self._app)

    def lines(self, path):
        answer = self.ask(path)
        assert answer.status_int == 200, path
        return answer.text.split("\n")
