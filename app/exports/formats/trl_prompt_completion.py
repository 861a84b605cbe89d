"""Prompt and completion for Hugging Face TRL: SFT that learns the expert's part only."""

import json
from collections.abc import Iterable
from typing import ClassVar

from app.datasets.queries.records import Record
from app.exports.formats.base import FileOf, Format, Part, Row
from app.exports.formats.columns import ASKED, CALLED_TOOLS, ID, METADATA, TURNS, Column, Columns
from app.exports.formats.messages import asked, fault_of_columns, fault_of_prompt
from app.exports.formats.runs import TOOLS, Runs, fault_of_turns, is_empty
from app.exports.formats.texts import metadata_of, prompt_of, require_imitable
from app.exports.formats.trl_sft import SftOptions, parts_of, turns_of

PATH = "prompt_completion/train.jsonl"


class TrlPromptCompletion(Format):
    """`prompt` and `completion`, lists of messages; only approved work, for it is imitated word by word."""

    name: ClassVar[str] = "trl_prompt_completion"
    title: ClassVar[str] = "TRL prompt-completion"
    summary: ClassVar[str] = "Prompt apart from the expert's messages, which alone are learnt; for SFTTrainer."
    columns: ClassVar[Columns] = {
        "prompt": Column("system (optional) and user", ASKED),
        "completion": Column("assistant; with tool_calls also tool", TURNS),
        "tools": CALLED_TOOLS,
        "id": ID,
        "metadata": METADATA,
    }
    options_model: ClassVar[type[SftOptions]] = SftOptions
    files: ClassVar[tuple[FileOf, ...]] = (FileOf(PATH, "prompt_completion"),)

    def rows(self, record: Record, options: SftOptions) -> Iterable[tuple[str, Row]]:
        """Give one row per approved item."""
        require_imitable(record)
        prompt = prompt_of(record)
        metadata = json.dumps(metadata_of(record), ensure_ascii=False, sort_keys=True)
        tools = {"tools": TOOLS} if options.runs is Runs.TOOL_CALLS else {}
        row = {
            "prompt": asked(prompt, options.system),
            "completion": list(turns_of(record, options)),
            **tools,
            "id": record["id"],
            "metadata": metadata,
        }
        yield PATH, row

    def read(self, row: Row) -> list[Part]:
        """Read the messages, the reasoning apart from the answer."""
        return [part for message in (*row["prompt"], *row["completion"]) for part in parts_of(message)]

    def check(self, path: str, row: Row) -> str | None:
        """Refuse empty messages, calls without results, a prompt that ends with another, a trace given twice."""
        del path
        completion = row["completion"]
        if any(map(is_empty, completion)):
            return "a message is empty"
        if any("reasoning_content" in said and "<think>" in said["content"] for said in completion):
            return "the reasoning is both a field and in <think> tags"
        if any(message["role"] not in {"assistant", "tool"} for message in completion):
            return "the completion holds a message that is none of the assistant's"
        return (
            fault_of_columns(row, self.columns)
            or fault_of_prompt(row["prompt"])
            or fault_of_turns([*row["prompt"], *completion])
        )
