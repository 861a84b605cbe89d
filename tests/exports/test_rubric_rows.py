"""Rubric rows: criteria of the version that was used, an expert's answer, and scores by criterion and in all."""

import datasets
import pytest

from app.datasets.states import DatasetUse
from app.exports.formats.base import Excluded, Frame, Options
from app.exports.formats.registry import FORMATS
from app.exports.formats.rubric_rows import PATH, SCORES, total_of
from app.reviews.states import Verdict
from app.submissions.states import SubmissionState as S
from tests.cast import CRITERIA
from tests.exports.preferences import a_next_version, a_record, a_verdict, written
from tests.exports.rendering import excluded_of, rendered, rows_of
from tests.factories.judged import a_review, a_snapshot
from tests.factories.work import STATEMENT, STEPS, a_submission, a_task

BODIES = [step["body"] for step in STEPS]
WHOLE = "\n\n".join([*BODIES, "n = 5"])
POINTS = {"correct": 3, "complete": 0, "clear": 3}
RUBRIC = [{"criterion": one["question"], "weight": one["weight"]} for one in CRITERIA]
OLD = [{"id": "rigour", "name": "Rigour", "question": "Is it rigorous?", "weight": 4, "max_score": 2}]
FRAMED = FORMATS["rubric_rows"].framed(Frame("Sums", 1, DatasetUse.TRAINING, None, {1: OLD, 2: CRITERIA}))


@pytest.fixture
def freeze(session, database, app_settings, sums, mona, ed, rae):
    def frozen(**facts):
        work = a_submission(session, author=ed, task=a_task(session, sums), state=S.APPROVED)
        a_review(session, work, reviewer=rae, labels={}, **facts)
        if facts.get("verdict") is Verdict.APPROVE_WITH_EDITS:
            a_next_version(session, work, edited_by=rae.id, answer={"text": "n = 6"})
        return a_snapshot(session, database, app_settings, manager=mona, project_id=sums.id)

    return frozen


def made_of(review, *versions, **facts):
    return list(FRAMED.rows(a_record("ed", *versions, reviews=[review], **facts), Options()))


def test_a_row_has_criteria_with_weights_and_scores_stand_beside_it(database, app_settings, freeze, tmp_path):
    files = rendered(database, app_settings, freeze(rubric_n=1, rubric_scores=POINTS), "rubric_rows", tmp_path / "out")

    (row,) = rows_of(files[PATH])
    scores = rows_of(files[SCORES])
    assert {name: row[name] for name in ("prompt", "rubrics", "golden_answer", "rubric_version")} == {
        "prompt": STATEMENT,
        "rubrics": RUBRIC,
        "golden_answer": WHOLE,
        "rubric_version": 1,
    }
    assert [one.pop("reviewer") != "" for one in scores] == [True] * 3
    assert scores == [
        {
            "id": f"{row['id']}.1.{one['id']}",
            "prompt": STATEMENT,
            "response": WHOLE,
            "criterion": one["question"],
            "weight": one["weight"],
            "score": points / 3,
            "points": points,
            "max_points": 3,
            "total": 0.7,
            "verdict": "approve",
            "rubric_version": 1,
        }
        for one, points in zip(CRITERIA, POINTS.values(), strict=True)
    ]


def test_datasets_reads_both_parts(database, app_settings, freeze, tmp_path):
    rendered(database, app_settings, freeze(rubric_n=1, rubric_scores=POINTS), "rubric_rows", tmp_path / "out")

    loaded = [
        datasets.load_dataset(str(tmp_path / "out"), name, cache_dir=str(tmp_path / "cache"), split="train")
        for name in ("rubric_rows", "rubric_scores")
    ]

    assert [part.num_rows for part in loaded] == [1, 3]
    assert loaded[0][0]["rubrics"] == RUBRIC


def test_scores_of_edited_work_are_about_what_was_edited(database, app_settings, freeze, tmp_path):
    facts = {"verdict": Verdict.APPROVE_WITH_EDITS, "rubric_n": 1, "rubric_scores": POINTS}
    files = rendered(database, app_settings, freeze(**facts), "rubric_rows", tmp_path / "out")

    assert rows_of(files[PATH])[0]["golden_answer"] == "\n\n".join([*BODIES, "n = 6"])
    assert {row["response"] for row in rows_of(files[SCORES])} == {WHOLE}


