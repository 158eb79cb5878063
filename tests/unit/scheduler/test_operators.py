"""The operators of extra specs."""

import pytest

from nova.scheduler.operators import matches


@pytest.mark.parametrize(
    ("value", "requirement", "met"),
    [
        ("qemu", "qemu", True),
        ("qemu", "kvm", False),
        ("a b", "a b", True),
        ("4", "= 4", True),
        (5, "= 4", True),
        (3, "= 4", False),
        (3, "=", False),
        (10, ">= 9", True),
        (8.5, ">= 9", False),
        (9, "<= 9", True),
        (10, "<= 9", False),
        (9, "== 9.0", True),
        (9, "== 8", False),
        (9, "!= 8", True),
        (9, "!= 9", False),
        ("fast", ">= 9", False),
        (9, ">= fast", False),
        ("abc", "s== abc", True),
        ("abc", "s== abd", False),
        ("abc", "s!= abd", True),
        ("abc", "s!= abc", False),
        ("abc", "s< abd", True),
        ("abd", "s< abd", False),
        ("abd", "s<= abd", True),
        ("abe", "s<= abd", False),
        ("abe", "s> abd", True),
        ("abd", "s> abd", False),
        ("abd", "s>= abd", True),
        ("abc", "s>= abd", False),
        ("10", "s< 9", True),
        (["aes", "sse"], "<in> aes", True),
        (["aes", "sse"], "<in> avx", False),
        (["aes", "sse"], "<all-in> aes sse", True),
        (["aes", "sse"], "<all-in> aes avx", False),
        ("kvm", "<or> qemu <or> kvm", True),
        ("xen", "<or> qemu <or> kvm", False),
        ("12", "<or> 12", True),
        ("x", "<or>", False),
        (">= 4 x", "s==", False),
    ],
)
def test_operator(value, requirement, met):
    assert matches(value, requirement) is met
