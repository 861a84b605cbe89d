"""ShareGPT's layout: turns of human and gpt, calls of tools and what came of them."""

import json
from collections.abc import Iterable
from typing import Any, ClassVar

from pydantic import Field

from app.datasets.queries.records import Record
from app.exports.formats.base import Excluded, FileOf, Format, Options, Part, Rendering, Row, Voice
from app.exports.formats.columns import FILLED, ID, JSON_TEXT, METADATA, SYSTEM, Column, Columns, list_of, struct, words
from app.exports.formats.runs import TOOLS, Runs, call_of, called, result_of, stretches_of
from app.exports.formats.texts import answer_of, metadata_of, prompt_of, require_imitable
from app.exports.formats.thinking import CLOSED, ReplyOptions, fault_of_reply, read_reply, reply_of, thought

PATH = "sharegpt/train.jsonl"
ASKING, REPLYING = ("human", "observation"), ("gpt", "function_call")

TURN = struct({"from": words(*ASKING, *REPLYING), "value": FILLED})


class ShareGptOptions(ReplyOptions):
    """Options of a conversation."""

    runs: Runs = Field(
        default=Runs.TEXT,
        title="Runs of programs",
        description="What becomes of runs that steps cite. Before a call, reasoning is always between <think> tags.",
    )


class ShareGpt(Format):
    """Turns that take turns: human or observation, then gpt or function_call."""

    name: ClassVar[str] = "sharegpt"
    title: ClassVar[str] = "ShareGPT JSONL"
    summary: ClassVar[str] = "Conversations as from/value, for tools that read ShareGPT; TRL takes messages instead."
    columns: ClassVar[Columns] = {
        "conversations": Column(
            "turns: human, gpt; with tool_calls also function_call and observation", list_of(TURN, least=2)
        ),
        "system": SYSTEM,
        "tools": Column("with tool_calls: JSON text, the tools that are called", JSON_TEXT, is_optional=True),
        "id": ID,
        "metadata": METADATA,
    }
    options_model: ClassVar[type[Options]] = ShareGptOptions
    files: ClassVar[tuple[FileOf, ...]] = (FileOf(PATH, "sharegpt"),)

    def rows(self, record: Record, options: Any) -> Iterable[tuple[str, Row]]:
        """Give one conversation per approved item."""
        require_imitable(record)
        turns = [{"from": "human", "value": prompt_of(record)}, *_turns(record, options)]
        system = {"system": options.system} if options.system.strip() else {}
        tools = {"tools": json.dumps(TOOLS, ensure_ascii=False)} if options.runs is Runs.TOOL_CALLS else {}
        metadata = json.dumps(metadata_of(record), ensure_ascii=False, sort_keys=True)
        path = self.main_path
        yield path, {"conversations": turns, **system, **tools, "id": record["id"], "metadata": metadata}

    def read(self, row: Row) -> list[Part]:
        """Read the turns, the reasoning apart where it stands between tags."""
        system = [Part(Voice.SYSTEM, row["system"])] if "system" in row else []
        return [*system, *(part for turn in row["conversations"] for part in _parts(turn))]

    def check(self, path: str, row: Row) -> str | None:
        """Refuse turns out of order, which readers drop with no more than a line in their log."""
        del path
        turns = row["conversations"]
        for n, turn in enumerate(turns):
            if turn["from"] not in (ASKING, REPLYING)[n % 2]:
                return "the turns do not take turns"
            if not isinstance(turn["value"], str) or not turn["value"].strip():
                return "a turn is empty"
            if (turn["from"] == "function_call") != (n + 1 < len(turns) and turns[n + 1]["from"] == "observation"):
                return "a call has no result"
        if not turns or turns[-1]["from"] != "gpt":
            return "it does not end with gpt"
        return fault_of_reply(turns[-1]["value"])


def _turns(record: Record, options: ShareGptOptions) -> Iterable[Row]:
    *calling, last = stretches_of(record, options.render, options.runs)
    if not calling and not last.trace and options.render is not Rendering.ANSWER:
        raise Excluded("no reasoning to render")
    for stretch in calling:
        assert stretch.run is not None  # noqa: S101 - all but the last end with one
        function = call_of(stretch.run, as_text=False)["function"]
        yield {"from": "function_call", "value": thought(stretch.trace) + json.dumps(function, ensure_ascii=False)}
        yield {"from": "observation", "value": result_of(stretch.run, named=False)["content"]}
    yield {"from": "gpt", "value": reply_of(last.trace, answer_of(record), options.reasoning)}


def _parts(turn: Row) -> list[Part]:
    value = turn["value"]
    if turn["from"] == "gpt":
        return read_reply(value)
    if turn["from"] == "function_call":
        trace, _, call = value.rpartition(CLOSED)
        said = read_reply(trace + CLOSED)[:1] if trace else []
        return [*said, *called({"tool_calls": [{"function": json.loads(call)}]})]
    return [Part(Voice.PROMPT if turn["from"] == "human" else Voice.REASONING, value)]
