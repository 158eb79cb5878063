"""Settings of the HTTP daemons. Names from newer releases' [api] section are taken as well."""

from oslo_config import cfg

from nova.contracts import naming


def _also(name: str, group: str = "api") -> list[cfg.DeprecatedOpt]:
    return [cfg.DeprecatedOpt(name, group=group)]


OPTIONS: dict[str, list[cfg.Opt]] = {
    "DEFAULT": [
        *naming.OPTIONS["DEFAULT"],
        cfg.StrOpt(
            "auth_strategy",
            default="keystone",
            choices=["keystone", "noauth2"],
            deprecated_opts=_also("auth_strategy"),
            help="The pipeline of the API: keystone checks tokens, noauth2 believes every caller (tests only).",
        ),
        cfg.ListOpt("enabled_apis", default=["osapi_compute"], help="What nova-api serves."),
        cfg.ListOpt("enabled_ssl_apis", default=[], help="Which of them answer over TLS."),
        cfg.StrOpt(
            "osapi_compute_listen",
            default="0.0.0.0",  # noqa: S104 - the default that deployments know
            help="The address the Compute API listens on; the default is all of them, so set it.",
        ),
        cfg.PortOpt("osapi_compute_listen_port", default=8774, help="The Compute API's port."),
        cfg.IntOpt(
            "osapi_compute_workers", min=1, help="Processes of the Compute API; default: one a core, 8 at most."
        ),
        cfg.StrOpt(
            "metadata_listen",
            default="0.0.0.0",  # noqa: S104 - the default that deployments know
            help="The address the metadata service listens on; the default is all of them, so set it.",
        ),
        cfg.PortOpt("metadata_listen_port", default=8775, help="The metadata service's port."),
        cfg.IntOpt(
            "metadata_workers", min=1, help="Processes of the metadata service; default: one a core, 8 at most."
        ),
        cfg.IntOpt(
            "osapi_max_limit",
            default=1000,
            min=1,
            deprecated_opts=_also("max_limit"),
            help="The most items one page of a list may hold.",
        ),
        cfg.StrOpt(
            "osapi_compute_link_prefix",
            deprecated_opts=_also("compute_link_prefix"),
            help="The public base URL for links in answers, where it differs from what the daemon sees.",
        ),
        cfg.StrOpt(
            "osapi_glance_link_prefix",
            deprecated_opts=_also("glance_link_prefix"),
            help="The public base URL of Glance for links to images.",
        ),
        cfg.BoolOpt(
            "enable_instance_password",
            default=True,
            deprecated_opts=_also("enable_instance_password"),
            help="Show the administrator's password in the answer to a create.",
        ),
        cfg.IntOpt("password_length", default=12, min=0, max=255, help="Letters of a password that is made up."),
        cfg.ListOpt(
            "osapi_hide_server_address_states",
            default=["building"],
            help="States in which a server's addresses are not shown yet.",
        ),
    ],
    "vnc": [
        cfg.URIOpt(
            "novncproxy_base_url",
            default="http://127.0.0.1:6080/vnc_auto.html",
            deprecated_opts=[cfg.DeprecatedOpt("novncproxy_base_url", group="DEFAULT")],
            help="The public address of nova-novncproxy's page, which users' browsers open.",
        ),
    ],
    "wsgi": [
        cfg.StrOpt("api_paste_config", default="api-paste.ini", help="The file of the WSGI pipelines."),
        cfg.StrOpt("ssl_ca_file", help="CA certificates that clients' certificates are checked against."),
        cfg.StrOpt("ssl_cert_file", help="The server's certificate."),
        cfg.StrOpt("ssl_key_file", help="The server's private key."),
        cfg.IntOpt("tcp_keepidle", default=600, min=0, help="Seconds of silence before a connection is probed."),
        cfg.IntOpt("default_pool_size", default=1000, min=1, help="Connections a worker serves at once."),
        cfg.IntOpt("max_header_line", default=16384, min=1024, help="Bytes a header line may have; all: eight times."),
        cfg.BoolOpt("keep_alive", default=True, help="Keep connections open for more requests."),
        cfg.IntOpt("client_socket_timeout", default=900, min=0, help="Seconds a silent client is kept; 0: for ever."),
    ],
}
