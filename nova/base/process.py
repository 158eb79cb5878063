"""Running other programs: argument lists, a time limit, a checked result, and never a shell."""

from __future__ import annotations

import subprocess
from collections.abc import Container, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

TAIL = 2000
"""How many characters of a failed program's last words are kept."""


class CommandFailed(Exception):
    """A program ended with a code that was not expected."""

    def __init__(self, program: str, code: int, stderr: str) -> None:
        self.program, self.code, self.stderr = program, code, stderr
        super().__init__(f"{program} ended with {code}: {stderr.strip() or 'no message'}")


class CommandTimeout(CommandFailed):
    """A program did not end in time and was killed."""

    def __init__(self, program: str, timeout: float) -> None:
        super().__init__(program, -9, f"killed after {timeout:g} s")


class CommandMissing(CommandFailed):
    """The program is not installed."""

    def __init__(self, program: str) -> None:
        super().__init__(program, 127, "not found on PATH; install the package that has it")


@dataclass(frozen=True)
class Completed:
    """What a program left: its two outputs and its exit code."""

    stdout: bytes
    stderr: bytes
    code: int


def run(
    argv: Sequence[str],
    *,
    timeout: float = 60,
    input: bytes | None = None,
    ok: Container[int] = (0,),
    cwd: str | Path | None = None,
    env: Mapping[str, str] | None = None,
) -> Completed:
    """Run a program to its end, for at most `timeout` seconds; exit codes in `ok` are no failure.

    CommandFailed (with the tail of its stderr), CommandTimeout, CommandMissing.
    """
    try:
        done = subprocess.run(
            list(argv), input=input, capture_output=True, timeout=timeout, cwd=cwd, env=env, check=False
        )
    except FileNotFoundError as missing:
        raise CommandMissing(argv[0]) from missing
    except subprocess.TimeoutExpired as late:
        raise CommandTimeout(argv[0], timeout) from late
    if done.returncode not in ok:
        raise CommandFailed(argv[0], done.returncode, done.stderr[-TAIL:].decode(errors="replace"))
    return Completed(done.stdout, done.stderr, done.returncode)
