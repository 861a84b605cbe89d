"""PRM800K's layout: the only public one that keeps -1/0/+1 and who wrote a step, without loss."""

from collections.abc import Iterable
from datetime import datetime
from typing import Any, ClassVar

from pydantic import Field

from app.datasets.queries.records import Record
from app.exports.formats.base import Excluded, FileOf, Format, Options, Part, Rendering, Row, Voice
from app.exports.formats.step_labels import AfterError
from app.exports.formats.texts import answer_of, labels_of, prompt_of, require_review, steps_of

PATH = "prm800k/train.jsonl"
RATINGS: dict[str, int | None] = {"good": 1, "neutral": 0, "bad": -1, "unsure": None}
_FINISH = {"gave_up": "give_up"}
_ANSWER = "\n\n# Answer\n\n"
"""Stands between the last step and the answer, as in PRM800K."""


class Prm800kOptions(Options):
    """Options of ratings: all three are kept, so that only the end of a row is in question."""

    after_error: AfterError = Field(
        default=AfterError.ALL,
        title="After a wrong step",
        description="Stop at the first wrong step, or go on.",
    )


class Prm800k(Format):
    """One line per labelled solution: each step holds one alternative, the expert's own text."""

    name: ClassVar[str] = "prm800k"
    title: ClassVar[str] = "PRM800K JSONL"
    summary: ClassVar[str] = "Steps rated -1, 0, +1 in the layout of OpenAI's PRM800K."
    columns: ClassVar[dict[str, str]] = {
        "labeler": "pseudonym of the reviewer",
        "timestamp": "when the review was decided",
        "question": "problem, reference solution and reference answer",
        "label": "steps with ratings, time in milliseconds, why it ended",
    }
    options_model: ClassVar[type[Options]] = Prm800kOptions
    files: ClassVar[tuple[FileOf, ...]] = (FileOf(PATH, "prm800k"),)

    def rows(self, record: Record, options: Prm800kOptions) -> Iterable[tuple[str, Row]]:
        """Give one line per item that a reviewer labelled."""
        review = require_review(record)
        steps = steps_of(record, Rendering.FULL if options.render is Rendering.ANSWER else options.render)
        if not steps:
            raise Excluded("no step labels")
        ratings = labels_of(review)
        steps = _up_to_error(steps, ratings, options.after_error)
        entries = [_step(step["body"], ratings.get(step["id"])) for step in steps]
        ends_in_error = entries[-1]["completions"][0]["rating"] == -1
        if not ends_in_error:
            entries[-1]["completions"][0]["text"] += _ANSWER + answer_of(record)
        yield (
            PATH,
            {
                "labeler": review["reviewer"],
                "timestamp": datetime.fromisoformat(review["decided_at"]).replace(tzinfo=None).isoformat(),
                "generation": None,
                "is_quality_control_question": False,
                "is_initial_screening_question": False,
                "question": _question(record),
                "label": {
                    "steps": entries,
                    "total_time": review["seconds"] * 1000,
                    "finish_reason": _FINISH.get(record["state"], "found_error" if ends_in_error else "solution"),
                },
            },
        )

    def read(self, row: Row) -> list[Part]:
        """Read the problem, the rated steps, and the answer behind the last one."""
        parts = [Part(Voice.PROMPT, row["question"]["problem"])]
        answer = ""
        for entry in row["label"]["steps"]:
            completion = entry["completions"][0]
            text, _, answer = completion["text"].partition(_ANSWER)
            parts.append(Part(Voice.REASONING, text, _verdict(completion)))
        return [*parts, Part(Voice.ANSWER, answer)] if answer else parts

    def notes(self, options: Prm800kOptions) -> list[str]:
        """Say where rows end."""
        return [options.after_error.words, "a row whose reviewer stopped at the first wrong step ends with it"]

    def check(self, path: str, row: Row) -> str | None:
        """Refuse ratings outside -1, 0, 1 and a trajectory that breaks off in the middle."""
        del path
        for entry in row["label"]["steps"]:
            rating = entry["completions"][0]["rating"]
            if rating not in {-1, 0, 1, None}:
                return "a rating is not -1, 0 or 1"
            if entry["chosen_completion"] is None and entry is not row["label"]["steps"][-1]:
                return "a step in the middle was not chosen"
        return None


def _question(record: Record) -> Row:
    task = record["task"]
    return {
        "problem": prompt_of(record),
        "ground_truth_solution": task["reference"] or None,
        "ground_truth_answer": str(task["answer_spec"].get("answer", "")) or None,
    }


def _up_to_error(steps: list[Row], ratings: dict[str, str], after_error: AfterError) -> list[Row]:
    """Cut behind the first wrong step if that is asked for, or if whoever labelled stopped there."""
    values = [ratings.get(step["id"]) for step in steps]
    if "bad" not in values:
        return steps
    end = values.index("bad") + 1
    is_labelled_on = any(value is not None for value in values[end:])
    return steps if after_error is AfterError.ALL and is_labelled_on else steps[:end]


def _verdict(completion: Row) -> str | None:
    if completion["flagged"] is None:
        return None
    return next(value for value, rating in RATINGS.items() if rating == completion["rating"])


def _step(text: str, value: str | None) -> dict[str, Any]:
    rating = RATINGS[value] if value is not None else None
    flagged = value == "unsure" if value is not None else None
    return {
        "completions": [{"text": text, "rating": rating, "flagged": flagged}],
        "human_completion": None,
        "chosen_completion": 0,
    }
