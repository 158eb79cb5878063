"""Programs end in time, with an expected code, or with words that say why not."""

from __future__ import annotations

import pytest

from nova.base.process import CommandFailed, CommandMissing, CommandTimeout, run


def test_output_and_input() -> None:
    done = run(["cat"], input=b"hello")
    assert (done.stdout, done.code) == (b"hello", 0)


def test_an_unexpected_code_tells_the_last_words() -> None:
    with pytest.raises(CommandFailed, match=r"ls ended with 2: .*nowhere") as caught:
        run(["ls", "/nowhere"])
    assert caught.value.code == 2


def test_an_expected_code_is_no_failure() -> None:
    assert run(["ls", "/nowhere"], ok=(0, 2)).code == 2


def test_what_does_not_end_is_killed() -> None:
    with pytest.raises(CommandTimeout, match=r"killed after 0.1 s"):
        run(["sleep", "30"], timeout=0.1)


def test_what_is_not_installed_is_named() -> None:
    with pytest.raises(CommandMissing, match=r"no-such-program.*not found on PATH"):
        run(["no-such-program"])


def test_a_shell_sees_nothing() -> None:
    assert run(["echo", "$HOME; ls"]).stdout == b"$HOME; ls\n"
