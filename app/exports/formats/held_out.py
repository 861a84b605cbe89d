"""What evaluation packages have in common: questions with golds, never steps, and the canary in every item."""

import json
from collections.abc import Mapping
from typing import Any, ClassVar

from pydantic import field_validator

from app.datasets.queries.records import Record
from app.datasets.states import DatasetUse
from app.exports.formats.base import Compression, Excluded, Format, Frame, Options, Row
from app.exports.formats.golds import Gold, gold_of
from app.exports.formats.proofs import prove_shipped, require_shipped
from app.text.identifiers import slugify
from app.verifiers import choice

DO_NOT_TRAIN = "Evaluation data: do not train on this, and keep it out of training corpora."
TASK_FACTS = ("external_id", "domain", "skill", "difficulty", "language", "licence", "source")
NAME_MAX_CHARS = 60


class EvaluationOptions(Options):
    """Options of evaluation packages."""

    @field_validator("compression")
    @classmethod
    def _is_plain(cls, value: Compression) -> Compression:
        if value is not Compression.NONE:
            raise ValueError("Evaluation tools read plain JSON lines.")
        return value


class HeldOut(Format):
    """Tasks of a held-out snapshot, for a program that asks models; a reward file beside them scores the answers."""

    ignores: ClassVar[frozenset[str]] = frozenset({"render", "compression"})
    options_model: ClassVar[type[Options]] = EvaluationOptions
    uses: ClassVar[frozenset[DatasetUse]] = frozenset({DatasetUse.EVALUATION})
    is_once_per_task: ClassVar[bool] = True
    is_proven: ClassVar[bool] = True

    def prove(self, record: Record, options: Options) -> None:
        """Try the gold, and the answers that are known to be wrong, with the file that will score."""
        del options
        prove_shipped(gold_of(record))

    def notes(self, options: Options) -> list[str]:
        """Ask not to train on it, and say what scores."""
        del options
        return [
            f"**{DO_NOT_TRAIN}** Every row carries the canary: {canary_of(self.frame)}",
            "questions and gold answers only; the reasoning of the experts is in none of the files",
            "one row per task; `answer_reward.py` takes every gold answer and no answer that is recorded as wrong",
            "formulas are compared with math-verify, which has to be installed for them",
        ]

    def check(self, path: str, row: Row) -> str | None:
        """Refuse rows without a canary: they are of no held-out snapshot."""
        del path
        if self.frame.canary is None:
            return "the snapshot is not held out, so that it has no canary; evaluation packages are made of those only"
        return None if self.frame.canary in json.dumps(row["metadata"]) else "the canary is missing"


def canary_of(frame: Frame) -> str:
    """Write the canary as it stands in every item; also said in words, for whoever reads it."""
    return f"{DO_NOT_TRAIN} canary GUID {frame.canary}"


def name_of(frame: Frame) -> str:
    """Name the evaluation after its dataset, in letters that every tool takes."""
    return slugify(frame.dataset)[:NAME_MAX_CHARS].strip("-").replace("-", "_") or "held_out"


def shipped_gold(record: Record) -> Gold:
    """Read the gold answer; Excluded unless the shipped reward file can score it."""
    gold = gold_of(record)
    require_shipped(gold)
    return gold


def facts_of(record: Record, frame: Frame) -> Row:
    """Collect what an item says of itself: canary, where it is from, labels; nothing of who solved it or how."""
    task: Mapping[str, Any] = record["task"]
    facts = {name: task[name] for name in TASK_FACTS}
    return {"canary": canary_of(frame), "task_id": task["id"], "tier": record["tier"], **facts}


def choices_of(record: Record, gold: Gold) -> tuple[list[str], list[int]]:
    """Give the options of a choice and which of them are right; Excluded when one is empty: tools would skip it."""
    offered = choice.offered(record["task"]["answer_spec"])
    if any(not text.strip() for _, text in offered):
        raise Excluded("an option of the choice is empty")
    right = gold.text.split(", ")
    return [text for _, text in offered], [n for n, (label, _) in enumerate(offered) if label in right]
