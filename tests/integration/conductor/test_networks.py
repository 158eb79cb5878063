"""Networks on MariaDB and PostgreSQL."""

import pytest

from tests.functional.conductor.test_networks import *  # noqa: F403 - collected here too

pytestmark = pytest.mark.integration
