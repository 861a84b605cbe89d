"""Unpaired preference for Hugging Face TRL: work with what was decided about it, for KTO."""

from typing import ClassVar

from pydantic import Field

from app.exports.formats.base import FileOf, Part, Row
from app.exports.formats.columns import ASKED, REPLIES, Column, Columns
from app.exports.formats.judged import Version
from app.exports.formats.labelled_rows import (
    LABEL,
    VERSION_ID,
    VERSION_METADATA,
    LabelledOptions,
    LabelledRows,
    fault_of_label,
)
from app.exports.formats.messages import asked, fault_of_columns, fault_of_prompt, fault_of_reply, read_as, said
from app.exports.formats.trl_sft import Reasoning

PATH = "kto/train.jsonl"


class KtoOptions(LabelledOptions):
    """Options of labelled work whose target knows where reasoning stands."""

    reasoning: Reasoning = Field(
        default=Reasoning.FIELD,
        title="Where the reasoning stands",
        description="A field of its own, or <think> tags.",
    )


class TrlKto(LabelledRows):
    """`prompt`, `completion`, `label`."""

    name: ClassVar[str] = "trl_kto"
    title: ClassVar[str] = "TRL unpaired preference (KTO)"
    summary: ClassVar[str] = "Approved and not approved work with true and false labels; for KTOTrainer."
    columns: ClassVar[Columns] = {
        "prompt": Column("system (optional) and user", ASKED),
        "completion": Column("the work: one message of the assistant", REPLIES),
        "label": LABEL,
        "id": VERSION_ID,
        "metadata": VERSION_METADATA,
    }
    options_model: ClassVar[type[KtoOptions]] = KtoOptions
    files: ClassVar[tuple[FileOf, ...]] = (FileOf(PATH, "kto"),)

    def work_of(self, version: Version, options: KtoOptions) -> Row:
        """Write two lists of messages."""
        return {"prompt": asked(version.prompt, options.system), "completion": said(version, options.reasoning)}

    def read(self, row: Row) -> list[Part]:
        """Read the prompt, then the work with its label."""
        return [*read_as(None, row["prompt"]), *read_as("good" if row["label"] else "bad", row["completion"])]

    def check(self, path: str, row: Row) -> str | None:
        """Refuse labels that are no booleans, and what no trainer notices in messages."""
        del path
        return (
            fault_of_label(row)
            or fault_of_columns(row, self.columns)
            or fault_of_prompt(row["prompt"])
            or fault_of_reply(row["completion"])
        )
