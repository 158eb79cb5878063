"""The same on MariaDB and PostgreSQL."""

import pytest

from tests.functional.conductor.test_journal import *  # noqa: F403 - collected here too

pytestmark = pytest.mark.integration
