"""Fixtures of nova-compute's tests."""

import pytest

from tests.unit.compute.one_host import OneHost


@pytest.fixture
def one_host(tmp_path):
    """A host of its own for each test."""
    return OneHost(tmp_path)
