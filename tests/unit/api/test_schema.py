import pytest

from nova.api.web import fields
from nova.api.web.schema import Query, bad_field, check_body, check_query, relax
from nova.contracts.errors import BadRequest

BODY = fields.wrapped("server", fields.item({"name": fields.NAME, "uuid": fields.UUID, "on": fields.BOOLEAN}, "name"))


def refusal(body, **how):
    with pytest.raises(BadRequest) as caught:
        check_body(BODY, body, **how)
    return str(caught.value)


def test_a_good_body():
    check_body(BODY, {"server": {"name": "ä b", "uuid": "70a599e0-31e7-49b7-b260-868f441e862b", "on": "yes"}})


@pytest.mark.parametrize(
    "server,words",
    [
        ({"name": ""}, "server.name"),
        ({"name": "  "}, "server.name"),
        ({"name": "a\x07"}, "server.name"),
        ({"name": "n" * 256}, "server.name"),
        ({"name": None}, "server.name"),
        ({"name": "n", "uuid": "70a599e0"}, "'uuid'"),
        ({"name": "n", "uuid": "70a599e0-31e7-49b7-b260-868f441e862bx"}, "server.uuid"),
        ({"name": "n", "on": 1}, "server.on"),
        ({"name": "n", "more": 1}, "'more' was unexpected"),
        ({}, "'name' is a required property"),
    ],
)
def test_the_field_is_named(server, words):
    assert words in refusal({"server": server})


def test_long_values_are_cut():
    assert len(refusal({"server": {"name": "n" * 100_000}})) < 1000


def test_relaxed_takes_spaces_and_unknown_keys():
    check_body(BODY, {"server": {"name": " n ", "more": 1}, "other": 2}, relaxed=True)
    assert "server.name" in refusal({"server": {"name": "  "}}, relaxed=True)
    assert BODY["additionalProperties"] is False and "additionalProperties" not in relax(BODY)


def test_queries():
    query = Query({"limit": {"type": "string", "pattern": "^[0-9]+$"}}, many=frozenset(), open_until=74)
    assert check_query(query, {"limit": ["1"], "x": ["2"]}, 74) == {"limit": ["1"]}
    for given, version in (({"x": ["2"]}, 75), ({"limit": ["a"]}, 1), ({"limit": ["1", "2"]}, 1)):
        with pytest.raises(BadRequest):
            check_query(query, given, version)


def test_some_keys_are_never_looked_at():
    assert check_query(Query({}, open_until=74, unseen=("_",)), {"_": ["1"], "_x": ["2"]}, 75) == {}


COUNTED = fields.item({"n": {"type": ["integer", "string"], "pattern": "^-?[0-9]+$", "minimum": 1, "maximum": 9}})


@pytest.mark.parametrize("value,good", [(1, True), ("1", True), ("9", True), (0, False), ("0", False), ("10", False)])
def test_bounds_hold_for_numbers_written_as_text(value, good):
    if good:
        check_body(COUNTED, {"n": value})
    else:
        with pytest.raises(BadRequest, match="field/attribute n"):
            check_body(COUNTED, {"n": value})


@pytest.mark.parametrize("value,good", [("aGk=", True), ("aG\r\nk =", True), ("aGk", False), ("aG\u2003k=", False)])
def test_base64(value, good):
    if good:
        check_body(fields.BASE64, value)
    else:
        with pytest.raises(BadRequest):
            check_body(fields.BASE64, value)


def test_braces_in_values_are_only_words():
    assert "{nothing}" in str(bad_field("a", "{nothing}", "No."))


@pytest.mark.parametrize("value,truth", [(True, True), ("on", True), ("1", True), (False, False), ("no", False)])
def test_truth(value, truth):
    assert fields.truth(value) is truth


def test_parts_come_and_go():
    made = fields.dated(
        fields.Part("a", fields.NAME, until=9),
        fields.Part("b", fields.NAME, since=5, required=True),
        wrap=lambda inner: inner,
    )
    assert [sorted(made.at(version)["properties"]) for version in (0, 4, 5, 9, 10)] == [
        ["a"],
        ["a"],
        ["a", "b"],
        ["a", "b"],
        ["b"],
    ]
    assert made.at(4)["required"] == [] and made.at(5)["required"] == ["b"]
