"""From authorize to a screen: consoleauth and the proxy over the bus in memory."""

import pytest

from nova.base.context import admin_context
from nova.bus.daemon import RpcDaemon
from nova.console.assembly import CannotServe, Proxy
from nova.console.protocols import NoVnc
from nova.console.settings import CONSOLEAUTH_OPTIONS, NOVNCPROXY_OPTIONS, PROXY_OPTIONS
from nova.console.tokens import ConsoleAuthEndpoint
from nova.contracts.console import ConsoleAuth, ConsoleTokens
from nova.contracts.errors import NotFound
from tests.functional.over_bus import conductor, load_conf
from tests.unit.console.fakes import Client, FakeTokens, FakeVnc, make_access

OPTIONS = [CONSOLEAUTH_OPTIONS, PROXY_OPTIONS, NOVNCPROXY_OPTIONS]


def test_a_screen_by_its_token(tmp_path):
    conf = load_conf(tmp_path, OPTIONS, f"web = {tmp_path}\n[consoleauth]\ntoken_ttl = 60\n")
    tokens, vnc = FakeTokens(), FakeVnc()
    with conductor(conf, tokens) as bus:
        daemon = RpcDaemon(
            conf,
            "nova-consoleauth",
            "consoleauth",
            "here",
            lambda own: [ConsoleAuthEndpoint(own.client(ConsoleTokens), conf.consoleauth.token_ttl)],
        )
        proxy = Proxy(conf, NoVnc(), "127.0.0.1", 0)
        auth, context = bus.client(ConsoleAuth), admin_context()
        try:
            access = make_access(vnc.port)
            token = auth.authorize(context, access=access)
            with Client(proxy.port, f"/?token={token}") as client:
                assert client.read(12) == b"RFB 003.008\n"
            with pytest.raises(NotFound):
                auth.redeem(context, token=token)
            late = auth.authorize(context, access=access)
            tokens.now += 61
            with Client(proxy.port, f"/?token={late}") as client:
                assert client.status == "HTTP/1.1 403 Forbidden"
            assert vnc.sessions == 1
        finally:
            proxy.stop()
            daemon.stop()
            vnc.close()


def test_a_proxy_that_cannot_start_says_why(tmp_path):
    conf = load_conf(tmp_path, OPTIONS, f"ssl_only = true\ncert = {tmp_path}/none.pem\n")
    with pytest.raises(CannotServe, match=r"certificate .*none\.pem cannot be used"):
        Proxy(conf, NoVnc(), "127.0.0.1", 0)
    conf = load_conf(tmp_path, OPTIONS)
    taken = Proxy(conf, NoVnc(), "127.0.0.1", 0)
    try:
        with pytest.raises(CannotServe, match="Cannot serve consoles at 127"):
            Proxy(conf, NoVnc(), "127.0.0.1", taken.port)
    finally:
        taken.stop()
