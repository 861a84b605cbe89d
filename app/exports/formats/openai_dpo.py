"""OpenAI's preference layout, which refuses unknown keys: three of them, provenance in a side-car."""

from collections.abc import Iterable, Mapping
from typing import ClassVar

from app.exports.formats.base import FileOf, Part, Row, Voice
from app.exports.formats.columns import (
    ASKED,
    PROVENANCE_COLUMNS,
    REPLIES,
    TRUTH,
    Column,
    Columns,
    fault_of_keys,
    list_of,
    struct,
)
from app.exports.formats.judged import Version
from app.exports.formats.messages import asked, fault_of_prompt, fault_of_reply, fault_of_sides
from app.exports.formats.openai_chat import SERVICES
from app.exports.formats.pair_rows import PairRows
from app.exports.formats.pairs import Pair, PairOptions
from app.exports.formats.texts import STEP_SEPARATOR

PATH = "openai_dpo/train.jsonl"
PROVENANCE = "provenance.jsonl"
VOICES = {"system": Voice.SYSTEM, "user": Voice.PROMPT}
_INPUT = struct({"messages": ASKED, "tools": {**list_of({}), "maxItems": 0}, "parallel_tool_calls": TRUTH})


class OpenAiDpo(PairRows):
    """`input`, `preferred_output`, `non_preferred_output`; reasoning has no field and stands before the answer."""

    name: ClassVar[str] = "openai_dpo"
    title: ClassVar[str] = "OpenAI DPO JSONL"
    summary: ClassVar[str] = "Preference pairs for fine-tuning services that take OpenAI's layout."
    columns: ClassVar[Columns] = {
        "input": Column("messages: system (optional) and user; no tools", _INPUT),
        "preferred_output": Column("the better work: one message of the assistant, reasoning, then answer", REPLIES),
        "non_preferred_output": Column("the worse work, likewise", REPLIES),
    }
    beside: ClassVar[Mapping[str, Columns]] = {PROVENANCE: PROVENANCE_COLUMNS}
    options_model: ClassVar[type[PairOptions]] = PairOptions
    files: ClassVar[tuple[FileOf, ...]] = (FileOf(PATH, "openai_dpo"), FileOf(PROVENANCE, None))

    def rows_of_pair(self, pair: Pair, options: PairOptions) -> Iterable[tuple[str, Row]]:
        """Yield the row of a pair, and its provenance."""
        messages = asked(pair.chosen.prompt, options.system)
        yield (
            PATH,
            {
                "input": {"messages": messages, "tools": [], "parallel_tool_calls": True},
                "preferred_output": _said(pair.chosen),
                "non_preferred_output": _said(pair.rejected),
            },
        )
        yield PROVENANCE, {"row_id": pair.name, "file": PATH, **pair.metadata()}

    def read(self, row: Row) -> list[Part]:
        """Read the prompt, then the better and the worse side."""
        before = [Part(VOICES[message["role"]], message["content"]) for message in row["input"]["messages"]]
        sides = (("preferred_output", "good"), ("non_preferred_output", "bad"))
        return [*before, *(Part(Voice.REPLY, row[side][0]["content"], verdict) for side, verdict in sides)]

    def notes(self, options: PairOptions) -> list[str]:
        """Say what pairs are, and where the rows of the side-car belong."""
        return [*super().notes(options), *SERVICES]

    def check(self, path: str, row: Row) -> str | None:
        """Refuse further keys, equal sides, and anything but one message of the assistant on each side."""
        if path != PATH:
            return None
        chosen, rejected = row["preferred_output"], row["non_preferred_output"]
        return (
            fault_of_keys(row, self.columns)
            or fault_of_prompt(row["input"]["messages"])
            or fault_of_reply(chosen)
            or fault_of_reply(rejected)
            or fault_of_sides(chosen, rejected)
        )


def _said(version: Version) -> list[Row]:
    return [{"role": "assistant", "content": STEP_SEPARATOR.join([*version.steps, version.answer])}]
