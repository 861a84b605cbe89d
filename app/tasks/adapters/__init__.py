"""Layouts of files that are known by name: one small file each; this registry lists them."""

from collections.abc import Mapping, Sequence
from typing import Any

from app.tasks.adapters import fields, gsm8k, humaneval
from app.tasks.adapters.base import Adapter

ADAPTERS: dict[str, Adapter] = {adapter.name: adapter for adapter in (fields.ADAPTER, gsm8k.ADAPTER, humaneval.ADAPTER)}


def guess_adapter(columns: Sequence[str], first: Mapping[str, Any] | None) -> Adapter:
    """Pick the adapter whose columns are all there and that knows the first record as its own; else `fields`."""
    for adapter in ADAPTERS.values():
        if adapter.needs and set(adapter.needs) <= set(columns) and first is not None and adapter.knows(first):
            return adapter
    return fields.ADAPTER
