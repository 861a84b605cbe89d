"""axolotl's layout for KTO: texts with a label, put into a chat template by its name."""

from typing import ClassVar

from pydantic import Field

from app.exports.formats.axolotl_settings import settings_of
from app.exports.formats.base import Choice, FileOf, Options, Part, Row, Voice
from app.exports.formats.columns import FILLED, SYSTEM, Column, Columns, fault_of_keys
from app.exports.formats.judged import Version
from app.exports.formats.labelled_rows import (
    LABEL,
    VERSION_ID,
    VERSION_METADATA,
    LabelledRows,
    LabelledTextOptions,
    fault_of_label,
)
from app.exports.formats.texts import NOTHING
from app.exports.formats.thinking import fault_of_reply, read_reply, reply_of

PATH = "kto/train.jsonl"


class ChatFormat(Choice):
    """Whose marks of turns axolotl puts around the texts."""

    CHATML = "chatml", "ChatML: Qwen and others"
    LLAMA3 = "llama3", "Llama 3"


class AxolotlKtoOptions(LabelledTextOptions):
    """Options of the texts and of what axolotl puts around them."""

    chat_format: ChatFormat = Field(
        default=ChatFormat.CHATML, title="Marks of turns", description="Written into axolotl.yaml as the rows' type."
    )


class AxolotlKto(LabelledRows):
    """The rows of `trl_kto` as texts; axolotl adds the marks of turns itself."""

    name: ClassVar[str] = "axolotl_kto"
    title: ClassVar[str] = "axolotl (KTO)"
    summary: ClassVar[str] = (
        "Work labelled true or false with axolotl.yaml of type chatml.ultra or llama3.ultra; for rl: kto."
    )
    columns: ClassVar[Columns] = {
        "system": SYSTEM,
        "prompt": Column("the task", FILLED),
        "completion": Column("the work: reasoning, then answer", FILLED),
        "label": LABEL,
        "id": VERSION_ID,
        "metadata": VERSION_METADATA,
    }
    options_model: ClassVar[type[Options]] = AxolotlKtoOptions
    files: ClassVar[tuple[FileOf, ...]] = (FileOf(PATH, "kto"),)

    def work_of(self, version: Version, options: AxolotlKtoOptions) -> Row:
        """Write prompt and work as texts."""
        return {
            **({"system": options.system} if options.system.strip() else {}),
            "prompt": version.prompt,
            "completion": reply_of(version.trace, version.answer, options.reasoning),
        }

    def read(self, row: Row) -> list[Part]:
        """Read the prompt, then the work with its label."""
        before = [Part(Voice.SYSTEM, row["system"])] if "system" in row else []
        verdict = "good" if row["label"] else "bad"
        work = [Part(part.voice, part.text, verdict) for part in read_reply(row["completion"])]
        return [*before, Part(Voice.PROMPT, row["prompt"]), *work]

    def papers(self, options: AxolotlKtoOptions) -> dict[str, str]:
        """Give the settings that name these rows; without the first line the trainer would not see the label."""
        return settings_of("kto", f"{options.chat_format}.ultra", "rl: kto\nremove_unused_columns: false\n")

    def check(self, path: str, row: Row) -> str | None:
        """Refuse other keys, labels that are no booleans, and texts that are empty or a word for nothing."""
        del path
        fault = fault_of_keys(row, self.columns) or fault_of_label(row)
        if fault is not None:
            return fault
        if not row["prompt"].strip() or row["prompt"].strip().lower() in NOTHING:
            return "the task is empty"
        return fault_of_reply(row["completion"])
