"""Preference pairs for Hugging Face TRL with the prompt apart: DPO, CPO, ORPO."""

from typing import ClassVar

from app.exports.formats.base import FileOf, Part, Row
from app.exports.formats.columns import ASKED, REPLIES, Column, Columns
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

PATH = "dpo/train.jsonl"


class TrlDpo(PairRows):
    """`prompt`, `chosen`, `rejected`: lists of messages, one of the assistant on each side."""

    name: ClassVar[str] = "trl_dpo"
    title: ClassVar[str] = "TRL preference (DPO)"
    summary: ClassVar[str] = "Pairs of better and worse work on one task, the prompt apart; for DPO, CPO and ORPO."
    columns: ClassVar[Columns] = {
        "prompt": Column("system (optional) and user", ASKED),
        "chosen": Column("the better work: one message of the assistant", REPLIES),
        "rejected": Column("the worse work: one message of the assistant", REPLIES),
        "id": PAIR_ID,
        "metadata": PAIR_METADATA,
    }
    options_model: ClassVar[type[PreferenceOptions]] = PreferenceOptions
    files: ClassVar[tuple[FileOf, ...]] = (FileOf(PATH, "dpo"),)

    def sides_of(self, pair: Pair, options: PreferenceOptions) -> Row:
        """Write three lists of messages."""
        return {
            "prompt": asked(pair.chosen.prompt, options.system),
            "chosen": said(pair.chosen, options.reasoning),
            "rejected": said(pair.rejected, options.reasoning),
        }

    def read(self, row: Row) -> list[Part]:
        """Read the prompt, then the better and the worse side."""
        return [*read_as(None, row["prompt"]), *read_as("good", row["chosen"]), *read_as("bad", row["rejected"])]

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
