"""Native Parquet: the whole record of each item as one text, and what is asked of it most in columns of its own."""

import json
from collections.abc import Iterable, Mapping
from typing import ClassVar

from app.datasets.queries.records import Item, Record
from app.exports.formats.base import FileOf, Options, Part, Row, Struct
from app.exports.formats.columns import COUNT, JSON_TEXT, TEXT, WHOLE, Column, Columns, Shape, list_of, or_null, struct
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
    columns: ClassVar[Columns] = {
        "id": Column("the submission", TEXT),
        "project": Column("the project's short name", TEXT),
        "state": Column("approved, rejected or gave_up", TEXT),
        "tier": Column("how it was verified (S, A, B, X)", TEXT),
        "author": Column("pseudonym", TEXT),
        "revision": Column("number of the frozen revision", WHOLE),
        "task_id": Column("the task", TEXT),
        "task_number": Column("its number in the project", WHOLE),
        "activity": Column("solve, program or open", TEXT),
        "statement": Column("the task as it was worded", TEXT),
        "domain": Column("label, or null", or_null(TEXT)),
        "skill": Column("label, or null", or_null(TEXT)),
        "difficulty": Column("1 to 5, or null", or_null(WHOLE)),
        "language": Column("of the task, or null", or_null(TEXT)),
        "licence": Column("of the task", TEXT),
        "steps": Column(
            "list of id, type, status, body; in the order written",
            list_of(struct(dict.fromkeys(("id", "type", "status", "body"), TEXT))),
        ),
        "answer": Column("text of the final answer", TEXT),
        "words": Column("of the expert's text", COUNT),
        "tokens": Column("of the expert's text", COUNT),
        "active_seconds": Column("spent on it", COUNT),
        "submitted_at": Column("when the frozen revision was handed in", TEXT),
        RECORD: Column("JSON text: the whole record, a line of Native JSONL byte for byte", JSON_TEXT),
    }
    definitions: ClassVar[Mapping[str, Shape]] = {}
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
