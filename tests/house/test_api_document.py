"""The OpenAPI document says all that the register says, and can be resolved."""

from __future__ import annotations

import json
import re

import jsonschema
import pytest

from nova.api import openstack
from nova.api.web.microversion import FIRST, LAST
from nova.api.web.openapi import document
from nova.api.web.operations import OPERATIONS, discover
from nova.cmd import manage

discover(openstack)


@pytest.mark.parametrize("version", (FIRST, 36, LAST))
def test_it_holds_every_operation_of_its_microversion_and_no_other(version):
    described = {
        (method, path) for path, item in document(version)["paths"].items() for method in item if method != "parameters"
    }
    registered = {(known.method.lower(), known.path) for known in OPERATIONS if known.serves(version)}
    assert described == registered
    assert len(described) > 50


def test_what_has_gone_is_not_in_later_documents():
    assert "/os-security-groups" in document(35)["paths"]
    assert "/os-security-groups" not in document(36)["paths"]


def test_every_word_of_a_path_is_a_parameter():
    for path, item in document(LAST)["paths"].items():
        assert [word["name"] for word in item["parameters"]] == re.findall(r"{(\w+)}", path)


def test_names_of_operations_are_their_own():
    names = [
        operation["operationId"]
        for item in document(LAST)["paths"].values()
        for method, operation in item.items()
        if method != "parameters"
    ]
    assert len(names) == len(set(names))


def test_bodies_are_schemas_that_take_what_the_api_takes():
    create = document(LAST)["paths"]["/servers"]["post"]
    schema = create["requestBody"]["content"]["application/json"]["schema"]
    good = {"server": {"name": "one", "flavorRef": "1", "networks": "none"}}
    jsonschema.validate(good, schema)
    with pytest.raises(jsonschema.ValidationError):
        jsonschema.validate({"server": {**good["server"], "name": ""}}, schema)
    assert create["x-policies"] == ["os_compute_api:servers:create"]
    assert {"202", "400", "403", "409"} <= set(create["responses"])


def test_actions_share_a_path_and_stand_side_by_side():
    actions = document(LAST)["paths"]["/servers/{server_id}/action"]["post"]
    bodies = actions["requestBody"]["content"]["application/json"]["schema"]["oneOf"]
    named = {name for body in bodies for name in body["properties"]}
    assert {"os-start", "os-stop", "reboot"} <= named
    assert all(f"* {name}: " in actions["description"] for name in named)


def test_operators_print_it(capsys):
    assert manage.main(["api", "document", "--microversion", "2.42"]) == 0
    assert json.loads(capsys.readouterr().out)["info"]["version"] == "2.42"


@pytest.mark.parametrize("wrong", ("2.0", f"2.{LAST + 1}", "3.1", "2", "2.x", "2.²"))
def test_a_microversion_that_is_not_is_refused(wrong, capsys):
    with pytest.raises(SystemExit) as ended:
        manage.main(["api", "document", "--microversion", wrong])
    assert ended.value.code == 2
    assert "is not a microversion" in capsys.readouterr().err


def test_patterns_are_not_pythons_own():
    text = json.dumps(document(LAST))
    assert r"\\Z" not in text
    assert '"^[a-zA-Z0-9_:. -]{1,255}$"' in text
