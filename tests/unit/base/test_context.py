"""The caller travels whole, but for the token."""

from __future__ import annotations

from nova.base.context import RequestContext, admin_context


def test_there_and_back() -> None:
    context = RequestContext(
        user_id="u", project_id="p", user_name="ursula", roles=["member"], auth_token="t0ken", overwrite=False
    )
    back = RequestContext.from_wire(context.to_wire())
    assert back.to_wire() == context.to_wire()
    assert back.auth_token is None and "t0ken" not in repr(context.to_wire())


def test_words_of_a_newer_release_are_left_out() -> None:
    context = RequestContext.from_wire({"user_id": "u", "invented_later": 1})
    assert context.user_id == "u"


def test_the_cloud_itself_is_an_admin_with_a_request_id() -> None:
    context = admin_context()
    assert context.is_admin and context.request_id.startswith("req-")


def test_nothing_of_the_wire_breaks_out_of_a_line_of_the_log() -> None:
    context = RequestContext.from_wire(
        {"request_id": "req-1\n2026-01-01 CRITICAL forged \x1b[31m", "user_id": {"a": 1}, "project_id": "p" * 9999}
    )
    assert context.request_id == "req-1?2026-01-01 CRITICAL forged ?[31m"
    assert context.user_id is None and context.project_id == "p" * 255


def test_rights_are_what_they_look_like() -> None:
    context = RequestContext.from_wire({"roles": 5, "is_admin": "no"})
    assert context.roles == [] and context.is_admin is False
    assert RequestContext.from_wire({"roles": ["member", 7]}).roles == ["member", ""]
