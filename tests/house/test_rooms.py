"""The rooms keep to their words: the base has no opinion, and nothing stands there that nobody uses."""

from __future__ import annotations

import importlib
import pkgutil
import re
from pathlib import Path

import msgspec

from nova import contracts
from nova.base.contract import Contract, methods
from nova.contracts.errors import NovaError

NOVA = Path(__file__).parents[2] / "nova"
CODE = {path.relative_to(NOVA): path.read_text() for path in NOVA.rglob("*.py")}
EVERYTHING = "\n".join(CODE.values())

OPINIONS = re.compile(r"\b(servers?|guests?|flavors?|networks?)\b", re.IGNORECASE)
# What the standard library, the kernel and eventlet call their own.
OTHERS_WORDS = re.compile(r"wsgi\.server|\.network\.|network namespace")


def test_the_base_says_nothing_of_what_a_cloud_holds() -> None:
    found = [
        f"{path}:{number}: {line.strip()}"
        for path, text in CODE.items()
        if path.parts[0] == "base"
        for number, line in enumerate(text.splitlines(), 1)
        if OPINIONS.search(OTHERS_WORDS.sub("", line))
    ]
    assert not found, "\n".join(found)


def test_every_option_is_read() -> None:
    """An option's name stands somewhere beside its declaration: behind a dot, as a text, or behind a $."""
    declared = {
        name
        for path, text in CODE.items()
        if path.name == "settings.py"
        for name in re.findall(r"cfg\.(?!Deprecated)\w+Opt\(\s*\"(\w+)\"", text)
    }
    rest = re.sub(r"cfg\.\w+Opt\(\s*\"\w+\"", "", EVERYTHING)
    unread = [name for name in sorted(declared) if not re.search(rf"(\.|\"|\$){name}\b", rest)]
    assert len(declared) > 100 and not unread, f"nobody reads {unread}"


def test_every_error_has_its_use() -> None:
    names = "\n".join(text for path, text in CODE.items() if path.as_posix() != "contracts/errors.py")
    kinds = [name for name, kind in NovaError.kinds.items() if kind.__module__ == "nova.contracts.errors"]
    assert kinds and not [name for name in kinds if not re.search(rf"\b{name}\b", names)]


def test_every_method_of_a_contract_is_asked_for() -> None:
    silent = []
    for module in pkgutil.iter_modules(contracts.__path__):
        for name, kind in vars(importlib.import_module(f"{contracts.__name__}.{module.name}")).items():
            if isinstance(kind, type) and issubclass(kind, Contract):
                silent += [
                    f"{name}.{method}" for method, _, _ in methods(kind) if not re.search(rf"\.{method}\b", EVERYTHING)
                ]
    assert not silent, f"nobody calls {silent}"


def test_every_field_of_a_record_is_looked_at() -> None:
    unread = []
    for module in pkgutil.iter_modules(contracts.__path__):
        for name, kind in vars(importlib.import_module(f"{contracts.__name__}.{module.name}")).items():
            if isinstance(kind, type) and issubclass(kind, msgspec.Struct):
                unread += [
                    f"{name}.{field}"
                    for field in kind.__struct_fields__
                    if not re.search(rf"\.{field}\b|\"{field}\"", EVERYTHING)
                ]
    assert not unread, f"nobody reads {unread}"
