"""Supervised fine-tuning for Hugging Face TRL: conversations with the reasoning kept apart from the answer."""

import json
from collections.abc import Iterable
from typing import ClassVar

from pydantic import Field

from app.datasets.queries.records import Record
from app.exports.formats.base import Choice, Excluded, FileOf, Format, Options, Part, Rendering, Row, Voice
from app.exports.formats.columns import CALLED_TOOLS, ID, MESSAGES, METADATA, Column, Columns, fault_of_keys
from app.exports.formats.runs import (
    TOOLS,
    Runs,
    call_of,
    called,
    fault_of_turns,
    is_empty,
    result_of,
    stretches_of,
)
from app.exports.formats.texts import answer_of, metadata_of, prompt_of, require_imitable

PATH = "sft/train.jsonl"
VOICES = {"system": Voice.SYSTEM, "user": Voice.PROMPT, "tool": Voice.REASONING}
_OPENED, _CLOSED = "<think>\n", "\n</think>\n\n"


class Reasoning(Choice):
    """Where the trace stands in the assistant's message."""

    FIELD = "field", "reasoning in a field of its own"
    """In `reasoning_content`, beside `content`."""
    THINK_TAGS = "think_tags", "reasoning between <think> tags"
    """Inside `content`, between <think> and </think>."""


class SftOptions(Options):
    """Options of the conversation."""

    reasoning: Reasoning = Field(
        default=Reasoning.FIELD,
        title="Where the reasoning stands",
        description="A field of its own, or <think> tags.",
    )
    system: str = Field(
        default="", max_length=4000, title="System message", description="Stands before every row; empty for none."
    )
    runs: Runs = Field(default=Runs.TEXT, title="Runs of programs", description="What becomes of runs that steps cite.")


class TrlSft(Format):
    """`messages` with system, user and assistant; the last message is the expert's."""

    name: ClassVar[str] = "trl_sft"
    title: ClassVar[str] = "TRL SFT (conversational)"
    summary: ClassVar[str] = "Prompt, reasoning and answer as messages; for SFTTrainer and what reads its layout."
    columns: ClassVar[Columns] = {
        "messages": Column(
            "system (optional), user, assistant; reasoning in `reasoning_content` or in <think> tags; "
            "with tool_calls also tool",
            MESSAGES,
        ),
        "tools": CALLED_TOOLS,
        "id": ID,
        "metadata": METADATA,
    }
    options_model: ClassVar[type[Options]] = SftOptions
    files: ClassVar[tuple[FileOf, ...]] = (FileOf(PATH, "sft"),)

    def rows(self, record: Record, options: SftOptions) -> Iterable[tuple[str, Row]]:
        """Give one conversation per approved item."""
        require_imitable(record)
        messages: list[Row] = []
        if options.system.strip():
            messages.append({"role": "system", "content": options.system})
        messages.append({"role": "user", "content": prompt_of(record)})
        messages += turns_of(record, options)
        metadata = json.dumps(metadata_of(record), ensure_ascii=False, sort_keys=True)
        tools = {"tools": TOOLS} if options.runs is Runs.TOOL_CALLS else {}
        yield PATH, {"messages": messages, **tools, "id": record["id"], "metadata": metadata}

    def read(self, row: Row) -> list[Part]:
        """Read the messages, the reasoning apart from the answer."""
        return [part for message in row["messages"] for part in parts_of(message)]

    def check(self, path: str, row: Row) -> str | None:
        """Refuse other columns, empty messages and a trace that is given twice."""
        del path
        if any(map(is_empty, row["messages"])):
            return "a message is empty"
        if any("reasoning_content" in said and "<think>" in said["content"] for said in row["messages"]):
            return "the reasoning is both a field and in <think> tags"
        return fault_of_keys(row, self.columns) or fault_of_turns(row["messages"])


def turns_of(record: Record, options: SftOptions) -> Iterable[Row]:
    """Give the expert's messages, each call followed by its result; the last one holds the answer."""
    *calling, last = stretches_of(record, options.render, options.runs)
    if not calling and not last.trace and options.render is not Rendering.ANSWER:
        raise Excluded("no reasoning to render")
    for stretch in calling:
        assert stretch.run is not None  # noqa: S101 - all but the last end with one
        said = spoken(stretch.trace, "", options.reasoning)
        yield {**said, "tool_calls": [call_of(stretch.run, as_text=False)]}
        yield result_of(stretch.run, named=True)
    yield spoken(last.trace, answer_of(record), options.reasoning)


def spoken(trace: str, content: str, reasoning: Reasoning) -> Row:
    """Write the assistant's message; without a trace it has neither field nor tags."""
    if not trace:
        return {"role": "assistant", "content": content}
    if reasoning is Reasoning.FIELD:
        return {"role": "assistant", "reasoning_content": trace, "content": content}
    if "<think>" in trace or "</think>" in trace:
        raise Excluded("the text itself holds <think> tags")
    return {"role": "assistant", "content": f"{_OPENED}{trace}{_CLOSED}{content}"}


def parts_of(message: Row) -> Iterable[Part]:
    """Read a message as a person does, the reasoning apart from the answer."""
    if message["role"] != "assistant":
        yield Part(VOICES[message["role"]], message["content"])
        return
    trace, content = message.get("reasoning_content", ""), message["content"]
    if content.startswith(_OPENED):
        trace, _, content = content.removeprefix(_OPENED).partition(_CLOSED)
    if trace:
        yield Part(Voice.REASONING, trace)
    yield from called(message)
    if content:
        yield Part(Voice.ANSWER, content)
