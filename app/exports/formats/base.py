"""What a format is: options, the files it writes, and how one record becomes rows."""

import json
from collections.abc import Iterable
from dataclasses import dataclass
from enum import StrEnum
from typing import Any, ClassVar

from pydantic import BaseModel, ConfigDict, Field

from app.datasets.queries.records import Item, Record

Row = dict[str, Any]


class Rendering(StrEnum):
    """Which part of the reasoning is rendered."""

    CLEAN = "clean"
    """The way to the answer: no dead ends, no backtracks, nothing abandoned or replaced."""
    FULL = "full"
    """The whole exploration in the order it was written, dead ends and corrections included."""
    ANSWER = "answer"
    """The final answer only."""


class Options(BaseModel):
    """Options that every format has; each format adds its own in a subclass."""

    model_config = ConfigDict(extra="forbid")

    render: Rendering = Field(default=Rendering.CLEAN, description="Which part of the reasoning is rendered.")


class Excluded(Exception):
    """Raised by a format for an item it cannot carry; the reason is counted in the manifest."""

    def __init__(self, reason: str) -> None:
        super().__init__(reason)
        self.reason = reason


class BadRow(Exception):
    """Raised when a row is not what its readers take; the sentence says what is wrong with it."""


@dataclass(frozen=True, slots=True)
class FileOf:
    """A file of JSON lines that a format writes; `config` names it in the dataset card."""

    path: str
    config: str | None
    """None: a side-car that loaders should not see"""
    feature_note: str = ""


class Format:
    """A training format. Subclasses are stateless: `rows` is a pure function of the record and the options."""

    name: ClassVar[str]
    title: ClassVar[str]
    """what people call it"""
    summary: ClassVar[str]
    """what it is for and who reads it, in a sentence"""
    columns: ClassVar[dict[str, str]]
    """column → meaning, for the card"""
    options_model: ClassVar[type[Options]] = Options
    files: ClassVar[tuple[FileOf, ...]]

    def lines(self, item: Item, options: Any) -> Iterable[tuple[str, bytes]]:
        """Yield (path of the file, line); raise Excluded as `rows` does, BadRow for a row with a fault."""
        for path, row in self.rows(item.record, options):
            fault = self.check(path, row)
            if fault is not None:
                raise BadRow(fault)
            yield path, line_of(row)

    def rows(self, record: Record, options: Any) -> Iterable[tuple[str, Row]]:
        """Yield (path of the file, row); raise Excluded when the record has nothing to give to this format."""
        raise TypeError(f"{type(self).__name__} is no complete format: {record.keys()} {options}")

    def check(self, path: str, row: Row) -> str | None:
        """Say what is wrong with a row, or None; a row with a fault fails the export before a file is listed."""
        del path, row
        return None


def line_of(row: Row) -> bytes:
    """Write one row as a line: UTF-8, non-ASCII as it is, no NaN, the keys in the format's order."""
    return (json.dumps(row, ensure_ascii=False, allow_nan=False, separators=(",", ":")) + "\n").encode()
