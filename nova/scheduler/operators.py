"""The small language in which flavors' extra specs ask something of a host."""

from __future__ import annotations

from collections.abc import Callable


def _numbers(compare: Callable[[float, float], bool]) -> Callable[[str, str], bool]:
    def matches(value: str, wanted: str) -> bool:
        try:
            return compare(float(value), float(wanted))
        except ValueError:
            return False

    return matches


def _any_of(value: str, wanted: str) -> bool:
    """`<or> a <or> b`; the first <or> was taken off already."""
    return value in [word.strip() for word in wanted.split("<or>")]


_OPERATORS: dict[str, Callable[[str, str], bool]] = {
    "=": _numbers(lambda value, wanted: value >= wanted),
    ">=": _numbers(lambda value, wanted: value >= wanted),
    "<=": _numbers(lambda value, wanted: value <= wanted),
    "==": _numbers(lambda value, wanted: value == wanted),
    "!=": _numbers(lambda value, wanted: value != wanted),
    "s==": lambda value, wanted: value == wanted,
    "s!=": lambda value, wanted: value != wanted,
    "s<": lambda value, wanted: value < wanted,
    "s<=": lambda value, wanted: value <= wanted,
    "s>": lambda value, wanted: value > wanted,
    "s>=": lambda value, wanted: value >= wanted,
    "<in>": lambda value, wanted: wanted in value,
    "<all-in>": lambda value, wanted: all(word in value for word in wanted.split()),
    "<or>": _any_of,
}


def matches(value: object, requirement: str) -> bool:
    """Whether a host's value meets a requirement such as ">= 4", "<in> aes" or "<or> kvm <or> qemu".

    Without a known operator the text must be equal. An operator with nothing after it, and text where a number is
    needed, are never met. Lists are searched in their printed form.
    """
    first, _, rest = requirement.strip().partition(" ")
    operator = _OPERATORS.get(first)
    if operator is None:
        return str(value) == requirement
    wanted = rest.strip()
    return bool(wanted) and operator(str(value), wanted)
