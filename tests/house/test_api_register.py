"""The register of the API's operations checks itself."""

from __future__ import annotations

import re
from pathlib import Path

import jsonschema
import pytest

from nova.api import openstack
from nova.api.web.microversion import FIRST, LAST
from nova.api.web.operations import OPERATIONS, discover
from nova.api.web.policy import BASE, RULES

discover(openstack)
WITHOUT_POLICY = {"/versions/{id}"}  # May only shrink.
TESTS = "\n".join(
    path.read_text() for path in Path(__file__).parents[1].joinpath("functional", "api").glob("test_*.py")
)
_IDS = [f"{known.method} {known.path} {known.action or ''}" for known in OPERATIONS]
EVERY = pytest.mark.parametrize("known", OPERATIONS, ids=_IDS)


@EVERY
def test_every_operation_is_complete(known):
    assert known.handler.__doc__, "say in one line what it does"
    assert known.rule is not None or known.path in WITHOUT_POLICY, "who may ask for it?"
    assert FIRST <= known.since <= known.until <= LAST
    assert known.method not in ("POST", "PUT") or known.body is not None or known.path.endswith("/{id}")
    for schema in known.body.values.values() if known.body else ():
        jsonschema.Draft202012Validator.check_schema(schema)
    for query in known.query.values.values() if known.query else ():
        for schema in query.keys.values():
            jsonschema.Draft202012Validator.check_schema(schema)


@EVERY
def test_every_operation_is_tested(known):
    last = [part for part in known.path.split("/") if not part.startswith("{")][-1]
    assert (known.action or last) in TESTS, "add a test in tests/functional/api"


def test_no_two_operations_answer_the_same_request():
    seen = set()
    for known in OPERATIONS:
        for version in range(known.since, known.until + 1):
            key = (known.method, known.path, known.action, version)
            assert key not in seen, key
            seen.add(key)


def test_rules_lean_on_rules_that_are_there():
    names = {name for name, _, _ in BASE} | set(RULES)
    for rule in RULES.values():
        assert rule.name.startswith(("os_compute_api:", "compute:", "network:")), rule.name
        assert rule.says.endswith(".")
        for named in re.findall(r"rule:([\w:-]+)", rule.default):
            assert named in names, f"{rule.name} leans on {named}"
