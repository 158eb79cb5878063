"""Tables of nova-manage."""

from __future__ import annotations

from nova.cmd.manage_commands.cli import table


def test_columns_are_as_wide_as_they_must_be() -> None:
    assert table(["Kind", "Owner"], [["tap", None], ["domain", "é☃"]]) == "Kind    Owner\ntap     -\ndomain  é☃"


def test_what_a_host_says_moves_no_cursor_and_begins_no_line() -> None:
    said = table(["What"], [["\x1b[2Jtap\r\nEverything has an owner.\x9b1m"]])
    assert said.splitlines()[1:] == ["\\x1b[2Jtap\\r\\nEverything has an owner.\\x9b1m"]
