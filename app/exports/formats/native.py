"""Native JSON Lines: the whole record of each item."""

from collections.abc import Iterable
from typing import ClassVar

from app.datasets.queries.records import Record
from app.exports.formats.base import FileOf, Format, Options, Row

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
    files: ClassVar[tuple[FileOf, ...]] = (FileOf(PATH, "native"),)

    def rows(self, record: Record, options: Options) -> Iterable[tuple[str, Row]]:
        """Give the record as it is."""
        del options
        yield PATH, record
