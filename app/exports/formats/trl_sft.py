"""Supervised fine-tuning for Hugging Face TRL: conversations with the reasoning kept apart from the answer."""

import json
from collections.abc import Iterable
from typing import ClassVar

from pydantic import Field

from app.datasets.queries.records import Record
from app.exports.formats.base import Choice, Excluded, FileOf, Format, Options, Part, Rendering, Row, Voice
from app.exports.formats.texts import answer_of, metadata_of, prompt_of, trace_of

PATH = "sft/train.jsonl"
_OPENED, _CLOSED = "<think>\n", "\n</think>\n\n"


class Reasoning(Choice):
    """Where the trace stands in the assistant's message."""

    FIELD = "field", "reasoning in a field of its own"
    """In `reasoning_content`, beside `content`."""
    THINK_TAGS = "think_tags", "reasoning between <think> tags"
    """Inside `content`, between <think> and </think>."""


class SftOptions(Options):
    """Options of the conversation."""

    reasoning: Reasoning = Field(default=Reasoning.FIELD, description="A field of its own, or <think> tags.")
    system: str = Field(default="", max_length=4000, description="System message for every row; empty for none.")


class TrlSft(Format):
    """`messages` with system, user and assistant; the last message is the expert's."""

    name: ClassVar[str] = "trl_sft"
    title: ClassVar[str] = "TRL SFT (conversational)"
    summary: ClassVar[str] = "Prompt, reasoning and answer as messages; for SFTTrainer and what reads its layout."
    columns: ClassVar[dict[str, str]] = {
        "messages": "system (optional), user, assistant; reasoning in `reasoning_content` or in <think> tags",
        "id": "the submission",
        "metadata": "JSON text: task, author's pseudonym, tier, labels, licence",
    }
    options_model: ClassVar[type[Options]] = SftOptions
    files: ClassVar[tuple[FileOf, ...]] = (FileOf(PATH, "sft"),)

    def rows(self, record: Record, options: SftOptions) -> Iterable[tuple[str, Row]]:
        """Give one conversation per item."""
        messages: list[Row] = []
        if options.system.strip():
            messages.append({"role": "system", "content": options.system})
        messages.append({"role": "user", "content": prompt_of(record)})
        messages.append(_assistant(record, options))
        metadata = json.dumps(metadata_of(record), ensure_ascii=False, sort_keys=True)
        yield PATH, {"messages": messages, "id": record["id"], "metadata": metadata}

    def read(self, row: Row) -> list[Part]:
        """Read the messages, the reasoning apart from the answer."""
        *before, last = row["messages"]
        parts = [Part(Voice.PROMPT if said["role"] == "user" else Voice.SYSTEM, said["content"]) for said in before]
        trace, answer = last.get("reasoning_content", ""), last["content"]
        if answer.startswith(_OPENED):
            trace, _, answer = answer.removeprefix(_OPENED).partition(_CLOSED)
        if trace:
            parts.append(Part(Voice.REASONING, trace))
        return [*parts, Part(Voice.ANSWER, answer)]

    def check(self, path: str, row: Row) -> str | None:
        """Refuse empty messages and a trace that is given twice."""
        del path
        last = row["messages"][-1]
        if not all(message["content"].strip() for message in row["messages"]):
            return "a message is empty"
        if "reasoning_content" in last and "<think>" in last["content"]:
            return "the reasoning is both a field and in <think> tags"
        return None


def _assistant(record: Record, options: SftOptions) -> Row:
    trace, answer = trace_of(record, options.render), answer_of(record)
    if not trace:
        if options.render is not Rendering.ANSWER:
            raise Excluded("no reasoning to render")
        return {"role": "assistant", "content": answer}
    if options.reasoning is Reasoning.FIELD:
        return {"role": "assistant", "reasoning_content": trace, "content": answer}
    if "<think>" in trace or "</think>" in trace:
        raise Excluded("the text itself holds <think> tags")
    return {"role": "assistant", "content": f"{_OPENED}{trace}{_CLOSED}{answer}"}
