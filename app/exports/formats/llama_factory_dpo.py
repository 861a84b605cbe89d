"""LLaMA-Factory's folder for preferences: a conversation that ends with the human, and two answers to it."""

import json
from collections.abc import Iterable, Sequence
from typing import ClassVar

from pydantic import Field

from app.datasets.queries.records import Record
from app.exports.formats.base import FileOf, Format, Options, Part, Row, Voice
from app.exports.formats.llama_factory import dataset_info, notes_on_calling
from app.exports.formats.pairs import Pair, PairOptions, notes_of, pairs_of
from app.exports.formats.thinking import Trace, fault_of_reply, read_reply, reply_of
from app.text.fingerprints import normalise

PATH = "dpo/train/train.jsonl"


class RankingOptions(PairOptions):
    """Options of pairs in which a side is one text."""

    reasoning: Trace = Field(
        default=Trace.THINK_TAGS,
        title="How the reasoning stands",
        description="Between <think> tags before the answer, or as plain text.",
    )


class LlamaFactoryDpo(Format):
    """The pairs of `trl_dpo` as LLaMA-Factory ranks them."""

    name: ClassVar[str] = "llama_factory_dpo"
    title: ClassVar[str] = "LLaMA-Factory (DPO)"
    summary: ClassVar[str] = "A folder with dataset_info.json for LLaMA-Factory: pairs of better and worse work."
    columns: ClassVar[dict[str, str]] = {
        "conversations": "the task, as the human's turn",
        "chosen": "the better work, as a turn of gpt",
        "rejected": "the worse work, as a turn of gpt",
        "system": "the system message, if there is one",
        "id": "submission and revision of both sides",
        "metadata": "JSON text: task, kind of the pair, first differing step, where each side comes from",
    }
    options_model: ClassVar[type[Options]] = RankingOptions
    files: ClassVar[tuple[FileOf, ...]] = (FileOf(PATH, "dpo"),)
    is_by_task: ClassVar[bool] = True

    def rows_of_task(
        self, records: Sequence[Record], options: RankingOptions
    ) -> tuple[Iterable[tuple[str, Row]], dict[int, str]]:
        """Give one row per pair."""
        pairs, left_out = pairs_of(records, options)
        return [(PATH, _row(pair, options)) for pair in pairs], left_out

    def read(self, row: Row) -> list[Part]:
        """Read the prompt, then the better and the worse side."""
        parts = [Part(Voice.SYSTEM, row["system"])] if "system" in row else []
        parts += [Part(Voice.PROMPT, turn["value"]) for turn in row["conversations"]]
        for side, verdict in (("chosen", "good"), ("rejected", "bad")):
            parts += [Part(part.voice, part.text, verdict) for part in read_reply(row[side]["value"])]
        return parts

    def papers(self, options: RankingOptions) -> dict[str, str]:
        """Give dataset_info.json."""
        columns = {"messages": "conversations", "chosen": "chosen", "rejected": "rejected"}
        if options.system.strip():
            columns["system"] = "system"
        return {"dataset_info.json": dataset_info("dpo", {"ranking": True, "columns": columns})}

    def notes(self, options: RankingOptions) -> list[str]:
        """Say what pairs are, and how the folder is called."""
        return [*notes_of(options), *notes_on_calling("dpo")]

    def check(self, path: str, row: Row) -> str | None:
        """Refuse what its loader drops or does not notice: other turns, empty or equal sides."""
        del path
        turns, sides = row["conversations"], (row["chosen"], row["rejected"])
        if [turn["from"] for turn in turns] != ["human"] or not turns[0]["value"].strip():
            return "the conversation is not one turn of the human"
        for side in sides:
            fault = "a side is no turn of gpt" if side["from"] != "gpt" else fault_of_reply(side["value"])
            if fault is not None:
                return fault
        same = normalise(sides[0]["value"]) == normalise(sides[1]["value"])
        return "both sides read the same" if same else None


def _row(pair: Pair, options: RankingOptions) -> Row:
    system = {"system": options.system} if options.system.strip() else {}
    return {
        "conversations": [{"from": "human", "value": pair.chosen.prompt}],
        "chosen": {"from": "gpt", "value": reply_of(pair.chosen.trace, pair.chosen.answer, options.reasoning)},
        "rejected": {"from": "gpt", "value": reply_of(pair.rejected.trace, pair.rejected.answer, options.reasoning)},
        **system,
        "id": pair.name,
        "metadata": json.dumps(pair.metadata(), ensure_ascii=False, sort_keys=True),
    }
