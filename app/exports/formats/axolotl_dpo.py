"""axolotl's layout for preferences: the messages before, and one message on each side."""

from typing import ClassVar

from app.exports.formats.axolotl_settings import settings_of
from app.exports.formats.base import FileOf, Options, Part, Row, Voice
from app.exports.formats.columns import ASKED, FILLED, Column, Columns, fault_of_keys, struct, words
from app.exports.formats.messages import asked, fault_of_prompt
from app.exports.formats.pair_rows import PAIR_ID, PAIR_METADATA, PairRows, RankingOptions
from app.exports.formats.pairs import Pair
from app.exports.formats.thinking import fault_of_reply, read_reply, reply_of
from app.text.fingerprints import normalise

PATH = "dpo/train.jsonl"
VOICES = {"system": Voice.SYSTEM, "user": Voice.PROMPT}
SIDES = {"chosen": "good", "rejected": "bad"}
_SIDE = struct({"role": words("assistant"), "content": FILLED})


class AxolotlDpo(PairRows):
    """The pairs of `trl_dpo` as axolotl's chat_template.default takes them: it reads role and content, no more."""

    name: ClassVar[str] = "axolotl_dpo"
    title: ClassVar[str] = "axolotl (DPO)"
    summary: ClassVar[str] = (
        "Pairs of better and worse work with axolotl.yaml of type chat_template.default; for rl: dpo."
    )
    columns: ClassVar[Columns] = {
        "messages": Column("system (optional) and user", ASKED),
        "chosen": Column("the better work, as a message of the assistant", _SIDE),
        "rejected": Column("the worse work, as a message of the assistant", _SIDE),
        "id": PAIR_ID,
        "metadata": PAIR_METADATA,
    }
    options_model: ClassVar[type[Options]] = RankingOptions
    files: ClassVar[tuple[FileOf, ...]] = (FileOf(PATH, "dpo"),)

    def sides_of(self, pair: Pair, options: RankingOptions) -> Row:
        """Write the messages before, and a message for each side."""
        sides = {"chosen": pair.chosen, "rejected": pair.rejected}
        return {
            "messages": asked(pair.chosen.prompt, options.system),
            **{
                name: {"role": "assistant", "content": reply_of(version.trace, version.answer, options.reasoning)}
                for name, version in sides.items()
            },
        }

    def read(self, row: Row) -> list[Part]:
        """Read the prompt, then the better and the worse side."""
        parts = [Part(VOICES[message["role"]], message["content"]) for message in row["messages"]]
        for side, verdict in SIDES.items():
            parts += [Part(part.voice, part.text, verdict) for part in read_reply(row[side]["content"])]
        return parts

    def papers(self, options: RankingOptions) -> dict[str, str]:
        """Give the settings that name these rows."""
        del options
        return settings_of("dpo", "chat_template.default", "rl: dpo\n")

    def notes(self, options: RankingOptions) -> list[str]:
        """Say what pairs are, and what axolotl reads of a message."""
        return [*super().notes(options), "axolotl reads role and content only: reasoning stands in the content"]

    def check(self, path: str, row: Row) -> str | None:
        """Refuse other keys and roles, empty and equal sides: none of them is noticed while training."""
        del path
        fault = fault_of_keys(row, self.columns) or fault_of_prompt(row["messages"])
        if fault is not None:
            return fault
        for side in SIDES:
            if row[side].keys() != {"role", "content"} or row[side]["role"] != "assistant":
                return "a side is not one message of the assistant"
            fault = fault_of_reply(row[side]["content"])
            if fault is not None:
                return fault
        same = normalise(row["chosen"]["content"]) == normalise(row["rejected"]["content"])
        return "both sides read the same" if same else None
