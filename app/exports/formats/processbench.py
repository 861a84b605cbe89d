"""ProcessBench's layout: a solution in steps, and the index of the first that is wrong."""

import json
from collections.abc import Iterable
from typing import ClassVar

from app.datasets.queries.records import Record
from app.datasets.states import DatasetUse
from app.exports.formats.base import Excluded, FileOf, Format, Options, Part, Row, Voice
from app.exports.formats.columns import FILLED, ID, METADATA, TRUTH, Column, Columns, list_of, words
from app.exports.formats.step_labels import Neutral, StepwiseOptions, counts_as_good
from app.exports.formats.texts import as_judged, labels_of, metadata_of, prompt_of, require_review, steps_of

PATH = "processbench/train.jsonl"
ALL_RIGHT = -1


class ProcessBench(Format):
    """One row per labelled solution; a right answer with a wrong step is wanted."""

    name: ClassVar[str] = "processbench"
    title: ClassVar[str] = "ProcessBench JSONL"
    summary: ClassVar[str] = "Solutions with the index of the first wrong step; for judging critics and reward models."
    columns: ClassVar[Columns] = {
        "id": ID,
        "generator": Column("always human-expert", words("human-expert")),
        "problem": Column("the task", FILLED),
        "steps": Column("the steps, as text", list_of(FILLED, least=1)),
        "final_answer_correct": Column(
            "what a machine found of the answer, or else whether the work was approved", TRUTH
        ),
        "label": Column(
            "index of the first wrong step, from 0; -1 when all are right", {"type": "integer", "minimum": ALL_RIGHT}
        ),
        "metadata": METADATA,
    }
    options_model: ClassVar[type[Options]] = StepwiseOptions
    ignores: ClassVar[frozenset[str]] = frozenset({"after_error"})
    uses: ClassVar[frozenset[DatasetUse]] = frozenset(DatasetUse)
    files: ClassVar[tuple[FileOf, ...]] = (FileOf(PATH, "processbench"),)

    def rows(self, record: Record, options: StepwiseOptions) -> Iterable[tuple[str, Row]]:
        """Give one row per item whose first wrong step, or whose rightness, is beyond doubt."""
        steps, label = _judged(record, options)
        yield (
            PATH,
            {
                "id": record["id"],
                "generator": "human-expert",
                "problem": prompt_of(record),
                "steps": steps,
                "final_answer_correct": _is_answer_right(record),
                "label": label,
                "metadata": json.dumps(metadata_of(record), ensure_ascii=False, sort_keys=True),
            },
        )

    def read(self, row: Row) -> list[Part]:
        """Read the problem and the steps: right up to the first wrong one, and of the rest nothing is said."""
        label = row["label"]
        verdicts: list[str | None] = ["good"] * len(row["steps"])
        if label != ALL_RIGHT:
            verdicts[label:] = ["bad", *[None] * (len(row["steps"]) - label - 1)]
        read = [Part(Voice.REASONING, text, verdict) for text, verdict in zip(row["steps"], verdicts, strict=True)]
        return [Part(Voice.PROMPT, row["problem"]), *read]

    def notes(self, options: StepwiseOptions) -> list[str]:
        """Say what neutral steps are."""
        return [options.neutral.words, "what follows the first wrong step is in the row and not judged"]

    def check(self, path: str, row: Row) -> str | None:
        """Refuse an index outside the steps, empty steps, and an answer that is neither right nor wrong."""
        del path
        label = row["label"]
        if isinstance(label, bool) or not isinstance(label, int) or not ALL_RIGHT <= label < len(row["steps"]):
            return "the label is no index of a step"
        if not row["steps"] or not all(isinstance(text, str) and text.strip() for text in row["steps"]):
            return "a step is empty"
        if not row["problem"].strip():
            return "the problem is empty"
        return None if isinstance(row["final_answer_correct"], bool) else "the answer is neither right nor wrong"


def _judged(record: Record, options: StepwiseOptions) -> tuple[list[str], int]:
    """Give the steps and the index of the first wrong one; behind that no step needs a label."""
    if not steps_of(record, options.render):
        raise Excluded("no reasoning to render")
    review = require_review(record)
    steps, labels, label = steps_of(as_judged(record, review), options.render), labels_of(review), ALL_RIGHT
    bodies: list[str] = []
    for step in steps:
        value = labels.get(step["id"])
        if label == ALL_RIGHT:
            if value is None:
                raise Excluded("not every step up to the first wrong one is labelled")
            if value == "unsure":
                raise Excluded("the reviewer was unsure about a step before the first wrong one")
            if counts_as_good(value, options.neutral) is False:
                label = len(bodies)
        if value != "neutral" or options.neutral is not Neutral.DROP:
            bodies.append(step["body"])
    if not bodies:
        raise Excluded("no step with a clear label")
    return bodies, label


def _is_answer_right(record: Record) -> bool:
    """Take a machine's word, where it has one that is sure, and else the reviewers' verdict."""
    review = require_review(record)
    if as_judged(record, review)["content"]["answer"] != record["content"]["answer"]:
        raise Excluded("the reviewer changed the answer, and nobody judged the one before")
    finding = record["check"]["finding"] if record["check"] else None
    if finding in {"pass", "fail"}:
        return bool(finding == "pass")
    if record["state"] == "approved":
        return True
    raise Excluded("nobody says whether the answer is right")
