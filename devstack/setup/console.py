"""Opens a console address as a browser would and looks whether a screen answers."""

import argparse
import base64
import os
import socket
from urllib.parse import parse_qs, urlsplit

from connection import give_up

SECONDS = 15
# What a VNC server says first.
GREETING = b"RFB "


def websocket_path(url: str) -> str:
    """Returns the path that the page at this address opens its WebSocket at."""
    path = parse_qs(urlsplit(url).query).get("path", [""])[0]
    return "/" + path.lstrip("/")


def upgrade_request(url: str) -> bytes:
    """Returns the request by which a browser asks for the WebSocket."""
    place = urlsplit(url).netloc
    lines = [
        f"GET {websocket_path(url)} HTTP/1.1",
        f"Host: {place}",
        f"Origin: http://{place}",
        "Upgrade: websocket",
        "Connection: Upgrade",
        f"Sec-WebSocket-Key: {base64.b64encode(os.urandom(16)).decode()}",
        "Sec-WebSocket-Version: 13",
        "Sec-WebSocket-Protocol: binary",
    ]
    return "".join(f"{line}\r\n" for line in [*lines, ""]).encode()


def first_words(url: str) -> bytes:
    """Returns the first payload that comes through the WebSocket; gives up when it is refused."""
    parts = urlsplit(url)
    with socket.create_connection((parts.hostname or "", parts.port or 80), timeout=SECONDS) as connection:
        connection.sendall(upgrade_request(url))
        stream = connection.makefile("rb")
        status = stream.readline().decode(errors="replace").strip()
        if " 101 " not in status:
            give_up(f"the console proxy answered: {status}")
        while stream.readline().strip():
            continue
        # A server's frame: two bytes, the second of which is the length as long as that is small.
        length = stream.read(2)[1]
        return stream.read(length)


def main() -> None:
    """Reads the arguments and looks."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("url")
    words = first_words(parser.parse_args().url)
    if not words.startswith(GREETING):
        give_up(f"the console answered {words[:40]!r}")
    print(f"the screen answers as {words.decode(errors='replace').strip()}")


if __name__ == "__main__":
    main()
