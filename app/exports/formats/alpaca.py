"""Alpaca's layout: instruction, input, output, and no roles."""

import json
from collections.abc import Iterable
from typing import ClassVar

from pydantic import Field

from app.datasets.queries.records import Record
from app.exports.formats.base import Excluded, FileOf, Format, Options, Part, Rendering, Row, Voice
from app.exports.formats.columns import FILLED, ID, METADATA, SYSTEM, Column, Columns, words
from app.exports.formats.runs import stretches_of
from app.exports.formats.texts import answer_of, metadata_of, prompt_of, require_imitable
from app.exports.formats.thinking import ReplyOptions, TextRuns, fault_of_reply, read_reply, reply_of

PATH = "alpaca/train.jsonl"


class AlpacaOptions(ReplyOptions):
    """Options of a reply without calls."""

    runs: TextRuns = Field(
        default=TextRuns.TEXT, title="Runs of programs", description="What becomes of runs that steps cite."
    )


class Alpaca(Format):
    """One instruction and one output per item; `input` is there and empty, since readers take it for a text."""

    name: ClassVar[str] = "alpaca"
    title: ClassVar[str] = "Alpaca JSONL"
    summary: ClassVar[str] = "Instruction and output; for LLaMA-Factory, axolotl and what else reads Alpaca's layout."
    columns: ClassVar[Columns] = {
        "instruction": Column("the task", FILLED),
        "input": Column("always empty: the task is whole in `instruction`", words("")),
        "output": Column("reasoning and answer", FILLED),
        "system": SYSTEM,
        "id": ID,
        "metadata": METADATA,
    }
    options_model: ClassVar[type[Options]] = AlpacaOptions
    files: ClassVar[tuple[FileOf, ...]] = (FileOf(PATH, "alpaca"),)

    def rows(self, record: Record, options: AlpacaOptions) -> Iterable[tuple[str, Row]]:
        """Give one row per approved item."""
        require_imitable(record)
        (stretch,) = stretches_of(record, options.render, options.runs.as_runs)
        if not stretch.trace and options.render is not Rendering.ANSWER:
            raise Excluded("no reasoning to render")
        row = {
            "instruction": prompt_of(record),
            "input": "",
            "output": reply_of(stretch.trace, answer_of(record), options.reasoning),
        }
        system = {"system": options.system} if options.system.strip() else {}
        metadata = json.dumps(metadata_of(record), ensure_ascii=False, sort_keys=True)
        yield PATH, {**row, **system, "id": record["id"], "metadata": metadata}

    def read(self, row: Row) -> list[Part]:
        """Read instruction and output."""
        system = [Part(Voice.SYSTEM, row["system"])] if "system" in row else []
        return [*system, Part(Voice.PROMPT, row["instruction"]), *read_reply(row["output"])]

    def check(self, path: str, row: Row) -> str | None:
        """Refuse an empty instruction or output, and an input that is no text."""
        del path
        if not row["instruction"].strip():
            return "the instruction is empty"
        if not isinstance(row["input"], str):
            return "the input is no text"
        return fault_of_reply(row["output"])
