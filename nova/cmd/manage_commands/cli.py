"""What every command of nova-manage is handed: its arguments, the settings, the bus, and a way to print."""

from __future__ import annotations

import argparse
import json
import sys
from collections.abc import Callable, Iterator, Sequence
from typing import Any, TypeVar

from oslo_config import cfg

from nova.base.context import RequestContext, admin_context
from nova.base.contract import Contract
from nova.bus.bus import Bus
from nova.contracts.record import Page

C = TypeVar("C", bound=Contract)
T = TypeVar("T")

OK, FAILED = 0, 1
_PAGE = 1000


class Refused(Exception):
    """A command cannot be done as it was said; the message says why. Exit code 2."""


class Cli:
    """One run of the program. The bus is opened at its first use."""

    def __init__(self, args: argparse.Namespace, conf: cfg.ConfigOpts) -> None:
        self.args = args
        self.conf = conf
        self.context: RequestContext = admin_context()
        self._bus: Bus | None = None

    def client(self, contract: type[C]) -> C:
        """Calls over RPC."""
        if self._bus is None:
            self._bus = Bus(self.conf)
        return self._bus.client(contract)

    def close(self) -> None:
        """Let go of the bus."""
        if self._bus is not None:
            self._bus.close()

    def say(self, text: str) -> None:
        """A line for people: none of it when the output is JSON."""
        if getattr(self.args, "format", "table") == "table":
            print(text)

    def show(self, titles: Sequence[str], rows: Sequence[Sequence[Any]]) -> None:
        """A list, as a table or as JSON objects whose keys are the titles in lower case."""
        if self.args.format == "json":
            keys = [title.lower().replace(" ", "_") for title in titles]
            print(json.dumps([dict(zip(keys, row, strict=True)) for row in rows], indent=2, default=str))
            return
        print(table(titles, rows))


def every(find: Callable[[Page], list[T]], marker_of: Callable[[T], str]) -> Iterator[T]:
    """All items of a paged list."""
    marker = None
    while found := find(Page(limit=_PAGE, marker=marker)):
        yield from found
        if len(found) < _PAGE:
            return
        marker = marker_of(found[-1])


def table(titles: Sequence[str], rows: Sequence[Sequence[Any]]) -> str:
    """Columns of text, as wide as they must be."""
    cells = [[_cell(value) for value in row] for row in [titles, *rows]]
    widths = [max(len(row[index]) for row in cells) for index in range(len(titles))]
    return "\n".join(
        "  ".join(text.ljust(width) for text, width in zip(row, widths, strict=True)).rstrip() for row in cells
    )


def command(
    commands: Any, name: str, run: Callable[[Cli], int], help: str, *, listing: bool = False
) -> argparse.ArgumentParser:
    """Declare one command of a category; a `listing` takes --format."""
    parser: argparse.ArgumentParser = commands.add_parser(name, help=help, description=help)
    if listing:
        parser.add_argument("--format", choices=("table", "json"), default="table", help="How to print (default table)")
    parser.set_defaults(run=run)
    return parser


def category(categories: Any, name: str, help: str, *, aliases: Sequence[str] = ()) -> Any:
    """Declare a category, also known by its aliases; answers where its commands go."""
    parser = categories.add_parser(name, help=help, description=help, aliases=aliases)
    return parser.add_subparsers(dest="command", metavar="command", required=True)


def option(parser: argparse.ArgumentParser, name: str, help: str, **kw: Any) -> None:
    """An option, also known with dashes for underscores."""
    names = [f"--{name}"]
    if "_" in name:
        names.append(f"--{name.replace('_', '-')}")
    parser.add_argument(*names, dest=name.replace("-", "_"), help=help, **kw)


def warn(text: str) -> None:
    """A line on the error output."""
    print(text, file=sys.stderr)


def _cell(value: Any) -> str:
    """What hosts and tenants chose to say moves no cursor and begins no line of the operator's terminal."""
    text = "-" if value is None else str(value)
    return text if text.isprintable() else "".join(one if one.isprintable() else repr(one)[1:-1] for one in text)
