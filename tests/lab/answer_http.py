"""Answer one HTTP GET on standard input from the files below a folder; QEMU starts it for each connection.

A file `instance-id` at /latest/meta-data/instance-id is folder/latest/meta-data/instance-id, and so on.
"""

from __future__ import annotations

import sys
from pathlib import Path


def main(folder: Path) -> None:
    """Read the request up to its empty line, then answer 200 with the file or 404."""
    target = sys.stdin.buffer.readline(4096).split()[1].decode().lstrip("/")
    while sys.stdin.buffer.readline(4096).strip():
        pass
    path = (folder / target).resolve()
    found = path.is_relative_to(folder) and path.is_file()
    body = path.read_bytes() if found else b"not found"
    status = "200 OK" if found else "404 Not Found"
    head = f"HTTP/1.0 {status}\r\nContent-Length: {len(body)}\r\nConnection: close\r\n\r\n"
    sys.stdout.buffer.write(head.encode() + body)
    sys.stdout.buffer.flush()


if __name__ == "__main__":
    main(Path(sys.argv[1]).resolve())
