"""Origins of pages."""

import pytest

from nova.console.origin import is_host_allowed, is_scheme_allowed


@pytest.mark.parametrize(
    ("origin", "host", "allowed"),
    [
        (None, "cloud.example:6080", True),
        ("http://cloud.example:6080", "cloud.example:6080", True),
        ("http://cloud.example", "cloud.example:6080", True),
        ("https://CLOUD.example", "cloud.example", True),
        ("http://[2001:db8::1]:80", "[2001:db8::1]:6080", True),
        ("http://dashboard.example", "cloud.example", True),
        ("http://evil.example", "cloud.example", False),
        ("http://cloud.example.evil.example", "cloud.example", False),
        ("null", "cloud.example", False),
        ("", "cloud.example", False),
        ("http://[broken", "cloud.example", False),
        ("http://cloud.example", None, False),
        ("null", None, False),
        ("null", "[broken", False),
        ("http://cloud.example", "[broken", False),
    ],
)
def test_host(origin, host, allowed):
    assert is_host_allowed(origin, host, {"dashboard.example"}) is allowed


def test_scheme():
    assert is_scheme_allowed(None, "https://cloud.example/")
    assert is_scheme_allowed("https://cloud.example", "https://cloud.example/")
    assert not is_scheme_allowed("http://cloud.example", "https://cloud.example/")
