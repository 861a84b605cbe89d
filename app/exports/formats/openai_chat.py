"""OpenAI's chat layout, which refuses unknown keys: messages only, provenance in a side-car."""

from collections.abc import Iterable, Mapping
from typing import ClassVar

from pydantic import Field

from app.datasets.queries.records import Record
from app.exports.formats.base import FileOf, Format, Options, Part, Row, Voice
from app.exports.formats.columns import CALLED_TOOLS, CHAT, PROVENANCE_COLUMNS, TRUTH, Column, Columns, fault_of_keys
from app.exports.formats.runs import TOOLS, Runs, call_of, called, fault_of_turns, is_empty, result_of, stretches_of
from app.exports.formats.texts import STEP_SEPARATOR, answer_of, prompt_of, provenance_of, require_imitable

PATH = "openai/train.jsonl"
PROVENANCE = "provenance.jsonl"
SERVICES = (
    "services that take this layout want at least 10 rows, files of at most 512 MB, and often a file for validation",
    "provenance.jsonl has a line for each row, in the same order",
)
VOICES = {"system": Voice.SYSTEM, "user": Voice.PROMPT, "assistant": Voice.REPLY, "tool": Voice.REASONING}


class OpenAiOptions(Options):
    """Options of the conversation; there is no field for reasoning, so it stands before the answer."""

    system: str = Field(
        default="", max_length=4000, title="System message", description="Stands before every row; empty for none."
    )
    runs: Runs = Field(default=Runs.TEXT, title="Runs of programs", description="What becomes of runs that steps cite.")


class OpenAiChat(Format):
    """`messages` and nothing else; the same line number of provenance.jsonl says where it comes from."""

    name: ClassVar[str] = "openai_chat"
    title: ClassVar[str] = "OpenAI chat JSONL"
    summary: ClassVar[str] = "Messages for fine-tuning services that take OpenAI's layout."
    columns: ClassVar[Columns] = {
        "messages": Column(
            "system (optional), user, assistant (reasoning, then answer); with tool_calls also tool", CHAT
        ),
        "tools": CALLED_TOOLS,
        "parallel_tool_calls": Column("with tool_calls: false", TRUTH, is_optional=True),
    }
    beside: ClassVar[Mapping[str, Columns]] = {PROVENANCE: PROVENANCE_COLUMNS}
    options_model: ClassVar[type[Options]] = OpenAiOptions
    files: ClassVar[tuple[FileOf, ...]] = (FileOf(PATH, "openai"), FileOf(PROVENANCE, None))

    def rows(self, record: Record, options: OpenAiOptions) -> Iterable[tuple[str, Row]]:
        """Give one conversation per approved item, and its provenance."""
        require_imitable(record)
        messages: list[Row] = []
        if options.system.strip():
            messages.append({"role": "system", "content": options.system})
        messages.append({"role": "user", "content": prompt_of(record)})
        messages += _turns(record, options)
        tools = {"tools": TOOLS, "parallel_tool_calls": False} if options.runs is Runs.TOOL_CALLS else {}
        yield PATH, {"messages": messages, **tools}
        yield PROVENANCE, provenance_of(record, record["id"], PATH)

    def notes(self, options: OpenAiOptions) -> list[str]:
        """Say what services want of such files."""
        del options
        return ["steps are joined by one empty line", *SERVICES]

    def read(self, row: Row) -> list[Part]:
        """Read the messages."""
        return [part for message in row["messages"] for part in _parts(message)]

    def check(self, path: str, row: Row) -> str | None:
        """Refuse further keys, empty messages, and calls and results that do not match."""
        if path != PATH:
            return None
        if any(map(is_empty, row["messages"])):
            return "a message is empty"
        return fault_of_keys(row, self.columns) or fault_of_turns(row["messages"])


def _turns(record: Record, options: OpenAiOptions) -> Iterable[Row]:
    """Give the expert's messages, each call followed by its result; reasoning stands before the call or the answer."""
    *calling, last = stretches_of(record, options.render, options.runs)
    for stretch in calling:
        assert stretch.run is not None  # noqa: S101 - all but the last end with one
        said = {"content": stretch.trace} if stretch.trace else {}
        yield {"role": "assistant", **said, "tool_calls": [call_of(stretch.run, as_text=True)]}
        yield result_of(stretch.run, named=False)
    parts = [text for text in (last.trace, answer_of(record)) if text]
    yield {"role": "assistant", "content": STEP_SEPARATOR.join(parts)}


def _parts(message: Row) -> list[Part]:
    said = [Part(VOICES[message["role"]], message["content"])] if "content" in message else []
    return [*said, *called(message)]
