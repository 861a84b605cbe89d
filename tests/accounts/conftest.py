"""Passwords at their price, for the few tests that are about it."""

from typing import Any

import pytest

from app.accounts.service import passwords


@pytest.fixture
def full_price(_earnest_hashing: dict[str, Any], monkeypatch: pytest.MonkeyPatch) -> None:
    """Hash as an installation does."""
    for name, value in _earnest_hashing.items():
        monkeypatch.setattr(passwords, name, value)
