"""Private MariaDB and PostgreSQL servers in temporary folders, reached over their sockets only."""

from __future__ import annotations

import os
import pwd
import shutil
import signal
import subprocess
import tempfile
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

import pytest
from sqlalchemy import create_engine, text

from nova.conductor.db import schema
from nova.conductor.db.engine import Database
from tests.databases import make_conf

START_SECONDS = 60
KINDS = ("mariadb", "postgresql")


@contextmanager
def server(kind: str) -> Iterator[str]:
    """A running server with an empty database "nova"; yields its URL. Skips the test where it is not installed."""
    folder = Path(tempfile.mkdtemp(prefix=f"nova-{kind}-"))
    try:
        with {"mariadb": _mariadb, "postgresql": _postgresql}[kind](folder) as url:
            yield url
    finally:
        shutil.rmtree(folder, ignore_errors=True)


@contextmanager
def with_schema(kind: str) -> Iterator[str]:
    """As `server`, the newest schema in it."""
    with server(kind) as url:
        database = Database(make_conf(url))
        schema.sync(database)
        database.close()
        yield url


@contextmanager
def _mariadb(folder: Path) -> Iterator[str]:
    install, daemon = _program("mariadb-install-db"), _program("mariadbd", "/usr/sbin")
    user = _own(folder, "mysql")
    data, socket = folder / "data", folder / "socket"
    subprocess.run(
        [install, "--no-defaults", f"--datadir={data}", f"--user={user}", "--auth-root-authentication-method=normal"],
        check=True,
        capture_output=True,
        timeout=START_SECONDS,
    )
    command = [
        daemon,
        "--no-defaults",
        f"--datadir={data}",
        f"--socket={socket}",
        f"--pid-file={folder / 'pid'}",
        f"--user={user}",
        "--skip-networking",
        "--innodb-flush-log-at-trx-commit=0",
        "--innodb-doublewrite=0",
        "--innodb-lock-wait-timeout=10",
    ]
    base = f"mysql+pymysql://root@localhost/{{}}?unix_socket={socket}"

    def ready() -> None:
        # The driver leaves its own socket open where there is none to connect to.
        socket.stat()
        _make_database(base.format(""))

    with _running(command, folder, None, ready):
        yield base.format("nova")


@contextmanager
def _postgresql(folder: Path) -> Iterator[str]:
    folders = sorted(Path("/usr/lib/postgresql").glob("*/bin"))
    place = str(folders[-1]) if folders else "/nowhere"
    initdb, daemon = _program("initdb", place), _program("postgres", place)
    user = _own(folder, "postgres")
    data = folder / "data"
    subprocess.run(
        [initdb, "-D", str(data), "-U", "nova", "--auth=trust", "-E", "UTF8", "--locale=C.UTF-8", "--no-sync"],
        check=True,
        capture_output=True,
        timeout=START_SECONDS,
        user=user,
        cwd=folder,
    )
    settings = {
        "listen_addresses": "",
        "fsync": "off",
        "unix_socket_directories": str(folder),
        "max_connections": "100",
    }
    command = [daemon, "-D", str(data)]
    for name, value in settings.items():
        command += ["-c", f"{name}={value}"]
    base = f"postgresql+psycopg2://nova@/{{}}?host={folder}"
    with _running(command, folder, user, lambda: _make_database(base.format("postgres"))):
        yield base.format("nova")


@contextmanager
def _running(command: Sequence[str], folder: Path, user: str | None, ready: Callable[[], None]) -> Iterator[None]:
    log = folder / "log"
    with log.open("wb") as output:
        process = subprocess.Popen(command, stdout=output, stderr=output, user=user, cwd=folder)
    try:
        _wait(process, log, ready)
        yield
    finally:
        process.send_signal(signal.SIGINT if "postgres" in command[0] else signal.SIGTERM)
        try:
            process.wait(20)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()


def _wait(process: subprocess.Popen[bytes], log: Path, ready: Callable[[], None]) -> None:
    end = time.monotonic() + START_SECONDS
    while True:
        try:
            return ready()
        except Exception as error:
            if process.poll() is not None or time.monotonic() > end:
                raise RuntimeError(f"the database did not start: {log.read_text()[-2000:]}") from error
        time.sleep(0.1)


def _make_database(url: str) -> None:
    engine = create_engine(url, isolation_level="AUTOCOMMIT")
    try:
        with engine.connect() as conn:
            conn.execute(text("CREATE DATABASE nova"))
    finally:
        engine.dispose()


def _own(folder: Path, user: str) -> str:
    """Give the folder to the user the server will run as; answers its name."""
    if os.geteuid() != 0:
        return pwd.getpwuid(os.geteuid()).pw_name
    shutil.chown(folder, user)
    return user


def _program(name: str, *places: str) -> str:
    path = os.pathsep.join([*places, os.environ.get("PATH", "")])
    found = shutil.which(name, path=path)
    if found is None:
        pytest.skip(f"{name} is not installed")
    return found
