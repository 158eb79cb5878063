"""Plans of network hosts on MariaDB and PostgreSQL."""

import pytest

from tests.functional.conductor.test_network_plans import *  # noqa: F403 - collected here too

pytestmark = pytest.mark.integration
