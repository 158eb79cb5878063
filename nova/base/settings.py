"""Settings: each room declares its options once, a daemon loads those it needs and hands them over.

No module reads the global object: it exists because oslo.messaging insists on it.
"""

from __future__ import annotations

import functools
import os
import socket
import sys
from collections.abc import Iterable, Mapping, Sequence
from importlib import metadata
from pathlib import Path

from oslo_config import cfg
from oslo_log import log as oslo_log

OptionTable = Mapping[str, Sequence[cfg.Opt]]

OPTIONS: dict[str, list[cfg.Opt]] = {
    "DEFAULT": [
        cfg.StrOpt(
            "host",
            default=socket.gethostname(),
            sample_default="the host's name",
            help="This host's name in the cloud; must not change.",
        ),
        cfg.StrOpt("my_ip", default="127.0.0.1", help="The address other hosts reach this one at."),
        cfg.StrOpt("state_path", default="/var/lib/nova", help="Where daemons keep what must survive a restart."),
        cfg.StrOpt(
            "bindir",
            default=str(Path(sys.prefix) / "bin"),
            sample_default="/usr/bin",
            help="Where this installation's programs are.",
        ),
        cfg.BoolOpt("use_ipv6", default=False, help="Serve IPv6 beside IPv4."),
        cfg.IntOpt(
            "graceful_shutdown_timeout",
            default=60,
            min=1,
            help="Seconds a daemon may take to finish the work in its hands before it ends.",
        ),
    ],
}

# Libraries log their own plumbing at these levels; more of it hides what matters.
QUIET = [
    # It warns of each connection that is closed while messages come in: at the end of every daemon.
    "amqp=ERROR",
    "oslo.messaging=INFO",
    "oslo_messaging=INFO",
    "kombu=WARNING",
    "sqlalchemy=WARNING",
    "keystonemiddleware=WARNING",
    "routes.middleware=WARNING",
    "stevedore=WARNING",
    "urllib3=WARNING",
    "keystoneauth=WARNING",
    "requests=WARNING",
    "glanceclient=WARNING",
]


def load(
    argv: Sequence[str],
    *,
    program: str,
    options: Iterable[OptionTable] = (),
    command_line: Sequence[cfg.Opt] = (),
    default_files: Sequence[str] = ("/etc/nova/nova.conf",),
) -> cfg.ConfigOpts:
    """Read the command line and the configuration files.

    `argv` is without the program's name. Options of `command_line` may be given there too. Unknown words, and files
    that cannot be read, end the program with code 2 and a line that says why.
    """
    conf = cfg.CONF
    if command_line:
        conf.register_cli_opts(list(command_line))
    register(conf, [OPTIONS, *options])
    _register_log_options()
    oslo_log.set_defaults(default_log_levels=QUIET)
    present = [path for path in default_files if Path(path).is_file()]
    try:
        conf(list(argv), project="nova", prog=program, version=release(), default_config_files=present)
    except cfg.Error as error:
        sys.stderr.write(f"{program}: {error}\n")
        raise SystemExit(2) from error
    return conf


def release() -> str:
    """This release's version, as pip knows it; "unknown" in a checkout that was never installed."""
    try:
        return metadata.version("nova")
    except metadata.PackageNotFoundError:
        return "unknown"


@functools.cache
def _register_log_options() -> None:
    """Once a process: they are command line options, which cannot be declared after a command line was read."""
    oslo_log.register_options(cfg.CONF)


def register(conf: cfg.ConfigOpts, tables: Iterable[OptionTable]) -> None:
    """Declare options; doing so twice is harmless."""
    for table in tables:
        for section, opts in table.items():
            conf.register_opts(list(opts), group=None if section == "DEFAULT" else section)


def lock_folder(conf: cfg.ConfigOpts) -> Path:
    """Where locks between processes lie, [oslo_concurrency] lock_path or state_path/locks; made when missing."""
    from oslo_concurrency import lockutils  # declares its option

    lockutils.get_lock_path(conf)
    configured = conf.oslo_concurrency.lock_path or os.path.join(conf.state_path, "locks")  # noqa: PTH118
    folder = Path(configured)
    folder.mkdir(parents=True, exist_ok=True)
    return folder
