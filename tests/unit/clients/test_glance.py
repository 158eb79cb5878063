"""The client against a small Glance on loopback, well and unwell."""

import hashlib
import json
import socket
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from urllib.parse import parse_qs, urlsplit

import pytest
from keystoneauth1 import loading
from oslo_config import cfg

from nova.base import settings
from nova.base.context import RequestContext
from nova.clients import settings as client_settings
from nova.clients.fake_glance import BUILT_IN, FakeGlance, document
from nova.clients.glance import Glance, open_images
from nova.contracts.errors import BadRequest, Conflict, Forbidden, NotFound, Unauthorized, Unavailable

CALLER = RequestContext(auth_token="the-caller", user_id="u", project_id="p", overwrite=False)
DATA = b"image data " * 200_000


class SmallGlance(BaseHTTPRequestHandler):
    """Serves `server.documents`; `server.fails` holds statuses to answer first, `server.cut` ends a stream early."""

    protocol_version = "HTTP/1.1"

    def log_message(self, *arguments):
        pass

    def do_GET(self):
        self.server.seen.append((self.command, self.path, self.headers.get("X-Auth-Token")))
        self.server.believed = self.headers.get("X-Roles")
        if self.server.hold is not None:
            self.server.hold.wait(10)
        path = urlsplit(self.path)
        parts = path.path.split("/")[3:]
        if self.server.fails:
            return self.answer(self.server.fails.pop(0), {})
        if not parts:
            return self.page(parse_qs(path.query))
        found = self.server.documents.get(parts[0])
        if found is None:
            return self.answer(404, {})
        if parts[1:] == ["file"]:
            return self.stream()
        if self.command == "PATCH":
            return self.patch(found)
        return self.answer(204 if self.command == "DELETE" else 200, found)

    do_DELETE = do_PATCH = do_GET  # noqa: N815

    def page(self, query):
        documents = list(self.server.documents.values())
        start = int(query.get("marker", ["0"])[0])
        answer = {"images": documents[start : start + 2]}
        if start + 2 < len(documents):
            answer["next"] = f"/v2/images?marker={start + 2}"
        return self.answer(200, answer)

    def patch(self, found):
        assert self.headers["Content-Type"] == "application/openstack-images-v2.1-json-patch"
        for change in json.loads(self.rfile.read(int(self.headers["Content-Length"]))):
            found.pop(change["path"][1:], None)
            if change["op"] != "remove":
                found[change["path"][1:]] = change["value"]
        return self.answer(200, found)

    def stream(self):
        self.send_response(200)
        self.send_header("Content-Type", "application/octet-stream")
        self.send_header("Content-Length", str(len(DATA)))
        self.end_headers()
        self.wfile.write(DATA[: self.server.cut])
        self.close_connection = True

    def answer(self, status, body):
        text = b"" if status == 204 else self.server.plain or json.dumps(body).encode()
        self.send_response(status)
        if text and not self.server.plain:
            self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(text)))
        self.end_headers()
        self.wfile.write(text)


@pytest.fixture
def server():
    server = ThreadingHTTPServer(("127.0.0.1", 0), SmallGlance)
    server.documents = {name: document(name, DATA, os_distro="debian") for name in ("a", "b", "c")}
    server.seen, server.fails, server.cut, server.hold, server.plain = [], [], None, None, None
    server.url = f"http://127.0.0.1:{server.server_port}"
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02})
    thread.start()
    yield server
    if server.hold is not None:
        server.hold.set()
    server.shutdown()
    thread.join()
    server.server_close()


def settings_for(**options):
    conf = cfg.ConfigOpts()
    settings.register(conf, [client_settings.OPTIONS])
    conf([])
    for name, value in options.items():
        conf.set_override(name, value, group="glance")
    return conf


@pytest.fixture
def glance(server):
    return Glance(settings_for(api_servers=[server.url]))


def free_port():
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        return taken.getsockname()[1]


def test_an_image_is_read_with_the_callers_token_and_one_request(server, glance):
    image = glance.get(CALLER, "a")
    assert (image.id, image.size, image.disk_format, image.properties) == (
        "a",
        len(DATA),
        "raw",
        {"os_distro": "debian"},
    )
    assert image.hash_value == hashlib.sha512(DATA).hexdigest()
    assert server.seen == [("GET", "/v2/images/a", "the-caller")]


def test_without_keystone_the_caller_is_named_in_headers(server):
    glance = Glance(settings_for(api_servers=[server.url], auth_type="none"))
    glance.get(RequestContext(user_id="u", project_id="p", roles=["member"], overwrite=False), "a")
    assert (server.seen[-1][2], server.believed) == ("u:p", "member")
    list(glance.download("a"))
    assert (server.seen[-1][2], server.believed) == ("nova:service", "admin")


