"""The small configuration files in etc/nova/examples name options that there are."""

from __future__ import annotations

import warnings
from collections.abc import Iterator
from pathlib import Path

import pytest
from keystoneauth1 import loading
from oslo_config import cfg

from nova.bus import rabbit
from nova.cmd.options import list_options

with warnings.catch_warnings():
    # The libraries announce their own deprecations at import.
    warnings.simplefilter("ignore")
    from keystonemiddleware import opts as tokens

EXAMPLES = sorted((Path(__file__).parents[2] / "etc" / "nova" / "examples").iterdir())


def known() -> Iterator[tuple[str, cfg.Opt]]:
    """(section, option) of nova and of the libraries that read nova.conf."""
    for section, options in [*list_options(), *tokens.list_auth_token_opts()]:
        name = str(getattr(section, "name", section) or "DEFAULT")
        yield from ((name, option) for option in options)
    yield from (("DEFAULT", option) for option in rabbit.oslo_messaging.transport._transport_opts)
    login = [*loading.get_auth_plugin_conf_options("password"), *loading.get_auth_common_conf_options()]
    yield from ((section, option) for section in ("glance", "keystone_authtoken") for option in login)


@pytest.mark.parametrize("path", EXAMPLES, ids=lambda path: path.name)
def test_an_example_says_nothing_that_nobody_reads(path: Path) -> None:
    sections: dict[str, dict[str, list[str]]] = {}
    cfg.ConfigParser(str(path), sections).parse()
    names = {(section, option.dest) for section, option in known()}
    names |= {(section, option.name) for section, option in known()}
    names |= {(section, old.name) for section, option in known() for old in option.deprecated_opts if old.name}
    assert {(section, key) for section in sections for key in sections[section]} <= names


def test_the_database_is_told_to_conductors_alone() -> None:
    assert [path.name for path in EXAMPLES if "[database]" in path.read_text()] == ["nova-conductor.conf"]
