"""What an adapter is."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

Record = Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Adapter:
    """A known layout: which columns it has, and how one record becomes the fields of a task."""

    name: str
    title: str
    """what it is, for the list on the import page"""
    read: Callable[[Record], Mapping[str, Any]]
    """record → our fields; raises BadRow when the record is not of this layout"""
    needs: tuple[str, ...] = ()
    """columns that the file must have"""
    presets: Mapping[str, Any] = field(default_factory=dict)
    """values for all rows unless somebody gives others"""
    knows: Callable[[Record], bool] = lambda _record: True
    """whether a record looks like this layout, beyond having its columns"""