def test_an_id_cannot_lead_to_another_path(server, glance):
    with pytest.raises(NotFound):
        glance.get(CALLER, "../../v2/images/a")
    assert server.seen[0][1] == "/v2/images/..%2F..%2Fv2%2Fimages%2Fa"


def test_lists_follow_pages_up_to_the_limit(server, glance):
    assert [image.id for image in glance.find(CALLER, limit=3)] == ["a", "b", "c"]
    assert [image.id for image in glance.find(CALLER, filters={"name": "x y&z"}, limit=1)] == ["a"]
    assert parse_qs(urlsplit(server.seen[-1][1]).query)["name"] == ["x y&z"]
    assert [image.id for image in glance.find(CALLER)] == ["a", "b"]


def test_properties_are_set_and_replaced(server, glance):
    image = glance.set_properties(CALLER, "a", {"one": "1"})
    assert image.properties == {"os_distro": "debian", "one": "1"}
    assert glance.set_properties(CALLER, "a", {"two": "2"}, replace=True).properties == {"two": "2"}
    assert glance.set_properties(CALLER, "a", {"two": "2", "size": "7"}).size == len(DATA)
    assert [method for method, _, _ in server.seen] == ["GET", "PATCH", "GET", "PATCH", "GET"]


def test_delete(server, glance):
    glance.delete(CALLER, "b")
    assert server.seen == [("DELETE", "/v2/images/b", "the-caller")]


@pytest.mark.parametrize(
    ("status", "error"),
    [
        *((400, BadRequest), (401, Unauthorized), (403, Forbidden), (404, NotFound), (409, Conflict)),
        *((429, Unavailable), (500, Unavailable), (504, Unavailable)),
    ],
)
def test_refusals_have_their_class(server, glance, status, error):
    server.fails = [status]
    with pytest.raises(error) as caught:
        glance.get(CALLER, "a")
    assert str(caught.value)


def test_a_proxys_error_page_in_no_known_form_is_unavailable(server, glance):
    server.fails = [502]
    server.plain = b"\xff no upstream"
    with pytest.raises(Unavailable):
        glance.get(CALLER, "a")


def test_what_fails_for_a_moment_is_tried_again(server):
    glance = Glance(settings_for(api_servers=[server.url], num_retries=1))
    server.fails = [503]
    assert glance.get(CALLER, "a").id == "a"


def test_another_server_is_tried_when_one_is_away(server):
    glance = Glance(settings_for(api_servers=[f"http://127.0.0.1:{free_port()}", server.url], num_retries=1))
    glance.pause = 0
    assert [glance.get(CALLER, "a").id for _ in range(20)] == ["a"] * 20


def test_a_server_that_is_away_is_unavailable():
    glance = Glance(settings_for(api_servers=[f"http://127.0.0.1:{free_port()}"]))
    with pytest.raises(Unavailable, match="Glance does not answer"):
        glance.get(CALLER, "a")
    with pytest.raises(Unavailable):
        glance.download("a")


def test_a_server_that_never_answers_is_unavailable(server):
    server.hold = threading.Event()
    glance = Glance(settings_for(api_servers=[server.url], timeout=1))
    with pytest.raises(Unavailable):
        glance.get(CALLER, "a")


def test_no_address_at_all_is_unavailable():
    with pytest.raises(Unavailable):
        Glance(settings_for()).get(CALLER, "a")


def test_keystone_away_is_unavailable():
    conf = settings_for(auth_type="password")
    keystone = f"http://127.0.0.1:{free_port()}/v3"
    glance_section = {"auth_url": keystone, "username": "nova", "password": "secret", "user_domain_id": "default"}
    conf.register_opts(loading.get_auth_plugin_conf_options("password"), group="glance")
    for name, value in glance_section.items():
        conf.set_override(name, value, group="glance")
    with pytest.raises(Unavailable):
        Glance(conf).download("a")
    with pytest.raises(Unauthorized):
        Glance(conf).get(RequestContext(overwrite=False), "a")


def test_data_streams_in_pieces(glance):
    pieces = list(glance.download("a"))
    assert b"".join(pieces) == DATA and len(pieces) > 1


def test_a_stream_that_breaks_off_is_unavailable(server, glance):
    server.cut = 100_000
    with pytest.raises(Unavailable, match="broke off"):
        list(glance.download("a"))


def test_an_image_that_is_gone_has_no_data(glance):
    with pytest.raises(NotFound):
        glance.download("gone")


def test_the_options_choose_the_store(server, tmp_path):
    assert isinstance(open_images(settings_for(api_servers=[server.url])), Glance)
    built_in = open_images(settings_for(api_servers=["fake://"]))
    assert built_in.get(CALLER, BUILT_IN).status == "active"
    assert isinstance(open_images(settings_for(api_servers=[f"fake://{tmp_path}"])), FakeGlance)
