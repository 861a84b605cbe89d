"""CSV that holds everything exactly: a record in columns, texts and numbers as they are, all else as JSON."""

import json
from collections.abc import Iterable, Mapping
from enum import StrEnum
from typing import Any, ClassVar

from app.datasets.queries.records import Item, Record
from app.exports.formats.base import FileOf, Options, Part, Row, Table
from app.exports.formats.columns import JSON_TEXT, TEXT, Column, Columns, Shape
from app.exports.formats.native import Native

PATH = "csv/train.csv"
OF_TASK = "task."


class Cell(StrEnum):
    """How a value stands in its cell."""

    TEXT = "text"
    """as it is; it is never null"""
    NUMBER = "whole number"
    JSON = "JSON"


CELLS: Mapping[str, Cell] = {
    "format": Cell.TEXT,
    "id": Cell.TEXT,
    "project": Cell.TEXT,
    "state": Cell.TEXT,
    "tier": Cell.TEXT,
    "author": Cell.TEXT,
    "revision": Cell.NUMBER,
    "task.id": Cell.TEXT,
    "task.number": Cell.NUMBER,
    "task.version": Cell.NUMBER,
    "task.title": Cell.TEXT,
    "task.activity": Cell.TEXT,
    "task.statement": Cell.TEXT,
    "task.assumptions": Cell.JSON,
    "task.answer_expected": Cell.TEXT,
    "task.unit_expected": Cell.JSON,
    "task.answer_spec": Cell.JSON,
    "task.starter_code": Cell.TEXT,
    "task.reference": Cell.TEXT,
    "task.domain": Cell.JSON,
    "task.skill": Cell.JSON,
    "task.difficulty": Cell.JSON,
    "task.family": Cell.JSON,
    "task.language": Cell.JSON,
    "task.source": Cell.TEXT,
    "task.licence": Cell.TEXT,
    "task.origin": Cell.TEXT,
    "task.origin_model": Cell.JSON,
    "task.external_id": Cell.JSON,
    "content": Cell.JSON,
    "content_sha256": Cell.TEXT,
    "form_version": Cell.NUMBER,
    "guideline_version": Cell.NUMBER,
    "words": Cell.NUMBER,
    "tokens": Cell.JSON,
    "active_seconds": Cell.NUMBER,
    "submitted_at": Cell.TEXT,
    "findings": Cell.JSON,
    "edited_by": Cell.JSON,
    "consent": Cell.JSON,
    "check": Cell.JSON,
    "runs": Cell.JSON,
    "earlier": Cell.JSON,
    "reviews": Cell.JSON,
    "threads": Cell.JSON,
}


_SHAPES = {Cell.TEXT: TEXT, Cell.NUMBER: {**TEXT, "pattern": r"^-?\d+$"}, Cell.JSON: JSON_TEXT}


class CsvData(Native):
    """The whole record of each item, for tools that read tables; it comes back as the native exports do."""

    name: ClassVar[str] = "csv_data"
    title: ClassVar[str] = "CSV (data)"
    summary: ClassVar[str] = "Everything, as Native JSONL has it, in a table. Exact, and so not for a spreadsheet."
    columns: ClassVar[Columns] = {name: Column(cell.value, _SHAPES[cell]) for name, cell in CELLS.items()}
    definitions: ClassVar[Mapping[str, Shape]] = {}
    files: ClassVar[tuple[FileOf, ...]] = (FileOf(PATH, "csv", table=Table(tuple(CELLS))),)

    def lines(self, item: Item, options: Options) -> Iterable[tuple[str, bytes]]:
        """Give the cells of a record."""
        del options
        yield self._line(PATH, cells_of(item.record))

    def read(self, row: Row) -> list[Part]:
        """Read the record as Native JSONL does."""
        return super().read(record_of(row))

    def notes(self, options: Options) -> list[str]:
        """Say how the file is to be read."""
        del options
        return [
            "UTF-8, commas, every cell quoted, lines end with CR LF; cells may hold line breaks",
            "read every column as text: `pandas.read_csv(path, dtype=str, keep_default_na=False)`",
            "a text may begin with = or +: spreadsheets take CSV (spreadsheet)",
        ]

    def check(self, path: str, row: Row) -> str | None:
        """Refuse cells that are not those of a record."""
        del path
        if tuple(row) != tuple(CELLS) or not all(isinstance(cell, str) for cell in row.values()):
            return "its cells are not those of a record"
        return None


def cells_of(record: Record) -> dict[str, str]:
    """Write a record as cells."""
    return {name: _written(_value(record, name), cell) for name, cell in CELLS.items()}


def record_of(cells: Mapping[str, str]) -> Record:
    """Read a record from its cells; ValueError for one that cannot be read, KeyError for one that is not there."""
    record: Record = {"task": {}}
    for name, cell in CELLS.items():
        place = record["task"] if name.startswith(OF_TASK) else record
        place[name.removeprefix(OF_TASK)] = _read(cells[name], cell)
    return record


def _value(record: Record, name: str) -> Any:
    return record["task"][name.removeprefix(OF_TASK)] if name.startswith(OF_TASK) else record[name]


def _written(value: Any, cell: Cell) -> str:
    if cell is Cell.JSON:
        return json.dumps(value, ensure_ascii=False, allow_nan=False, sort_keys=True, separators=(",", ":"))
    return str(value)


def _read(text: str, cell: Cell) -> Any:
    if cell is Cell.TEXT:
        return text
    return int(text) if cell is Cell.NUMBER else json.loads(text)