@pytest.mark.parametrize(
    ("facts", "reason"),
    [
        ({}, "reviewed without a rubric"),
        ({"rubric_n": 9}, "its version of the rubric is not there"),
        ({"rubric_n": 1, "rubric_scores": {"correct": 3}}, "the scores are not those of the rubric's criteria"),
        ({"rubric_n": 1, "rubric_scores": POINTS | {"wit": 1}}, "the scores are not those of the rubric's criteria"),
        ({"rubric_n": 1, "rubric_scores": POINTS | {"clear": 4}}, "a score is out of the range of its criterion"),
    ],
)
def test_what_does_not_fit_the_rubric_is_left_out(database, app_settings, freeze, tmp_path, facts, reason):
    files = rendered(database, app_settings, freeze(**facts), "rubric_rows", tmp_path / "out")

    assert (files[PATH], excluded_of(files)) == (b"", {reason: 1})


def test_each_review_keeps_the_version_of_the_rubric_it_used():
    old = made_of(a_verdict("approve", rubric_version=1, rubric_scores={"rigour": 1}))
    new = made_of(a_verdict("approve", rubric_version=2))

    assert [row["rubrics"] for path, row in (*old, *new) if path == PATH] == [
        [{"criterion": "Is it rigorous?", "weight": 4}],
        RUBRIC,
    ]
    assert [(row["score"], row["total"]) for path, row in (*old, *new) if path == SCORES] == [(0.5, 0.5)]


def test_every_review_that_scored_is_an_opinion_about_what_it_read():
    versions = [written("wrong"), written("right")]
    first = a_verdict("return", revision=1, rubric_version=1, rubric_scores={"rigour": 1}, reviewer="r1")
    unscored = a_verdict("return", revision=1, rubric_version=1, reviewer="r2")
    odd = a_verdict("return", revision=1, rubric_version=1, rubric_scores={"wit": 1}, reviewer="r3")
    last = a_verdict("approve", revision=2, rubric_version=1, rubric_scores={"rigour": 2}, reviewer="r1")
    made = list(FRAMED.rows(a_record("ed", *versions, reviews=[first, unscored, odd, last]), Options()))
    scores = [row for path, row in made if path == SCORES]

    assert [(row["reviewer"], row["verdict"], row["total"]) for row in scores] == [
        ("r1", "return", 0.5),
        ("r1", "approve", 1.0),
    ]
    assert ["wrong" in row["response"] for row in scores] == [True, False]
    assert len({row["id"] for row in scores}) == 2


def test_work_that_was_not_approved_is_no_golden_answer():
    with pytest.raises(Excluded, match="not approved"):
        made_of(a_verdict("reject", rubric_version=2), written(), state="rejected")


@pytest.mark.parametrize(
    ("weights", "points", "total"),
    [
        ((5, 3), (3, 3), 1.0),
        ((5, 3), (3, 0), 0.625),
        ((5, -8), (3, 3), 0.0),
        ((5, -8), (3, 0), 1.0),
        ((-8,), (0,), 0.0),
    ],
)
def test_the_total_is_a_share_of_the_positive_weights(weights, points, total):
    criteria = [{"id": str(n), "weight": weight, "max_score": 3} for n, weight in enumerate(weights)]

    assert total_of(criteria, {str(n): point for n, point in enumerate(points)}) == total


@pytest.mark.parametrize(
    ("change", "fault"),
    [
        ({}, None),
        ({"prompt": " "}, "the task or the answer is empty"),
        ({"golden_answer": ""}, "the task or the answer is empty"),
        ({"rubrics": []}, "the rubric has no criteria"),
        ({"rubrics": [{"criterion": " ", "weight": 1}]}, "a criterion is empty"),
        ({"rubrics": [{"criterion": "Right?", "weight": True}]}, "a weight is no number"),
        ({"label": 1}, "its columns are not those of this format"),
    ],
)
def test_rows_with_a_fault_are_refused(change, fault):
    row = {"prompt": "1+1?", "rubrics": RUBRIC, "golden_answer": "2", "rubric_version": 1, "id": "a", "metadata": "{}"}

    assert FRAMED.check(PATH, row | change) == fault


@pytest.mark.parametrize(
    ("change", "fault"),
    [
        ({}, None),
        ({"response": " "}, "a text is empty"),
        ({"weight": "5"}, "a weight is no number"),
        ({"score": 1.5}, "a score is not between 0 and 1"),
        ({"total": None}, "a score is not between 0 and 1"),
    ],
)
def test_scores_with_a_fault_are_refused(change, fault):
    texts = {"prompt": "1+1?", "response": "2", "criterion": "Right?", "reviewer": "r", "verdict": "approve"}
    known = {"id": "w.correct", "points": 3, "max_points": 3, "rubric_version": 1}
    row = {**texts, **known, "weight": 5, "score": 1, "total": 1}

    assert FRAMED.check(SCORES, row | change) == fault
