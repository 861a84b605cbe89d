"""Reviewers may stop at the first wrong step: what layouts of step labels make of the steps behind it."""

import pytest

from app.exports.formats.base import Excluded
from app.exports.formats.registry import get_format
from tests.exports.preferences import BODIES, a_record, a_verdict, written

WHEN = {"decided_at": "2026-11-24T09:00:00+00:00", "seconds": 60}
ONLY_FIRST = {"s1": "bad"}
TO_THE_ERROR = {"s1": "good", "s2": "bad"}
ALL = {"s1": "good", "s2": "bad", "s3": "neutral"}
ANSWER = "\n\n# Answer\n\nn = 5"


def labelled(values):
    labels = [{"step": step, "value": value, "note": ""} for step, value in values.items()]
    task = {"reference": "", "answer_spec": {"kind": "text", "answer": "5"}}
    record = a_record("ed", written(), state="rejected", reviews=[a_verdict("reject", labels=labels, **WHEN)])
    return record | {"task": record["task"] | task}


def rows_of(name, values, **options):
    chosen = get_format(name)
    return [row for _, row in chosen.rows(labelled(values), chosen.options_model.model_validate(options))]


@pytest.mark.parametrize(
    ("values", "after_error", "ratings", "ended"),
    [
        (ONLY_FIRST, "all", [-1], "found_error"),
        (TO_THE_ERROR, "all", [1, -1], "found_error"),
        (TO_THE_ERROR, "stop", [1, -1], "found_error"),
        (ALL, "all", [1, -1, 0], "solution"),
        (ALL, "stop", [1, -1], "found_error"),
        ({"s1": "good", "s2": "good", "s3": "good"}, "stop", [1, 1, 1], "solution"),
    ],
)
def test_prm800k_ends_where_labelling_stopped(values, after_error, ratings, ended):
    (row,) = rows_of("prm800k", values, after_error=after_error)

    entries = [step["completions"][0] for step in row["label"]["steps"]]
    texts = [*BODIES[:2], BODIES[2] + ANSWER][: len(ratings)]
    assert [(entry["text"], entry["rating"]) for entry in entries] == list(zip(texts, ratings, strict=True))
    assert row["label"]["finish_reason"] == ended


def test_stepwise_rows_that_stop_need_no_labels_behind_the_error():
    (row,) = rows_of("trl_stepwise", TO_THE_ERROR, after_error="stop")

    assert (row["completions"], row["labels"]) == (BODIES[:2], [True, False])


@pytest.mark.parametrize(
    ("values", "after_error"), [(TO_THE_ERROR, "all"), ({"s1": "good", "s3": "bad"}, "stop"), ({"s2": "bad"}, "stop")]
)
def test_stepwise_rows_need_a_label_on_every_step_that_they_hold(values, after_error):
    with pytest.raises(Excluded) as excluded:
        rows_of("trl_stepwise", values, after_error=after_error)

    assert excluded.value.reason == "not every step is labelled"
