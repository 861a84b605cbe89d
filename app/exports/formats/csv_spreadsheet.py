"""CSV for people with a spreadsheet: one row per item, texts only, and nothing that is taken for a formula."""

import contextlib
from collections.abc import Iterable
from typing import ClassVar

from app.datasets.queries.records import Record
from app.exports.formats.base import Excluded, FileOf, Format, Options, Part, Row, Table, Voice
from app.exports.formats.columns import TEXT, Column, Columns
from app.exports.formats.texts import STEP_SEPARATOR, answer_of, prompt_of, standing_labels, steps_of

PATH = "spreadsheet/train.csv"
CELL_MAX_CHARS = 32_767
"""More of a cell a spreadsheet cuts off or moves into the next ones."""
FORMULA = ("=", "+", "-", "@", "\t", "\r", "\n", "＝", "＋", "－", "＠")
"""What makes a spreadsheet take a cell for a formula; such a cell gets an apostrophe before it."""
CUT = " […]"


class CsvSpreadsheet(Format):
    """What a person looks for in a table; it does not come back."""

    name: ClassVar[str] = "csv_spreadsheet"
    title: ClassVar[str] = "CSV (spreadsheet)"
    summary: ClassVar[str] = "A table to open in Excel, LibreOffice or Numbers. For looking, not for training."
    columns: ClassVar[Columns] = {
        "id": Column("the submission", TEXT),
        "project": Column("the project's short name", TEXT),
        "task": Column("number of the task in its project", TEXT),
        "title": Column("of the task", TEXT),
        "domain": Column("label of the task", TEXT),
        "skill": Column("label of the task", TEXT),
        "difficulty": Column("1 to 5", TEXT),
        "language": Column("of the task", TEXT),
        "licence": Column("of the task", TEXT),
        "author": Column("pseudonym", TEXT),
        "state": Column("approved, rejected or gave_up", TEXT),
        "tier": Column("how it was verified (S, A, B, X)", TEXT),
        "reviews": Column("how many were decided", TEXT),
        "submitted_at": Column("when it was handed in, in UTC", TEXT),
        "words": Column("of the expert's text", TEXT),
        "active_seconds": Column("spent on it", TEXT),
        "prompt": Column("the task as it was worded", TEXT),
        "steps": Column("how many are rendered", TEXT),
        "reasoning": Column("the rendered steps", TEXT),
        "labels": Column("the reviewer's word on each of them", TEXT),
        "answer": Column("the final answer", TEXT),
    }
    options_model: ClassVar[type[Options]] = Options
    files: ClassVar[tuple[FileOf, ...]] = (FileOf(PATH, "spreadsheet", table=Table(tuple(columns), has_mark=True)),)

    def rows(self, record: Record, options: Options) -> Iterable[tuple[str, Row]]:
        """Give one row of harmless cells per item."""
        yield PATH, {name: harmless(str(value)) for name, value in _cells(record, options).items()}

    def read(self, row: Row) -> list[Part]:
        """Read what was asked, how it was reasoned and what was answered."""
        parts = [Part(Voice.PROMPT, row["prompt"]), Part(Voice.REASONING, row["reasoning"])]
        return [part for part in (*parts, Part(Voice.ANSWER, row["answer"])) if part.text]

    def notes(self, options: Options) -> list[str]:
        """Say what was done to the texts."""
        del options
        return [
            "steps are joined by one empty line",
            "a cell that a spreadsheet would take for a formula has an apostrophe before it",
            f"a cell of more than {CELL_MAX_CHARS:,} characters is cut and ends with{CUT}",
            "UTF-8 with a byte order mark, every cell quoted",
        ]

    def check(self, path: str, row: Row) -> str | None:
        """Refuse cells that a spreadsheet would run or cut."""
        del path
        if not all(isinstance(cell, str) for cell in row.values()):
            return "a cell is no text"
        if any(cell.startswith(FORMULA) for cell in row.values()):
            return "a cell would be taken for a formula"
        return "a cell is too long" if any(len(cell) > CELL_MAX_CHARS for cell in row.values()) else None


def harmless(text: str) -> str:
    """Write a text as a cell that is shown and never run; NUL, which ends some readers' cell, is left out."""
    text = text.replace("\0", "")
    if text.startswith(FORMULA):
        text = f"'{text}"
    return text if len(text) <= CELL_MAX_CHARS else text[: CELL_MAX_CHARS - len(CUT)] + CUT


def _cells(record: Record, options: Options) -> Row:
    task, steps = record["task"], steps_of(record, options.render)
    labels = standing_labels(record)
    answer = ""
    with contextlib.suppress(Excluded):  # work without an answer is told all the same
        answer = answer_of(record)
    named = {name: task[name] or "" for name in ("domain", "skill", "difficulty", "language", "licence")}
    return {
        "id": record["id"],
        "project": record["project"],
        "task": task["number"],
        "title": task["title"],
        **named,
        **{name: record[name] for name in ("author", "state", "tier")},
        "reviews": len(record["reviews"]),
        **{name: record[name] for name in ("submitted_at", "words", "active_seconds")},
        "prompt": prompt_of(record),
        "steps": len(steps),
        "reasoning": STEP_SEPARATOR.join(step["body"] for step in steps),
        "labels": " ".join(labels.get(step["id"], "none") for step in steps) if labels else "",
        "answer": answer,
    }
