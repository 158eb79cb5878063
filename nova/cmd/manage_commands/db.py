"""nova-manage db: the schema, and rows that may go. The only commands that open the database."""

from __future__ import annotations

import datetime
import time
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from functools import partial
from typing import Any

from nova.cmd.manage_commands.cli import OK, Cli, Refused, category, command, option, table, warn
from nova.conductor import purge
from nova.conductor.db import schema, trouble
from nova.conductor.db.engine import Database, now

# What scripts that loop over these commands rely on.
ARCHIVED_SOME = 1
BAD_LIMIT = 2
BAD_COUNT = 127
NOTHING_TO_PURGE = 3


def add(categories: Any) -> None:
    """Declare the commands."""
    commands = category(categories, "db", "The database's schema, and rows that may go")
    parser = command(commands, "sync", sync, "Bring the schema to the newest version, or to the one named")
    parser.add_argument("positional", nargs="?", metavar="VERSION", help="The version to reach")
    option(parser, "version", "The version to reach", metavar="VERSION")
    option(parser, "local_cell", "Accepted: there is one database", action="store_true")
    command(commands, "version", version, "Print the schema's version")
    parser = command(commands, "online_data_migrations", migrate_data, "Move data that an upgrade left to be moved")
    option(parser, "max-count", "How many rows to move at most", type=int, metavar="NUMBER")
    parser = command(commands, "archive_deleted_rows", archive, "Remove deleted servers and what belonged to them")
    option(parser, "max_rows", "About how many rows to remove at most", type=int, default=1000, metavar="NUMBER")
    option(parser, "before", "Only what was deleted before this time (ISO 8601, UTC)", metavar="DATE")
    option(parser, "until-complete", "Go on until nothing is left", action="store_true")
    option(parser, "sleep", "Seconds to rest between batches", type=float, default=0, metavar="SECONDS")
    option(parser, "purge", "Accepted: there are no shadow tables", action="store_true")
    option(parser, "all-cells", "Accepted: there is one database", action="store_true")
    option(parser, "task-log", "Accepted: there is no such table", action="store_true")
    option(parser, "verbose", "Print how many rows of each table went", action="store_true")
    parser = command(commands, "purge", purge_all, "Remove all rows deleted before a time, or all")
    option(parser, "before", "Only what was deleted before this time (ISO 8601, UTC)", metavar="DATE")
    option(parser, "all", "Whenever it was deleted", action="store_true")
    option(parser, "all-cells", "Accepted: there is one database", action="store_true")
    option(parser, "verbose", "Print how many rows of each table went", action="store_true")


def sync(cli: Cli) -> int:
    """Upgrade the schema."""
    with _opened(cli) as database:
        before = schema.version(database)
        reached = schema.sync(database, cli.args.version or cli.args.positional)
    cli.say(f"The schema was at {before} and is at {reached}." if before != reached else f"The schema is at {reached}.")
    return OK


def version(cli: Cli) -> int:
    """Print the version."""
    with _opened(cli) as database:
        print(schema.version(database) or "none")
    return OK


def migrate_data(cli: Cli) -> int:
    """Nothing yet: every migration so far was done by `sync`. Scripts of upgrades ask until the answer is 0."""
    if cli.args.max_count is not None and cli.args.max_count < 1:
        warn("nova-manage: --max-count must be at least 1.")
        return BAD_COUNT
    cli.say("No data is left to be moved.")
    return OK


def archive(cli: Cli) -> int:
    """Remove some deleted rows; answers 1 while there may be more, 0 when there was nothing."""
    if cli.args.max_rows < 1:
        warn("nova-manage: --max_rows must be at least 1.")
        return BAD_LIMIT
    limit = None if cli.args.until_complete else cli.args.max_rows
    gone = _remove(cli, _time(cli.args.before), limit, cli.args.sleep)
    return ARCHIVED_SOME if gone else OK


def purge_all(cli: Cli) -> int:
    """Remove all deleted rows; answers 3 when there was nothing."""
    if not cli.args.all and cli.args.before is None:
        raise Refused("Say --all, or --before a time.")
    gone = _remove(cli, None if cli.args.all else _time(cli.args.before), None, 0)
    return OK if gone else NOTHING_TO_PURGE


def _remove(cli: Cli, before: datetime.datetime | None, limit: int | None, rest: float) -> int:
    """Batch after batch, each a short transaction, saying how far it is."""
    gone: Counter[str] = Counter()
    with _opened(cli) as database:
        until = before or database.read(now) + datetime.timedelta(seconds=1)
        while limit is None or gone.total() < limit:
            most = purge.BATCH if limit is None else max(1, min(purge.BATCH, limit - gone.total()))
            batch = database.transaction(partial(purge.batch, before=until, limit=most), safe=True)
            if not batch:
                break
            gone.update(batch)
            cli.say(f"{gone.total()} rows removed")
            time.sleep(rest)
    if cli.args.verbose and gone:
        cli.say(table(["Table", "Rows"], sorted(gone.items())))
    if not gone:
        cli.say("Nothing to remove.")
    return gone.total()


@contextmanager
def _opened(cli: Cli) -> Iterator[Database]:
    """The database; what is wrong with how it is set up is said in a line."""
    try:
        database = Database(cli.conf)
        try:
            with trouble.explained():
                yield database
        finally:
            database.close()
    except (ValueError, trouble.Unusable) as error:
        raise Refused(str(error)) from error


def _time(text: str | None) -> datetime.datetime | None:
    if text is None:
        return None
    try:
        found = datetime.datetime.fromisoformat(text)
    except ValueError as error:
        raise Refused(f"--before {text}: write it as 2026-01-31 or 2026-01-31T12:00.") from error
    return found if found.tzinfo else found.replace(tzinfo=datetime.UTC)
