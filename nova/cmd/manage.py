"""nova-manage: what operators do beside the API. All but `db` asks the conductor over RPC."""

from __future__ import annotations

import argparse
import logging
import os
import sys
from collections.abc import Sequence

from oslo_config import cfg

from nova.base import settings
from nova.bus.settings import OPTIONS as BUS_OPTIONS
from nova.cmd.manage_commands import (
    api,
    audit,
    db,
    fixed,
    floating,
    host,
    network,
    project,
    service,
    version,
    vm,
)
from nova.cmd.manage_commands.cli import FAILED, Cli, Refused, warn
from nova.cmd.manage_commands.settings import OPTIONS as MANAGE_OPTIONS
from nova.conductor.settings import OPTIONS as CONDUCTOR_OPTIONS
from nova.contracts.errors import NovaError
from nova.network.settings import OPTIONS as NETWORK_OPTIONS

PROGRAM = "nova-manage"
CATEGORIES = (api, audit, db, fixed, floating, host, network, project, service, version, vm)
UNDERSTOOD_NOT = 2


def main(argv: Sequence[str] | None = None) -> int:
    """Run one command; answers its exit code: 0 done, 1 failed, 2 not understood (some commands have more)."""
    args = parser().parse_args(argv)
    logging.basicConfig(level=logging.DEBUG if args.debug else logging.ERROR, stream=sys.stderr)
    try:
        cli = Cli(args, load(args))
    except (cfg.Error, OSError) as error:
        warn(f"{PROGRAM}: {error}")
        return UNDERSTOOD_NOT
    try:
        code: int = args.run(cli)
        sys.stdout.flush()
        return code
    except BrokenPipeError:
        # Who read the output has gone, as in `nova-manage ... | head`; Python would complain again at exit.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return FAILED
    except NovaError as error:
        warn(f"{PROGRAM}: {error}" + (f" ({error.log})" if error.log else ""))
        return FAILED
    except Refused as error:
        warn(f"{PROGRAM}: {error}")
        return UNDERSTOOD_NOT
    finally:
        cli.close()


def parser() -> argparse.ArgumentParser:
    """The whole command line."""
    top = argparse.ArgumentParser(prog=PROGRAM, description="What operators of the cloud do beside its API.")
    top.add_argument("--config-file", action="append", default=[], metavar="PATH", help="Settings (may be repeated)")
    top.add_argument("--config-dir", action="append", default=[], metavar="PATH", help="A folder of settings")
    top.add_argument("--version", action="version", version=settings.release())
    top.add_argument("-d", "--debug", action="store_true", help="Say all that is done on the error output")
    categories = top.add_subparsers(dest="category", metavar="category", required=True)
    for category in CATEGORIES:
        category.add(categories)
    return top


def load(args: argparse.Namespace) -> cfg.ConfigOpts:
    """The settings: those that the commands use come from several rooms."""
    words = [word for path in args.config_file for word in ("--config-file", path)]
    words += [word for path in args.config_dir for word in ("--config-dir", path)]
    return settings.load(
        words, program=PROGRAM, options=[BUS_OPTIONS, CONDUCTOR_OPTIONS, NETWORK_OPTIONS, MANAGE_OPTIONS]
    )


if __name__ == "__main__":
    sys.exit(main())
