"""Native JSON Lines: the whole record of each item."""

import contextlib
from collections.abc import Iterable, Mapping
from typing import ClassVar

from app.datasets.queries.records import Item
from app.datasets.states import DatasetUse
from app.exports.formats.base import Excluded, FileOf, Format, Options, Part, Rendering, Row, Voice
from app.exports.formats.columns import Column, Columns, Shape
from app.exports.formats.texts import answer_of, prompt_of, standing_labels, steps_of
from app.exports.schemas.native import NativeRecord

PATH = "native/train.jsonl"

_SCHEMA = NativeRecord.model_json_schema()
_SHAPES: Mapping[str, Shape] = _SCHEMA["properties"]


class Native(Format):
    """Everything that is known of each item."""

    name: ClassVar[str] = "native"
    title: ClassVar[str] = "Native JSONL"
    summary: ClassVar[str] = "Everything: task, content, reviews, labels and issues."
    columns: ClassVar[Columns] = {
        name: Column(meaning, _SHAPES[name])
        for name, meaning in {
            "format": "version of this layout",
            "id": "the submission",
            "project": "the project's short name",
            "state": "approved, rejected or gave_up",
            "tier": "how it was verified (S, A, B, X)",
            "author": "pseudonym",
            "revision": "number of the frozen revision",
            "task": "the task as it was worded, with its hidden reference",
            "content": "what the expert wrote: steps, answer, confidence, program",
            "content_sha256": "of the content in canonical JSON",
            "form_version": "version of the form of the content",
            "guideline_version": "number of the guideline that was in force",
            "words": "of the expert's text",
            "tokens": "of the expert's text, by vocabulary",
            "active_seconds": "spent on it",
            "submitted_at": "when the frozen revision was handed in",
            "findings": "advice of the linter that stood when it was handed in",
            "edited_by": "pseudonym of the reviewer whose edits it is, or null",
            "consent": "version of the contributor agreement that author and editor had signed, or null",
            "check": "what a machine found last, or null",
            "runs": "runs of programs that steps cite",
            "earlier": "the versions handed in before, each with its content",
            "reviews": "decided reviews with step labels and how they were verified",
            "threads": "issues with their talk",
        }.items()
    }
    definitions: ClassVar[Mapping[str, Shape]] = _SCHEMA["$defs"]
    ignores: ClassVar[frozenset[str]] = frozenset({"render", "duplicates"})
    uses: ClassVar[frozenset[DatasetUse]] = frozenset(DatasetUse)
    files: ClassVar[tuple[FileOf, ...]] = (FileOf(PATH, "native"),)

    def lines(self, item: Item, options: Options) -> Iterable[tuple[str, bytes]]:
        """Give the record as it was hashed: whoever has the file can check each line."""
        del options
        yield PATH, item.line + b"\n"

    def read(self, row: Row) -> list[Part]:
        """Read task, steps with the verdicts that count, and answer."""
        labels = standing_labels(row)
        steps = steps_of(row, Rendering.FULL)
        parts = [Part(Voice.PROMPT, prompt_of(row))]
        parts += [Part(Voice.REASONING, step["body"], labels.get(step["id"])) for step in steps]
        with contextlib.suppress(Excluded):  # work without an answer is told whole all the same
            parts.append(Part(Voice.ANSWER, answer_of(row)))
        return parts
