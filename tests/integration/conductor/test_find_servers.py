"""The same on MariaDB and PostgreSQL."""

import pytest

from tests.functional.conductor.test_find_servers import *  # noqa: F403 - collected here too

pytestmark = pytest.mark.integration
