"""Preference pairs for Hugging Face TRL with the prompt apart: DPO, CPO, ORPO."""

import json
from collections.abc import Iterable, Sequence
from typing import ClassVar

from pydantic import Field

from app.datasets.queries.records import Record
from app.exports.formats.base import FileOf, Format, Part, Row
from app.exports.formats.messages import (
    asked,
    fault_of_columns,
    fault_of_prompt,
    fault_of_reply,
    fault_of_sides,
    read_as,
    said,
)
from app.exports.formats.pairs import Pair, PairOptions, notes_of, pairs_of
from app.exports.formats.trl_sft import Reasoning

PATH = "dpo/train.jsonl"


class PreferenceOptions(PairOptions):
    """Options of pairs whose target knows where reasoning stands."""

    reasoning: Reasoning = Field(
        default=Reasoning.FIELD,
        title="Where the reasoning stands",
        description="A field of its own, or <think> tags.",
    )


class TrlDpo(Format):
    """`prompt`, `chosen`, `rejected`: lists of messages, one of the assistant on each side."""

    name: ClassVar[str] = "trl_dpo"
    title: ClassVar[str] = "TRL preference (DPO)"
    summary: ClassVar[str] = "Pairs of better and worse work on one task, the prompt apart; for DPO, CPO and ORPO."
    columns: ClassVar[dict[str, str]] = {
        "prompt": "system (optional) and user",
        "chosen": "the better work: one message of the assistant",
        "rejected": "the worse work: one message of the assistant",
        "id": "submission and revision of both sides",
        "metadata": "JSON text: task, kind of the pair, first differing step, where each side comes from",
    }
    options_model: ClassVar[type[PreferenceOptions]] = PreferenceOptions
    files: ClassVar[tuple[FileOf, ...]] = (FileOf(PATH, "dpo"),)
    is_by_task: ClassVar[bool] = True

    def rows_of_task(
        self, records: Sequence[Record], options: PreferenceOptions
    ) -> tuple[Iterable[tuple[str, Row]], dict[int, str]]:
        """Give one row per pair."""
        pairs, left_out = pairs_of(records, options)
        return [(PATH, _row(pair, options)) for pair in pairs], left_out

    def read(self, row: Row) -> list[Part]:
        """Read the prompt, then the better and the worse side."""
        return [*read_as(None, row["prompt"]), *read_as("good", row["chosen"]), *read_as("bad", row["rejected"])]

    def notes(self, options: PreferenceOptions) -> list[str]:
        """Say what pairs are."""
        return notes_of(options)

    def check(self, path: str, row: Row) -> str | None:
        """Refuse what no trainer notices: equal sides, a prompt inside a side, other roles, words for nothing."""
        del path
        return (
            fault_of_columns(row, self.columns)
            or fault_of_prompt(row["prompt"])
            or fault_of_reply(row["chosen"])
            or fault_of_reply(row["rejected"])
            or fault_of_sides(row["chosen"], row["rejected"])
        )


def _row(pair: Pair, options: PreferenceOptions) -> Row:
    return {
        "prompt": asked(pair.chosen.prompt, options.system),
        "chosen": said(pair.chosen, options.reasoning),
        "rejected": said(pair.rejected, options.reasoning),
        "id": pair.name,
        "metadata": json.dumps(pair.metadata(), ensure_ascii=False, sort_keys=True),
    }
