import pytest

from nova.api.web.microversion import LAST, Dated, answer_headers, negotiate
from nova.contracts.errors import BadRequest, NotAcceptable


@pytest.mark.parametrize(
    "headers,version",
    [
        ({}, 1),
        ({"OpenStack-API-Version": "compute 2.26"}, 26),
        ({"OpenStack-API-Version": "identity 3.1, compute  2.26"}, 26),
        ({"OpenStack-API-Version": "identity 3.1"}, 1),
        ({"OpenStack-API-Version": "Compute latest"}, LAST),
        ({"X-OpenStack-Nova-API-Version": "2.3"}, 3),
        ({"OpenStack-API-Version": "compute 2.4", "X-OpenStack-Nova-API-Version": "2.3"}, 4),
    ],
)
def test_negotiate(headers, version):
    assert negotiate(headers) == version


@pytest.mark.parametrize("word", ["", "2", "2.", ".1", "2.01", "2.1.1", "two", "2.1 ", "-2.1", "2.٣", "9" * 50 + ".1"])
def test_malformed(word):
    if word == "2.1 ":
        assert negotiate({"OpenStack-API-Version": f"compute {word}"}) == 1
    else:
        with pytest.raises(BadRequest):
            negotiate({"OpenStack-API-Version": f"compute {word}"})


@pytest.mark.parametrize("word", ["2.0", "2.104", "1.1", "3.1"])
def test_out_of_range(word):
    with pytest.raises(NotAcceptable, match=word):
        negotiate({"OpenStack-API-Version": f"compute {word}"})


def test_dated():
    value = Dated({26: "new", 1: "old"})
    assert [value.at(version) for version in (0, 1, 25, 26, 103)] == ["old", "old", "old", "new", "new"]


def test_what_an_answer_says():
    assert answer_headers(9)[:2] == [("X-OpenStack-Nova-API-Version", "2.9"), ("OpenStack-API-Version", "compute 2.9")]
