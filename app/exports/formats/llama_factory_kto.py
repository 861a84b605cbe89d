"""LLaMA-Factory's folder for KTO: conversations that end with the answer, each with a boolean tag."""

from typing import ClassVar

from app.exports.formats.base import FileOf, Options, Part, Row, Voice
from app.exports.formats.columns import FILLED, Column, Columns, fault_of_keys, list_of, struct, words
from app.exports.formats.judged import Version
from app.exports.formats.labelled_rows import (
    LABEL,
    VERSION_ID,
    VERSION_METADATA,
    LabelledRows,
    LabelledTextOptions,
    fault_of_label,
)
from app.exports.formats.llama_factory import OPENAI_TAGS, dataset_info, notes_on_calling
from app.exports.formats.messages import asked, fault_of_prompt
from app.exports.formats.thinking import fault_of_reply, read_reply, reply_of

PATH = "kto/train/train.jsonl"
_MESSAGE = struct({"role": words("system", "user", "assistant"), "content": FILLED})


class LlamaFactoryKto(LabelledRows):
    """The rows of `trl_kto` as LLaMA-Factory reads them; a tag that is no boolean it would take for SFT."""

    name: ClassVar[str] = "llama_factory_kto"
    title: ClassVar[str] = "LLaMA-Factory (KTO)"
    summary: ClassVar[str] = "A folder with dataset_info.json for LLaMA-Factory: work labelled true or false."
    columns: ClassVar[Columns] = {
        "messages": Column("system (optional), user, assistant: the work", list_of(_MESSAGE, least=2)),
        "label": LABEL,
        "id": VERSION_ID,
        "metadata": VERSION_METADATA,
    }
    options_model: ClassVar[type[Options]] = LabelledTextOptions
    files: ClassVar[tuple[FileOf, ...]] = (FileOf(PATH, "kto"),)

    def work_of(self, version: Version, options: LabelledTextOptions) -> Row:
        """Write one conversation."""
        reply = reply_of(version.trace, version.answer, options.reasoning)
        return {"messages": [*asked(version.prompt, options.system), {"role": "assistant", "content": reply}]}

    def read(self, row: Row) -> list[Part]:
        """Read the prompt, then the work with its label."""
        voices = {"system": Voice.SYSTEM, "user": Voice.PROMPT}
        *before, last = row["messages"]
        verdict = "good" if row["label"] else "bad"
        parts = [Part(voices[message["role"]], message["content"]) for message in before]
        return [*parts, *(Part(part.voice, part.text, verdict) for part in read_reply(last["content"]))]

    def papers(self, options: LabelledTextOptions) -> dict[str, str]:
        """Give dataset_info.json."""
        del options
        facts = {"columns": {"messages": "messages", "kto_tag": "label"}}
        return {"dataset_info.json": dataset_info("kto", facts, OPENAI_TAGS)}

    def notes(self, options: LabelledTextOptions) -> list[str]:
        """Say what the labels are, and how the folder is called."""
        return [*super().notes(options), *notes_on_calling("kto")]

    def check(self, path: str, row: Row) -> str | None:
        """Refuse what its loader drops or takes for something else: other roles, empty answers, tags in words."""
        del path
        *before, last = row["messages"] or [{}]
        if last.get("role") != "assistant":
            return "it does not end with the assistant"
        return (
            fault_of_label(row)
            or fault_of_keys(row, self.columns)
            or fault_of_prompt(before)
            or fault_of_reply(last["content"])
        )
