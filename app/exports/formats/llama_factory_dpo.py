"""LLaMA-Factory's folder for preferences: a conversation that ends with the human, and two answers to it."""

from typing import ClassVar

from app.exports.formats.base import FileOf, Options, Part, Row, Voice
from app.exports.formats.columns import FILLED, SYSTEM, Column, Columns, Shape, list_of, struct, words
from app.exports.formats.llama_factory import dataset_info, notes_on_calling
from app.exports.formats.pair_rows import PAIR_ID, PAIR_METADATA, PairRows, RankingOptions
from app.exports.formats.pairs import Pair
from app.exports.formats.thinking import fault_of_reply, read_reply, reply_of
from app.text.fingerprints import normalise

PATH = "dpo/train/train.jsonl"
_ASKING = struct({"from": words("human"), "value": FILLED})
_SIDE: Shape = struct({"from": words("gpt"), "value": FILLED})


class LlamaFactoryDpo(PairRows):
    """The pairs of `trl_dpo` as LLaMA-Factory ranks them."""

    name: ClassVar[str] = "llama_factory_dpo"
    title: ClassVar[str] = "LLaMA-Factory (DPO)"
    summary: ClassVar[str] = "A folder with dataset_info.json for LLaMA-Factory: pairs of better and worse work."
    columns: ClassVar[Columns] = {
        "conversations": Column("the task, as the human's turn", list_of(_ASKING, least=1)),
        "chosen": Column("the better work, as a turn of gpt", _SIDE),
        "rejected": Column("the worse work, as a turn of gpt", _SIDE),
        "system": SYSTEM,
        "id": PAIR_ID,
        "metadata": PAIR_METADATA,
    }
    options_model: ClassVar[type[Options]] = RankingOptions
    files: ClassVar[tuple[FileOf, ...]] = (FileOf(PATH, "dpo"),)

    def sides_of(self, pair: Pair, options: RankingOptions) -> Row:
        """Write a conversation of one turn and two more turns."""
        sides = {"chosen": pair.chosen, "rejected": pair.rejected}
        return {
            "conversations": [{"from": "human", "value": pair.chosen.prompt}],
            **{
                name: {"from": "gpt", "value": reply_of(version.trace, version.answer, options.reasoning)}
                for name, version in sides.items()
            },
            **({"system": options.system} if options.system.strip() else {}),
        }

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
        return [*super().notes(options), *notes_on_calling("dpo")]

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
