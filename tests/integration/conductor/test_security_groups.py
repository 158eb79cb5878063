"""Security groups on MariaDB and PostgreSQL."""

import pytest

from tests.functional.conductor.test_security_groups import *  # noqa: F403 - collected here too

pytestmark = pytest.mark.integration
