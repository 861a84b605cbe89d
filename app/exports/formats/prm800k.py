"""PRM800K's layout: the only public one that keeps -1/0/+1 and who wrote a step, without loss."""

from collections.abc import Iterable
from datetime import datetime
from typing import Any, ClassVar

from pydantic import Field

from app.datasets.queries.records import Record
from app.exports.formats.base import Excluded, FileOf, Format, Options, Part, Rendering, Row, Voice
from app.exports.formats.columns import COUNT, FILLED, TEXT, TRUTH, Column, Columns, list_of, or_null, struct, words
from app.exports.formats.step_labels import AfterError
from app.exports.formats.texts import answer_of, labels_of, prompt_of, require_review, rewritten_of, steps_of

PATH = "prm800k/train.jsonl"
RATINGS: dict[str, int | None] = {"good": 1, "neutral": 0, "bad": -1, "unsure": None}
_FINISH = {"gave_up": "give_up"}
_ANSWER = "\n\n# Answer\n\n"
"""Stands between the last step and the answer, as in PRM800K."""

_FLAGGED = or_null(TRUTH)
_COMPLETION = struct({"text": TEXT, "rating": {"enum": [-1, 0, 1, None]}, "flagged": _FLAGGED})
_REWRITTEN = struct(
    {
        "text": FILLED,
        "rating": {"type": "null"},
        "source": words("human"),
        "flagged": TRUTH,
        "corrected_rating": {"type": "null"},
    }
)
_STEP = struct(
    {
        "completions": list_of(_COMPLETION, least=1),
        "human_completion": or_null(_REWRITTEN),
        "chosen_completion": or_null(COUNT),
    }
)
_QUESTION = struct(
    {"problem": FILLED, "ground_truth_solution": or_null(FILLED), "ground_truth_answer": or_null(FILLED)}
)
_LABEL = struct(
    {
        "steps": list_of(_STEP, least=1),
        "total_time": COUNT,
        "finish_reason": words("found_error", "solution", "bad_problem", "give_up"),
    }
)


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
    columns: ClassVar[Columns] = {
        "labeler": Column("pseudonym of the reviewer", FILLED),
        "timestamp": Column("when the review was decided", FILLED),
        "generation": Column("always null: there were no phases", {"type": "null"}),
        "is_quality_control_question": Column("always false", {"const": False}),
        "is_initial_screening_question": Column("always false", {"const": False}),
        "question": Column("problem, reference solution and reference answer", _QUESTION),
        "label": Column("steps with ratings, time in milliseconds, why it ended", _LABEL),
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
        originals = rewritten_of(record, review)
        steps, ends_in_error = _up_to_error(steps, ratings, originals, options.after_error)
        entries = [_step(step, ratings.get(step["id"]), originals) for step in steps]
        if ends_in_error:
            entries[-1]["chosen_completion"] = None  # nothing goes on with it
        else:
            _continued(entries[-1])["text"] += _ANSWER + answer_of(record)
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
            completion, continued = entry["completions"][0], _continued(entry)
            if continued is not completion:
                parts.append(Part(Voice.REASONING, completion["text"], _verdict(completion)))
            text, _, answer = continued["text"].partition(_ANSWER)
            verdict = _verdict(completion) if continued is completion else None
            parts.append(Part(Voice.REASONING, text, verdict))
        return [*parts, Part(Voice.ANSWER, answer)] if answer else parts

    def notes(self, options: Prm800kOptions) -> list[str]:
        """Say where rows end."""
        return [
            options.after_error.words,
            "a row whose reviewer stopped at the first wrong step ends with it",
            "of a step that the reviewer rewrote the author's text is rated; the row goes on with `human_completion`",
        ]

    def check(self, path: str, row: Row) -> str | None:
        """Refuse ratings outside -1, 0, 1 and a trajectory that breaks off in the middle."""
        del path
        for entry in row["label"]["steps"]:
            rating = entry["completions"][0]["rating"]
            if rating not in {-1, 0, 1, None}:
                return "a rating is not -1, 0 or 1"
            human = entry["human_completion"]
            if human is not None and (entry["chosen_completion"] is not None or not human["text"].strip()):
                return "a rewritten step is chosen as it was, or empty"
            if entry["chosen_completion"] is None and human is None and entry is not row["label"]["steps"][-1]:
                return "a step in the middle was not chosen"
        return None


def _question(record: Record) -> Row:
    task = record["task"]
    return {
        "problem": prompt_of(record),
        "ground_truth_solution": task["reference"] or None,
        "ground_truth_answer": str(task["answer_spec"].get("answer", "")) or None,
    }


def _up_to_error(
    steps: list[Row], ratings: dict[str, str], originals: dict[str, str], after_error: AfterError
) -> tuple[list[Row], bool]:
    """Cut behind the first wrong step if that is asked for, or if whoever labelled stopped there; tell if it is last.

    A wrong step that the reviewer rewrote is mended: work goes on behind it.
    """
    values = [ratings.get(step["id"]) for step in steps]
    is_stopping = after_error is AfterError.STOP
    wrong = [n for n, value in enumerate(values) if value == "bad" and (is_stopping or steps[n]["id"] not in originals)]
    if not wrong:
        return steps, False
    end = wrong[0] + 1
    is_labelled_on = any(value is not None for value in values[end:])
    kept = steps if not is_stopping and is_labelled_on else steps[:end]
    return kept, len(kept) - 1 in wrong


def _verdict(completion: Row) -> str | None:
    if completion["flagged"] is None:
        return None
    return next(value for value, rating in RATINGS.items() if rating == completion["rating"])


def _continued(entry: Row) -> Row:
    """Give the text of a step with which the solution goes on."""
    found: Row = entry["human_completion"] or entry["completions"][0]
    return found


def _step(step: Row, value: str | None, originals: dict[str, str]) -> dict[str, Any]:
    rating = RATINGS[value] if value is not None else None
    flagged = value == "unsure" if value is not None else None
    original = originals.get(step["id"])
    human = None
    if original is not None:
        human = {"text": step["body"], "rating": None, "source": "human", "flagged": False, "corrected_rating": None}
    return {
        "completions": [{"text": step["body"] if original is None else original, "rating": rating, "flagged": flagged}],
        "human_completion": human,
        "chosen_completion": 0 if human is None else None,
    }
