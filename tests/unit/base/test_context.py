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
