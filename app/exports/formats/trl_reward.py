"""Preference pairs for Hugging Face TRL with the prompt inside both sides: reward models."""

import json
from collections.abc import Iterable, Sequence
from typing import ClassVar

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
from app.exports.formats.pairs import notes_of, pairs_of
from app.exports.formats.trl_dpo import PreferenceOptions

PATH = "reward/train.jsonl"


class TrlReward(Format):
    """`chosen`, `rejected`: two whole conversations that differ in their last message only."""

    name: ClassVar[str] = "trl_reward"
    title: ClassVar[str] = "TRL reward model"
    summary: ClassVar[str] = "Pairs of whole conversations that differ in the last message; for RewardTrainer."
    columns: ClassVar[dict[str, str]] = {
        "chosen": "system (optional), user, assistant: the better work",
        "rejected": "the same messages before the worse work",
        "id": "submission and revision of both sides",
        "metadata": "JSON text: task, kind of the pair, first differing step, where each side comes from",
    }
    options_model: ClassVar[type[PreferenceOptions]] = PreferenceOptions
    files: ClassVar[tuple[FileOf, ...]] = (FileOf(PATH, "reward"),)
    is_by_task: ClassVar[bool] = True

    def rows_of_task(
        self, records: Sequence[Record], options: PreferenceOptions
    ) -> tuple[Iterable[tuple[str, Row]], dict[int, str]]:
        """Give one row per pair."""
        pairs, left_out = pairs_of(records, options)
        rows = []
        for pair in pairs:
            before = asked(pair.chosen.prompt, options.system)
            row = {
                "chosen": [*before, *said(pair.chosen, options.reasoning)],
                "rejected": [*before, *said(pair.rejected, options.reasoning)],
                "id": pair.name,
                "metadata": json.dumps(pair.metadata(), ensure_ascii=False, sort_keys=True),
            }
            rows.append((PATH, row))
        return rows, left_out

    def read(self, row: Row) -> list[Part]:
        """Read the prompt once, then how each side ends."""
        *before, chosen = row["chosen"]
        return [*read_as(None, before), *read_as("good", [chosen]), *read_as("bad", row["rejected"][-1:])]

    def notes(self, options: PreferenceOptions) -> list[str]:
        """Say what pairs are."""
        return notes_of(options)

    def check(self, path: str, row: Row) -> str | None:
        """Refuse sides with other prompts, which would be read as answers, and equal ones."""
        del path
        chosen, rejected = row["chosen"], row["rejected"]
        if chosen[:-1] != rejected[:-1]:
            return "the two sides do not begin with the same messages"
        return (
            fault_of_columns(row, self.columns)
            or fault_of_prompt(chosen[:-1])
            or fault_of_reply(chosen[-1:])
            or fault_of_reply(rejected[-1:])
            or fault_of_sides(chosen, rejected)
        )
