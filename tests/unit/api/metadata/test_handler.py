"""Who is asked for, what is remembered, and what goes wrong."""

import pytest

from nova.api.metadata.lookup import MOST_KEPT, Lookup, plain_address
from nova.contracts.errors import NotFound, Unavailable
from tests.unit.api.metadata.factories import ADDRESS, FakeConductor, Service, make_guest


def test_an_unknown_address():
    service = Service()
    assert service.ask("/latest/meta-data/", address="10.0.0.99").status_int == 404
    assert service.ask("/latest/meta-data/", address="nonsense").status_int == 404
    assert service.conductor.asked == ["10.0.0.99"]


def test_the_conductor_is_silent():
    service = Service()
    service.conductor.trouble = Unavailable(service="nova-conductor", hint="Try again.")
    answer = service.ask("/latest/meta-data/")
    assert (answer.status_int, answer.headers["Retry-After"]) == (503, "5")
    service.conductor.trouble = None
    assert service.ask("/latest/meta-data/").status_int == 200


def test_trouble_of_our_own_says_nothing_of_itself():
    service = Service()
    service.conductor.trouble = KeyError("secret")
    answer = service.ask("/latest/meta-data/")
    assert answer.status_int == 500
    assert "secret" not in answer.text


def test_forwarded_addresses_are_believed_only_when_told_so():
    service = Service()
    service.conductor.guests["10.0.0.4"] = make_guest(hostname="other")
    path = "/latest/meta-data/hostname"
    assert service.ask(path, X_Forwarded_For="10.0.0.4").text == "demo-1.novalocal"
    behind = Service(use_forwarded_for=True)
    behind.conductor = service.conductor
    assert behind.ask(path, X_Forwarded_For="10.0.0.4").text == "other.novalocal"
    assert behind.ask(path, X_Forwarded_For=f"{ADDRESS}, 10.0.0.4").text == "other.novalocal"
    assert behind.ask(path).text == "demo-1.novalocal"
    assert behind.ask(path, X_Forwarded_For="nonsense").status_int == 404


def test_one_lookup_for_many_requests():
    service = Service()
    for path in ("/latest/meta-data/", "/latest/user-data", "/openstack/latest/meta_data.json"):
        service.ask(path)
    assert service.conductor.asked == [ADDRESS]
    fresh = Service(metadata_cache_expiration=0)
    fresh.ask("/latest/meta-data/")
    fresh.ask("/latest/meta-data/")
    assert fresh.conductor.asked == [ADDRESS, ADDRESS]


def test_what_is_kept_grows_old():
    now = [0.0]
    lookup, conductor = Lookup(clock=lambda: now[0]), FakeConductor()
    for at in (0.0, 14.9, 15.0, 20.0, 30.0):
        now[0] = at
        lookup.guest(conductor, ADDRESS, seconds=15)
    assert len(conductor.asked) == 3


def test_not_too_much_is_kept():
    lookup = Lookup()
    conductor = FakeConductor(**{f"10.1.{number // 250}.{number % 250}": make_guest() for number in range(MOST_KEPT)})
    lookup.guest(conductor, ADDRESS, seconds=15)
    for address in list(conductor.guests):
        lookup.guest(conductor, address, seconds=15)
    assert len(conductor.asked) == MOST_KEPT + 1
    lookup.guest(conductor, ADDRESS, seconds=15)
    assert len(conductor.asked) == MOST_KEPT + 2


def test_an_unknown_guest_is_asked_for_again():
    lookup, conductor = Lookup(), FakeConductor()
    with pytest.raises(NotFound):
        lookup.guest(conductor, "10.0.0.9", seconds=15)
    conductor.guests["10.0.0.9"] = make_guest()
    assert lookup.guest(conductor, "10.0.0.9", seconds=15)


@pytest.mark.parametrize(
    ("said", "plain"),
    [
        ("10.0.0.3", "10.0.0.3"),
        (" 10.0.0.3 ", "10.0.0.3"),
        ("::ffff:10.0.0.3", "10.0.0.3"),
        ("2001:DB8:0::1", "2001:db8::1"),
        ("10.0.0.3:80", None),
        ("", None),
    ],
)
def test_addresses(said, plain):
    assert plain_address(said) == plain


def test_a_password_is_left_once():
    service = Service(metadata_cache_expiration=0)
    path = "/openstack/latest/password"
    assert service.ask(path).text == ""
    assert service.ask(path, method="POST", body=b"c2VhbGVk").status_int == 200
    assert service.conductor.passwords == {make_guest().uuid: "c2VhbGVk"}
    assert service.ask(path, method="POST", body=b"b3RoZXI=").status_int == 409
    service.conductor.guests[ADDRESS] = make_guest(sealed_password="c2VhbGVk")
    assert service.ask(path).text == "c2VhbGVk"


@pytest.mark.parametrize(
    ("method", "path", "body", "status"),
    [
        ("POST", "/openstack/latest/password", b"x" * 1020, 200),
        ("POST", "/openstack/latest/password", b"x" * 1021, 400),
        ("POST", "/openstack/latest/password", b"\xff", 400),
        ("PUT", "/openstack/latest/password", b"x", 400),
        ("DELETE", "/openstack/latest/password", b"", 400),
        ("POST", "/openstack/2012-08-10/password", b"x", 404),
        ("POST", "/openstack/1999-01-01/password", b"x", 404),
    ],
)
def test_passwords_that_are_refused(method, path, body, status):
    assert Service().ask(path, method=method, body=body).status_int == status


def test_a_password_of_a_length_that_was_not_told_is_bounded_too():
    service = Service()
    assert service.ask("/openstack/latest/password", method="POST", body=b"x" * 1021, chunked=True).status_int == 400
    assert service.conductor.passwords == {}


def test_head():
    answer = Service().ask("/latest/meta-data/hostname", method="HEAD")
    assert (answer.status_int, answer.body) == (200, b"")
