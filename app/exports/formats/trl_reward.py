"""Preference pairs for Hugging Face TRL with the prompt inside both sides: reward models."""

from typing import ClassVar

from app.exports.formats.base import FileOf, Part, Row
from app.exports.formats.columns import MESSAGES, Column, Columns
from app.exports.formats.messages import (
    asked,
    fault_of_columns,
    fault_of_prompt,
    fault_of_reply,
    fault_of_sides,
    read_as,
    said,
)
from app.exports.formats.pair_rows import PAIR_ID, PAIR_METADATA, PairRows, PreferenceOptions
from app.exports.formats.pairs import Pair

PATH = "reward/train.jsonl"


class TrlReward(PairRows):
    """`chosen`, `rejected`: two whole conversations that differ in their last message only."""

    name: ClassVar[str] = "trl_reward"
    title: ClassVar[str] = "TRL reward model"
    summary: ClassVar[str] = "Pairs of whole conversations that differ in the last message; for RewardTrainer."
    columns: ClassVar[Columns] = {
        "chosen": Column("system (optional), user, assistant: the better work", MESSAGES),
        "rejected": Column("the same messages before the worse work", MESSAGES),
        "id": PAIR_ID,
        "metadata": PAIR_METADATA,
    }
    options_model: ClassVar[type[PreferenceOptions]] = PreferenceOptions
    files: ClassVar[tuple[FileOf, ...]] = (FileOf(PATH, "reward"),)

    def sides_of(self, pair: Pair, options: PreferenceOptions) -> Row:
        """Write two conversations."""
        before = asked(pair.chosen.prompt, options.system)
        sides = {"chosen": pair.chosen, "rejected": pair.rejected}
        return {name: [*before, *said(version, options.reasoning)] for name, version in sides.items()}

    def read(self, row: Row) -> list[Part]:
        """Read the prompt once, then how each side ends."""
        *before, chosen = row["chosen"]
        return [*read_as(None, before), *read_as("good", [chosen]), *read_as("bad", row["rejected"][-1:])]

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
