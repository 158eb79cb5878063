"""As root, a marked function runs here; otherwise its call goes to the helper, under the name the helper knows."""

from __future__ import annotations

import os

import pytest

from nova.base import privileged, sysctl


@privileged.entrypoint
def doubled(number: int) -> int:
    """Twice the number."""
    return 2 * number


class Elsewhere:
    """Stands for the privsep context."""

    def __init__(self) -> None:
        self.carried: list[tuple[str, tuple[int, ...]]] = []

    def _wrap(self, function, *args):
        self.carried.append((f"{function.__module__}.{function.__name__}", args))
        return function(*args)


def test_root_runs_it_here(monkeypatch):
    monkeypatch.setattr(os, "geteuid", lambda: 0)
    monkeypatch.setattr(privileged, "_context", None)
    assert doubled(4) == 8
    assert privileged._context is None


def test_others_send_it_to_the_helper(monkeypatch):
    elsewhere = Elsewhere()
    monkeypatch.setattr(os, "geteuid", lambda: 1000)
    monkeypatch.setattr(privileged, "_context", elsewhere)
    assert doubled(4) == 8
    assert elsewhere.carried == [(f"{__name__}.doubled", (4,))]


def test_a_function_marked_after_the_context_was_made_is_known_to_it(monkeypatch):
    elsewhere = Elsewhere()
    monkeypatch.setattr(privileged, "_context", elsewhere)

    @privileged.entrypoint
    def late() -> None: ...

    assert getattr(late, privileged.MARK) is elsewhere
    privileged._marked.remove(late)
    with pytest.raises(AttributeError):
        privileged.NOTHING  # noqa: B018


def test_a_switch_is_set_once(tmp_path, monkeypatch):
    monkeypatch.setattr(os, "geteuid", lambda: 0)
    monkeypatch.setattr(sysctl, "ROOT", tmp_path)
    (tmp_path / "forward").write_text("0\n")
    assert sysctl.ensure("forward", "1") is True
    assert (tmp_path / "forward").read_text() == "1"
    (tmp_path / "forward").write_text("1\n")
    sysctl.ensure("forward", "1")
    assert (tmp_path / "forward").read_text() == "1\n"
    assert sysctl.ensure("missing", "1") is False
