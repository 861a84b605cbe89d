"""One sandbox for all tests of a process."""

from collections.abc import Iterator

import pytest

from app.sandbox.sandbox import Sandbox


@pytest.fixture(scope="session")
def sandbox() -> Iterator[Sandbox]:
    """A sandbox that works: where it cannot, these tests fail and say why."""
    with Sandbox() as sandbox:
        assert sandbox.isolation.is_available, sandbox.isolation.reason
        yield sandbox
