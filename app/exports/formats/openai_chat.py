"""OpenAI's chat layout, which refuses unknown keys: messages only, provenance in a side-car."""

from collections.abc import Iterable
from typing import ClassVar

from pydantic import Field

from app.datasets.queries.records import Record
from app.exports.formats.base import FileOf, Format, Options, Part, Row, Voice
from app.exports.formats.texts import answer_of, metadata_of, prompt_of, trace_of

PATH = "openai/train.jsonl"
PROVENANCE = "provenance.jsonl"
VOICES = {"system": Voice.SYSTEM, "user": Voice.PROMPT, "assistant": Voice.REPLY}


class OpenAiOptions(Options):
    """Options of the conversation; there is no field for reasoning, so it stands before the answer."""

    system: str = Field(default="", max_length=4000, description="System message for every row; empty for none.")


class OpenAiChat(Format):
    """`messages` and nothing else; the same line number of provenance.jsonl says where it comes from."""

    name: ClassVar[str] = "openai_chat"
    title: ClassVar[str] = "OpenAI chat JSONL"
    summary: ClassVar[str] = "Messages for fine-tuning services that take OpenAI's layout."
    columns: ClassVar[dict[str, str]] = {"messages": "system (optional), user, assistant (reasoning, then answer)"}
    options_model: ClassVar[type[Options]] = OpenAiOptions
    files: ClassVar[tuple[FileOf, ...]] = (FileOf(PATH, "openai"), FileOf(PROVENANCE, None))

    def rows(self, record: Record, options: OpenAiOptions) -> Iterable[tuple[str, Row]]:
        """Give one conversation per item, and its provenance."""
        messages: list[Row] = []
        if options.system.strip():
            messages.append({"role": "system", "content": options.system})
        messages.append({"role": "user", "content": prompt_of(record)})
        parts = [text for text in (trace_of(record, options.render), answer_of(record)) if text]
        messages.append({"role": "assistant", "content": "\n\n".join(parts)})
        yield PATH, {"messages": messages}
        yield PROVENANCE, {"row_id": record["id"], "file": PATH, **metadata_of(record)}

    def read(self, row: Row) -> list[Part]:
        """Read the messages."""
        return [Part(VOICES[message["role"]], message["content"]) for message in row["messages"]]

    def check(self, path: str, row: Row) -> str | None:
        """Refuse empty messages."""
        if path == PATH and not all(message["content"].strip() for message in row["messages"]):
            return "a message is empty"
        return None
