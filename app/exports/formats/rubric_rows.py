"""Rubric rows: a task with the criteria it is judged by and an expert's answer, and scores given by them."""

import json
import math
from collections.abc import Iterable, Mapping, Sequence
from typing import Any, ClassVar

from app.datasets.queries.records import Record
from app.exports.formats.base import Excluded, FileOf, Format, Options, Part, Rendering, Row, Voice
from app.exports.formats.columns import (
    FILLED,
    ID,
    METADATA,
    NUMBER,
    SHARE,
    WHOLE,
    Column,
    Columns,
    fault_of_keys,
    list_of,
    struct,
)
from app.exports.formats.texts import STEP_SEPARATOR, answer_of, metadata_of, prompt_of, require_imitable, steps_of

PATH = "rubric_rows/train.jsonl"
SCORES = "rubric_scores/train.jsonl"
APPROVALS = frozenset({"approve", "approve_with_edits"})
Criteria = Sequence[Mapping[str, Any]]

VERSION = Column("number of that version in the project", WHOLE)


class RubricRows(Format):
    """One row per approved item, and beside it one per criterion and review that scored the item or what it was."""

    name: ClassVar[str] = "rubric_rows"
    title: ClassVar[str] = "Rubric rows"
    summary: ClassVar[str] = (
        "Tasks with weighted criteria and an expert's answer, and the scores reviewers gave; for rewards by rubric."
    )
    columns: ClassVar[Columns] = {
        "prompt": Column("the task", FILLED),
        "rubrics": Column(
            "list of criterion, weight: the version of the rubric that the deciding review used",
            list_of(struct({"criterion": FILLED, "weight": NUMBER}), least=1),
        ),
        "golden_answer": Column("the approved work", FILLED),
        "rubric_version": VERSION,
        "id": ID,
        "metadata": METADATA,
    }
    beside: ClassVar[Mapping[str, Columns]] = {
        SCORES: {
            "id": Column("the submission, the number of the review, and the criterion", FILLED),
            "prompt": Column("the task", FILLED),
            "response": Column("the work that was scored; before the reviewer's edits where there were any", FILLED),
            "criterion": Column("the question", FILLED),
            "weight": Column("of the criterion", NUMBER),
            "score": Column("0 to 1, points as a share of max_points", SHARE),
            "points": Column("what the reviewer gave", NUMBER),
            "max_points": Column("the most that could be given", NUMBER),
            "total": Column("the response's score over all criteria, 0 to 1; the same in each of its rows", SHARE),
            "reviewer": Column("pseudonym", FILLED),
            "verdict": Column("what that review decided: approve, return, reject …", FILLED),
            "rubric_version": VERSION,
        }
    }
    files: ClassVar[tuple[FileOf, ...]] = (FileOf(PATH, "rubric_rows"), FileOf(SCORES, "rubric_scores"))

    def rows(self, record: Record, options: Options) -> Iterable[tuple[str, Row]]:
        """Give the row of an item, and one for each score; Excluded where scores are not those of the rubric."""
        require_imitable(record)
        review = _deciding(record)
        criteria = self._criteria_of(review)
        scores = review["rubric_scores"]
        _require_match(criteria, scores)
        prompt = prompt_of(record)
        metadata = json.dumps(metadata_of(record), ensure_ascii=False, sort_keys=True)
        yield (
            PATH,
            {
                "prompt": prompt,
                "rubrics": [{"criterion": one["question"], "weight": one["weight"]} for one in criteria],
                "golden_answer": _written(record, options.render),
                "rubric_version": review["rubric_version"],
                "id": record["id"],
                "metadata": metadata,
            },
        )
        for number, one in enumerate(record["reviews"], start=1):
            if self._has_scored(one) and (judged := _judged(record, one)) is not None:
                name, response = f"{record['id']}.{number}", _written(judged, options.render)
                yield from ((SCORES, row) for row in _score_rows(name, prompt, response, self._criteria_of(one), one))

    def _has_scored(self, review: Row) -> bool:
        """Tell whether a review holds scores that fit its rubric: each opinion counts, not only the decider's."""
        if not review["rubric_scores"]:
            return False
        try:
            _require_match(self._criteria_of(review), review["rubric_scores"])
        except Excluded:
            return False
        return True

    def _criteria_of(self, review: Row) -> Criteria:
        version = review["rubric_version"]
        if not version:
            raise Excluded("reviewed without a rubric")
        if version not in self.frame.rubrics:
            raise Excluded("its version of the rubric is not there")
        return self.frame.rubrics[version]

    def read(self, row: Row) -> list[Part]:
        """Read the task with its criteria, then the expert's answer."""
        criteria = "\n".join(f"{one['weight']}: {one['criterion']}" for one in row["rubrics"])
        return [
            Part(Voice.PROMPT, row["prompt"]),
            Part(Voice.REASONING, criteria),
            Part(Voice.REPLY, row["golden_answer"]),
        ]

    def notes(self, options: Options) -> list[str]:
        """Say what a row is and how scores become one number."""
        del options
        return [
            "one row per approved piece of work; several pieces on one task have the same prompt",
            "steps are joined by one empty line; the answer comes last",
            "a row without scores in `rubric_scores` was approved without scoring",
            "each review that scored has its own rows, of returned versions too: `response` is what that reviewer read",
            "`total` = Σ weight · score / Σ positive weights, clipped to 0 … 1",
        ]

    def check(self, path: str, row: Row) -> str | None:
        """Refuse empty texts, a rubric without criteria, and numbers that are none or out of their range."""
        wanted = self.columns if path == PATH else self.beside[path]
        return fault_of_keys(row, wanted) or (_fault_of_rubric(row) if path == PATH else _fault_of_score(row))


