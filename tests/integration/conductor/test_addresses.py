"""Addresses on MariaDB and PostgreSQL, where rivals really work at once."""

import pytest

from tests.functional.conductor.test_addresses import *  # noqa: F403 - collected here too

pytestmark = pytest.mark.integration
