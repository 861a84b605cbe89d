"""Native JSON Lines: the whole record of each item."""

import contextlib
from collections.abc import Iterable
from typing import ClassVar

from app.datasets.queries.records import Item
from app.datasets.states import DatasetUse
from app.exports.formats.base import Excluded, FileOf, Format, Options, Part, Rendering, Row, Voice
from app.exports.formats.texts import answer_of, prompt_of, standing_labels, steps_of

PATH = "native/train.jsonl"


class Native(Format):
    """Everything that is known of each item."""

    name: ClassVar[str] = "native"
    title: ClassVar[str] = "Native JSONL"
    summary: ClassVar[str] = "Everything: task, content, reviews, labels and issues."
    columns: ClassVar[dict[str, str]] = {
        "id": "the submission",
        "task": "the task as it was worded, with its hidden reference",
        "content": "what the expert wrote: steps, answer, confidence, program",
        "earlier": "the versions handed in before, each with its content",
        "reviews": "decided reviews with step labels and how they were verified",
        "threads": "issues with their talk",
        "tier": "how it was verified (S, A, B, X)",
    }
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