def total_of(criteria: Criteria, scores: Mapping[str, float]) -> float:
    """Make one number of scores: Σ w·score / Σ positive w, clipped to [0, 1], each score as a share of its most.

    The formula is HealthBench's (met criteria over positive weights); criteria to avoid have negative weights.
    """
    reached = math.fsum(one["weight"] * scores[one["id"]] / one["max_score"] for one in criteria)
    best = math.fsum(one["weight"] for one in criteria if one["weight"] > 0)
    return min(1.0, max(0.0, reached / best)) if best else 0.0


def _score_rows(name: str, prompt: str, response: str, criteria: Criteria, review: Row) -> Iterable[Row]:
    scores = review["rubric_scores"]
    total = total_of(criteria, scores)
    for one in criteria:
        points = scores[one["id"]]
        yield {
            "id": f"{name}.{one['id']}",
            "prompt": prompt,
            "response": response,
            "criterion": one["question"],
            "weight": one["weight"],
            "score": points / one["max_score"],
            "points": points,
            "max_points": one["max_score"],
            "total": total,
            "reviewer": review["reviewer"],
            "verdict": review["verdict"],
            "rubric_version": review["rubric_version"],
        }


def _deciding(record: Record) -> Row:
    """Find the last approval; one with edits judges the revision before the edited one."""
    for review in reversed(record["reviews"]):
        if review["verdict"] in APPROVALS and review["revision"] >= record["revision"] - 1:
            found: Row = review
            return found
    raise Excluded("no review approves it")


def _judged(record: Record, review: Row) -> Record | None:
    """Give the record as it was when it was scored; None where that version did not come along."""
    if review["revision"] == record["revision"]:
        return record
    earlier = next((one for one in record["earlier"] if one["revision"] == review["revision"]), None)
    return None if earlier is None else {**record, **earlier}


def _require_match(criteria: Criteria, scores: Mapping[str, Any]) -> None:
    if not scores:
        return
    most = {one["id"]: one["max_score"] for one in criteria}
    if scores.keys() != most.keys():
        raise Excluded("the scores are not those of the rubric's criteria")
    if not all(_is_number(score) and 0 <= score <= most[name] for name, score in scores.items()):
        raise Excluded("a score is out of the range of its criterion")


def _written(record: Record, rendering: Rendering) -> str:
    """Write the whole work; a conclusion that is the answer stands there once."""
    bodies, answer = [step["body"] for step in steps_of(record, rendering)], answer_of(record)
    return STEP_SEPARATOR.join(bodies if bodies and bodies[-1] == answer else [*bodies, answer])


def _fault_of_rubric(row: Row) -> str | None:
    if not row["prompt"].strip() or not row["golden_answer"].strip():
        return "the task or the answer is empty"
    if not row["rubrics"]:
        return "the rubric has no criteria"
    for one in row["rubrics"]:
        if not one["criterion"].strip():
            return "a criterion is empty"
        if not _is_number(one["weight"]):
            return "a weight is no number"
    return None


def _fault_of_score(row: Row) -> str | None:
    if not all(row[name].strip() for name in ("prompt", "response", "criterion", "reviewer")):
        return "a text is empty"
    if not _is_number(row["weight"]):
        return "a weight is no number"
    if not all(_is_number(row[name]) and 0 <= row[name] <= 1 for name in ("score", "total")):
        return "a score is not between 0 and 1"
    return None


def _is_number(value: Any) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool)
