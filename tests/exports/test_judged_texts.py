"""A label is about the text that was judged, and never goes over to the one with which a reviewer replaced it."""

import pytest

from app.exports.formats.axolotl import Axolotl, AxolotlOptions
from app.exports.formats.base import Excluded, Voice
from app.exports.formats.math_shepherd import MathShepherd
from app.exports.formats.native import Native
from app.exports.formats.processbench import ProcessBench
from app.exports.formats.step_labels import StepwiseOptions
from app.exports.formats.texts import deciding_review, standing_labels
from app.exports.formats.trl_stepwise import TrlStepwise
from tests.exports.preferences import a_record, a_verdict, written

BEFORE, AFTER = written(steps=["A", "B is wrong", "C"]), written(steps=["A", "B is right", "C"])
LABELS = {"s1": "good", "s2": "bad", "s3": "good"}


def edited(*, before=BEFORE, after=AFTER, labels=LABELS):
    """Make a record of work that was approved with edits, its steps labelled before them."""
    said = [{"step": step, "value": value, "error_type": None} for step, value in labels.items()]
    review = a_verdict("approve_with_edits", 1, labels=said)
    return {**a_record("ed", before, after, reviews=[review], edited_by="rae"), "check": None}


def row_of(chosen, record, options=None):
    ((_, row),) = chosen.rows(record, options or chosen.options_model())
    return row


def test_stepwise_gives_the_text_that_was_labelled():
    row = row_of(TrlStepwise(), edited(), StepwiseOptions.model_validate({"after_error": "all"}))
    assert (row["completions"], row["labels"]) == (["A", "B is wrong", "C"], [True, False, True])


def test_math_shepherd_ends_with_the_answer_that_was_judged():
    record = edited(before=written("n = 4", steps=["A", "B is wrong"]), after=written("n = 5", steps=["A", "B"]))
    row = row_of(MathShepherd(), record)
    assert row["label"].partition("Step 1: ")[2] == "A +\nStep 2: B is wrong The answer is: n = 4 -"


def test_processbench_points_at_the_wrong_text():
    row = row_of(ProcessBench(), edited())
    assert (row["steps"], row["label"]) == (["A", "B is wrong", "C"], 1)


def test_processbench_takes_no_work_whose_answer_was_changed():
    record = edited(before=written("n = 4", steps=["A", "B"]), after=written("n = 5", steps=["A", "B"]))
    with pytest.raises(Excluded, match="the reviewer changed the answer"):
        row_of(ProcessBench(), record)


def test_a_step_that_the_reviewer_wrote_is_learnt_though_the_one_before_was_wrong():
    said = row_of(Axolotl(), edited(), AxolotlOptions.model_validate({"wrong_steps": "mask"}))["messages"][-1]
    assert [(part["text"], part["train"]) for part in said["reasoning_content"]] == [("A\n\nB is right\n\nC", True)]


def test_readers_see_no_verdict_on_a_text_that_nobody_judged():
    record = edited()
    steps = [part for part in Native().read(record) if part.voice is Voice.REASONING]
    assert standing_labels(record) == {"s1": "good", "s3": "good"}
    assert [(part.text, part.verdict) for part in steps] == [("A", "good"), ("B is right", None), ("C", "good")]


def test_what_was_said_of_a_version_says_nothing_of_the_one_its_author_wrote_next():
    returned = a_verdict("return", 1, labels=[{"step": "s2", "value": "bad", "error_type": None}])
    approved = a_verdict("approve", 2)
    record = a_record("ed", BEFORE, AFTER, reviews=[returned, approved])
    assert (deciding_review(record), standing_labels(record)) == (None, {})
