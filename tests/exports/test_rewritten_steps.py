"""PRM800K of work that a reviewer rewrote: the author's step with its rating, the reviewer's text beside it."""

import pytest

from app.exports.formats.prm800k import Prm800k, Prm800kOptions
from tests.exports.preferences import a_record, a_verdict, written

PRM = Prm800k()
BEFORE, AFTER = written(steps=["A", "B is wrong", "C"]), written(steps=["A", "B is right", "C"])
END = "\n\n# Answer\n\nn = 5"


def a_row(labels, *, revision=1, before=BEFORE, after=AFTER, **options):
    rated = [{"step": name, "value": value} for name, value in labels.items()]
    facts = {"labels": rated, "seconds": 1, "decided_at": "2026-11-24T09:00:00+00:00"}
    review = a_verdict("approve_with_edits", revision, **facts)
    task = {**a_record("ed")["task"], "reference": "", "answer_spec": {}}
    record = a_record("ed", before, after, reviews=[review], edited_by="rae", task=task)
    ((path, row),) = PRM.rows(record, Prm800kOptions.model_validate(options))
    assert PRM.check(path, row) is None
    return row


def told(row):
    """Give of each step: the completion, its rating, the reviewer's text, what was chosen."""
    return [
        (
            step["completions"][0]["text"],
            step["completions"][0]["rating"],
            step["human_completion"] and step["human_completion"]["text"],
            step["chosen_completion"],
        )
        for step in row["label"]["steps"]
    ]


def test_a_rewritten_step_has_both_texts_and_work_goes_on_with_the_reviewers():
    row = a_row({"s1": "good", "s2": "bad"})

    assert row["label"]["steps"][1] == {
        "completions": [{"text": "B is wrong", "rating": -1, "flagged": False}],
        "human_completion": {
            "text": "B is right",
            "rating": None,
            "source": "human",
            "flagged": False,
            "corrected_rating": None,
        },
        "chosen_completion": None,
    }
    assert told(row) == [("A", 1, None, 0), ("B is wrong", -1, "B is right", None), (f"C{END}", None, None, 0)]
    assert row["label"]["finish_reason"] == "solution"


def test_the_answer_stands_behind_the_text_that_the_work_goes_on_with():
    row = a_row({"s1": "good", "s2": "bad"}, before=written(steps=["A", "B is wrong"]), after=written(steps=["A", "B"]))

    assert told(row) == [("A", 1, None, 0), ("B is wrong", -1, f"B{END}", None)]
    assert [(part.text, part.verdict) for part in PRM.read(row)][1:] == [
        ("A", "good"),
        ("B is wrong", "bad"),
        ("B", None),
        ("n = 5", None),
    ]


def test_stopping_at_the_first_wrong_step_stops_at_a_rewritten_one_too():
    row = a_row({"s1": "good", "s2": "bad", "s3": "good"}, after_error="stop")

    assert told(row) == [("A", 1, None, 0), ("B is wrong", -1, "B is right", None)]
    assert row["label"]["finish_reason"] == "found_error"


def test_labels_given_to_the_edited_text_are_about_that():
    row = a_row({"s1": "good", "s2": "good", "s3": "good"}, revision=2)

    assert told(row) == [("A", 1, None, 0), ("B is right", 1, None, 0), (f"C{END}", 1, None, 0)]


@pytest.mark.parametrize(
    ("change", "fault"),
    [
        ({"chosen_completion": 0}, "a rewritten step is chosen as it was, or empty"),
        ({"human_completion": {"text": " "}}, "a rewritten step is chosen as it was, or empty"),
        ({"human_completion": None}, "a step in the middle was not chosen"),
    ],
)
def test_a_trajectory_that_cannot_be_put_together_is_refused(change, fault):
    row = a_row({"s1": "good", "s2": "bad"})
    row["label"]["steps"][1] |= change

    assert PRM.check("prm800k/train.jsonl", row) == fault
