"""The metadata service below its Paste pipeline, over the bus in memory."""

import webob

from nova.api import settings as api_settings
from nova.api.metadata import settings as metadata_settings
from nova.api.web import application
from nova.api.web.call import Api
from tests.functional.over_bus import conductor, load_conf
from tests.unit.api.metadata.factories import ADDRESS, FakeConductor, LookupEndpoint, PasswordEndpoint


def test_a_guest_asks(tmp_path):
    conf = load_conf(tmp_path, [api_settings.OPTIONS, metadata_settings.OPTIONS])
    guests = FakeConductor()
    with conductor(conf, LookupEndpoint(guests), PasswordEndpoint(guests)) as bus:
        app = application.with_api(application.load(conf, "metadata"), Api(conf, bus))

        def ask(path, address=ADDRESS, **how):
            return webob.Request.blank(path, remote_addr=address, **how).get_response(app)

        assert ask("/latest/meta-data/hostname").text == "demo-1.novalocal"
        assert ask("/openstack/latest/meta_data.json").json["name"] == "Demo 1"
        assert ask("/latest/user-data").body == b"#!/bin/sh\necho \xff\n"
        assert bus.sent["metadata.by_address"] == 1
        assert ask("/latest/meta-data/hostname", address="10.9.9.9").status_int == 404
        assert ask("/openstack/latest/password", method="POST", body=b"c2VhbGVk").status_int == 200
        assert ask("/openstack/latest/password", method="POST", body=b"c2VhbGVk").status_int == 409
