"""Options of nova-consoleauth and of the console proxies."""

from __future__ import annotations

from oslo_config import cfg

DEFAULT_CERT = "self.pem"

CONSOLEAUTH_OPTIONS: dict[str, list[cfg.Opt]] = {
    "consoleauth": [
        cfg.IntOpt(
            "token_ttl",
            default=600,
            min=1,
            deprecated_opts=[cfg.DeprecatedOpt("console_token_ttl", group="DEFAULT")],
            help="Seconds in which a console token must be used.",
        ),
    ],
}

PROXY_OPTIONS: dict[str, list[cfg.Opt]] = {
    "DEFAULT": [
        cfg.BoolOpt("ssl_only", default=False, help="Whether console proxies refuse connections without TLS."),
        cfg.BoolOpt("source_is_ipv6", default=False, help="Whether console proxies listen on IPv6."),
        cfg.StrOpt(
            "cert",
            default=DEFAULT_CERT,
            help="The console proxies' certificate. Without the default file there is no TLS; another must exist.",
        ),
        cfg.StrOpt("key", help="The key of that certificate, when it is not in the same file."),
        cfg.StrOpt("web", default="/usr/share/novnc", help="Folder of the web pages that the console proxy serves."),
    ],
    "console": [
        cfg.ListOpt(
            "allowed_origins",
            default=[],
            deprecated_opts=[cfg.DeprecatedOpt("console_allowed_origins", group="DEFAULT")],
            help="Host names from which pages may open consoles, beside the one the proxy itself is asked by.",
        ),
        cfg.StrOpt("ssl_ciphers", help="OpenSSL's list of ciphers for TLS 1.2; by default what Python chooses."),
        cfg.StrOpt(
            "ssl_minimum_version",
            default="default",
            choices=["default", "tlsv1_1", "tlsv1_2", "tlsv1_3"],
            help="The oldest TLS that console proxies speak.",
        ),
        cfg.IntOpt("max_connections", default=1000, min=1, help="Connections a console proxy has at once."),
        cfg.IntOpt("handshake_timeout", default=10, min=1, help="Seconds a client may take to say what it wants."),
    ],
}

NOVNCPROXY_OPTIONS: dict[str, list[cfg.Opt]] = {
    "vnc": [
        cfg.StrOpt(
            "novncproxy_host",
            default="0.0.0.0",  # noqa: S104 - the default that deployments know
            deprecated_opts=[cfg.DeprecatedOpt("novncproxy_host", group="DEFAULT")],
            help="The address nova-novncproxy listens on; the default is all of them, so set it.",
        ),
        cfg.PortOpt(
            "novncproxy_port",
            default=6080,
            deprecated_opts=[cfg.DeprecatedOpt("novncproxy_port", group="DEFAULT")],
            help="The port nova-novncproxy listens on.",
        ),
    ],
}

OPTIONS: dict[str, list[cfg.Opt]] = CONSOLEAUTH_OPTIONS | PROXY_OPTIONS | NOVNCPROXY_OPTIONS
