"""What must stand before the first test is collected: Hypothesis' profile and the database server of the run."""

import os

import pytest
from hypothesis import HealthCheck, settings

from tests.postgres import start_for_this_run

# On a loaded machine a deadline measures the neighbours, and a slow first example is a slow import.
settings.register_profile("workings", deadline=None, suppress_health_check=[HealthCheck.too_slow], print_blob=True)
settings.register_profile("thorough", settings.get_profile("workings"), max_examples=2_000)
settings.load_profile(os.environ.get("HYPOTHESIS_PROFILE", "workings"))


def pytest_configure(config: pytest.Config) -> None:
    """Start PostgreSQL once, in the process that starts the workers; they inherit its address."""
    if os.environ.get("WORKINGS_TEST_DATABASE") == "postgresql" and not hasattr(config, "workerinput"):
        start_for_this_run()
