"""How an answer reads while it is written: as its kind, and never whether it is right."""

import pytest
from sqlalchemy import func, select

from app.submissions.models import VerifierRun
from tests.factories.work import a_submission, a_task

NOTHING = {"words": "", "tex": "", "unit_words": "", "needs_assumption": False, "kind_title": ""}


@pytest.mark.parametrize(
    ("spec", "answer", "expected"),
    [
        (
            {"kind": "integer", "answer": "5"},
            {"text": "17"},
            NOTHING
            | {"reads": True, "words": "reads as the whole number 17", "tex": "17", "kind_title": "Whole number"},
        ),
        ({"kind": "none"}, {"text": "17"}, NOTHING | {"reads": True}),
        ({"kind": "rubric"}, {"text": " "}, NOTHING | {"reads": False}),
    ],
)
def test_an_answer_is_read_as_its_kind(client, session, sums, ed, spec, answer, expected):
    work_id = a_submission(session, author=ed, task=a_task(session, sums, answer_spec=spec)).id

    read = client.as_(ed).post(f"/api/v1/work/{work_id}/check", json=answer)

    assert (read.status_code, read.json()) == (200, expected)
    assert session.scalar(select(func.count()).select_from(VerifierRun)) == 0


def test_formulas_are_read_by_the_process_that_can_be_ended(client, session, sums, ed):
    spec = {"kind": "set", "answer": "{1, 2, 3}"}
    work_id = a_submission(session, author=ed, task=a_task(session, sums, answer_spec=spec)).id

    read = client.as_(ed).post(f"/api/v1/work/{work_id}/check", json={"text": r"\{4, 5\}"}).json()

    assert (read["reads"], read["kind_title"], "2 elements" in read["words"]) == (True, "Set", True)


@pytest.mark.parametrize(("assumptions", "needs"), [([], True), ([" "], True), (["It is square."], False)])
def test_an_answer_under_an_assumption_asks_for_one(client, session, sums, ed, assumptions, needs):
    branch = {"assumption": "square", "spec": {"kind": "integer", "answer": "5"}}
    spec = {"kind": "by_assumption", "branches": [branch]}
    work_id = a_submission(session, author=ed, task=a_task(session, sums, answer_spec=spec)).id
    answer = {"text": "17", "assumptions": assumptions}

    read = client.as_(ed).post(f"/api/v1/work/{work_id}/check", json=answer).json()

    assert (read["reads"], read["needs_assumption"]) == (True, needs)


def test_an_answer_that_is_no_answer_is_refused(client, session, sums, ed):
    work_id = a_submission(session, author=ed, task=a_task(session, sums)).id

    assert client.as_(ed).post(f"/api/v1/work/{work_id}/check", json={"txet": "17"}).status_code == 422


@pytest.mark.parametrize(
    ("answer", "unit_words"),
    [
        ({"text": "24.3", "unit": "m"}, "in m, which measures length"),
        ({"text": "24.3"}, "without a unit"),
        ({"text": "24.3", "unit": "florps"}, ""),
    ],
)
def test_the_unit_of_a_quantity_is_told_apart(client, session, sums, ed, answer, unit_words):
    spec = {"kind": "quantity", "answer": "20 m", "relative": 0.1}
    work_id = a_submission(session, author=ed, task=a_task(session, sums, answer_spec=spec)).id

    read = client.as_(ed).post(f"/api/v1/work/{work_id}/check", json=answer).json()

    assert (read["reads"], read["unit_words"]) == (bool(unit_words), unit_words)


@pytest.mark.parametrize(("unit", "unit_words"), [("m", "no machine compares it"), ("%", ""), ("k", ""), ("", "")])
def test_a_unit_that_nothing_is_asked_about_is_said_to_be_of_no_account(client, session, sums, ed, unit, unit_words):
    spec = {"kind": "real", "answer": "20", "absolute": 1}
    work_id = a_submission(session, author=ed, task=a_task(session, sums, answer_spec=spec)).id

    read = client.as_(ed).post(f"/api/v1/work/{work_id}/check", json={"text": "24.3", "unit": unit}).json()

    assert (read["reads"], read["unit_words"]) == (True, unit_words)
