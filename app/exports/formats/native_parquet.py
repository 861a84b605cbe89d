"""Native Parquet: the whole record of each item as one text, and what is asked of it most in columns of its own."""

import json
from collections.abc import Iterable
from typing import ClassVar

from app.datasets.queries.records import Item, Record
from app.exports.formats.base import FileOf, Options, Part, Row, Struct
from app.exports.formats.native import Native

PATH = "native_parquet/train.parquet"
RECORD = "record"
STRUCT: Struct = {
    "id": "string",
    "project": "string",
    "state": "string",
    "tier": "string",
    "author": "string",
    "revision": "int64",
    "task_id": "string",
    "task_number": "int64",
    "activity": "string",
    "statement": "string",
    "domain": "string",
    "skill": "string",
    "difficulty": "int64",
    "language": "string",
    "licence": "string",
    "steps": [{"id": "string", "type": "string", "status": "string", "body": "string"}],
    "answer": "string",
    "words": "int64",
    "tokens": "int64",
    "active_seconds": "int64",
    "submitted_at": "string",
    RECORD: "string",
}
OF_TASK = ("activity", "statement", "domain", "skill", "difficulty", "language", "licence")
OF_WORK = ("id", "project", "state", "tier", "author", "revision", "words", "active_seconds", "submitted_at")


class NativeParquet(Native):
    """Everything that is known of each item, for tools that read columns."""

    name: ClassVar[str] = "native_parquet"
    title: ClassVar[str] = "Native Parquet"
    summary: ClassVar[str] = (
        "Everything, as Native JSONL has it, in one column, beside columns to filter and count by; it can come back."
    )
    columns: ClassVar[dict[str, str]] = {
        "id": "the submission",
        "project": "the project's short name",
        "state": "approved, rejected or gave_up",
        "tier": "how it was verified (S, A, B, X)",
        "author": "pseudonym",
        "revision": "number of the frozen revision",
        "task_id": "the task",
        "task_number": "its number in the project",
        "activity": "solve, program or open",
        "statement": "the task as it was worded",
        "domain": "label, or null",
        "skill": "label, or null",
        "difficulty": "1 to 5, or null",
        "language": "of the task, or null",
        "licence": "of the task",
        "steps": "list of id, type, status, body; in the order written",
        "answer": "text of the final answer",
        "words": "of the expert's text",
        "tokens": "of the expert's text",
        "active_seconds": "spent on it",
        "submitted_at": "when the frozen revision was handed in",
        RECORD: "JSON text: the whole record, a line of Native JSONL byte for byte",
    }
    files: ClassVar[tuple[FileOf, ...]] = (FileOf(PATH, "native_parquet", STRUCT),)

    def lines(self, item: Item, options: Options) -> Iterable[tuple[str, bytes]]:
        """Give the record and its columns."""
        del options
        yield self._line(PATH, {**_columns_of(item.record), RECORD: item.line.decode()})

    def read(self, row: Row) -> list[Part]:
        """Read the record as Native JSONL does."""
        return super().read(json.loads(row[RECORD]))


def _columns_of(record: Record) -> Row:
    task, content = record["task"], record["content"]
    kept = STRUCT["steps"][0]
    return {
        **{name: record[name] for name in OF_WORK},
        **{name: task[name] for name in OF_TASK},
        "task_id": task["id"],
        "task_number": task["number"],
        "steps": [{name: step[name] for name in kept} for step in content["steps"]],
        "answer": content["answer"]["text"],
        "tokens": sum(record["tokens"].values()),
    }
