"""A task's own answer: checked by a machine before the task opens, and what its form makes of each kind."""

import pytest
from sqlalchemy import func, select

from app.core import clock
from app.core.errors import Conflict, Invalid
from app.core.jobs import Job
from app.projects.models import Project
from app.tasks.access import get_task
from app.tasks.jobs import HANDLERS
from app.tasks.models import Task, TaskCheck
from app.tasks.pages.answering import PROGRAM_EXAMPLE, read_answer, values_of_spec
from app.tasks.schemas import BulkAction, BulkIn, TaskIn
from app.tasks.service.answers import CHECK_ANSWER, ask_check, newest_check
from app.tasks.service.bulk import change_many
from app.tasks.service.moving import open_task
from app.tasks.service.opening import CHECK_IMPORTED, open_or_wait, with_proposals
from app.tasks.service.writing import create_task, edit_task
from app.tasks.states import CheckState, TaskState
from app.verifiers.registry import KINDS, check_spec
from app.web.forms import Posted
from tests.cast import NOW
from tests.factories.lane import run_lane

WRONG = ["71", "73", "720", "27", "144"]
TOO_FEW = "2 plausible wrong answers are listed; add 3 more, so that a guess does not pass."
FACTS = {"statement": "Add 36 and 36.", "source": "Written for the tests", "licence": "CC0-1.0"}


def project_of(session, place, **facts):
    project = session.get_one(Project, place.id)
    for name, value in facts.items():
        setattr(project, name, value)
    session.flush()
    return project


def a_sum(session, place, mona, **facts):
    values = FACTS | {"answer_kind": "integer", "answer": "72", "wrong_answers": WRONG} | facts
    project = session.get_one(Project, place.id)
    return create_task(session, project, TaskIn.model_validate(values), actor=mona.actor, now=NOW)


def checked(session, database, app_settings, task):
    """Let the lane's worker do what is due, and return the task's last check."""
    task_id = task.id
    session.commit()
    run_lane(database, app_settings)
    session.expire_all()
    return newest_check(session, session.get_one(Task, task_id))


def test_writing_a_task_has_its_answer_checked(session, database, app_settings, sums, mona):
    task = a_sum(session, sums, mona)

    check = checked(session, database, app_settings, task)

    findings = [(one["name"], one["is_reference"], one["finding"]) for one in check.results]
    assert (check.state, check.is_passed) == (CheckState.DONE, True)
    assert findings == [("reference", True, "pass"), *((one, False, "fail") for one in WRONG)]
    assert session.get_one(Task, task.id).answer_checked_at is not None


@pytest.mark.parametrize(
    ("facts", "sentence"),
    [
        ({"wrong_answers": WRONG[:2]}, TOO_FEW),
        ({"wrong_answers": [*WRONG, "72.0"]}, "The wrong answer “72.0” is accepted."),
        ({"answer": "seventy-two"}, None),
        ({"answer": ""}, "The expected answer is missing."),
    ],
)  # fmt: skip
def test_what_is_not_in_order_is_said_in_a_sentence(session, database, app_settings, sums, mona, facts, sentence):
    task = a_sum(session, sums, mona, **facts)

    check = checked(session, database, app_settings, task)

    assert (check.state, check.is_passed) == (CheckState.DONE, False)
    assert sentence is None or check.message == sentence
    assert session.get_one(Task, task.id).answer_checked_at is None


def test_a_guess_that_hits_often_is_told(session, database, app_settings, sums, mona):
    options = {"options": ["60", "66", "72", "78"]}
    task = a_sum(session, sums, mona, answer_kind="choice", answer="C", answer_options=options, wrong_answers=["A"])

    check = checked(session, database, app_settings, task)

    assert (check.is_passed, check.guess_probability) == (True, 0.25)


def test_where_only_checked_tasks_open_the_others_wait(session, database, app_settings, sums, mona):
    project_of(session, sums, opens_checked_only=True)
    task = a_sum(session, sums, mona)

    with pytest.raises(Invalid, match="check the answer first"):
        open_task(session, task, actor=mona.actor, now=NOW)
    checked(session, database, app_settings, task)
    task = get_task(session, mona.actor, task.id, lock=True)
    open_task(session, task, actor=mona.actor, now=NOW)

    assert task.state == TaskState.OPEN


def test_answers_for_people_to_judge_hold_nothing_back(session, sums, mona):
    project_of(session, sums, opens_checked_only=True)
    task = a_sum(session, sums, mona, answer_kind="rubric", answer="", wrong_answers=[])

    open_task(session, task, actor=mona.actor, now=NOW)

    assert task.state == TaskState.OPEN
    with pytest.raises(Conflict, match="No machine"):
        ask_check(session, task, actor=mona.actor, now=NOW)


def test_many_at_once_open_only_what_was_checked(session, database, app_settings, sums, mona):
    good = a_sum(session, sums, mona)
    bad = a_sum(session, sums, mona, wrong_answers=[])
    free = a_sum(session, sums, mona, answer_kind="none", answer="", wrong_answers=[])
    ids = {"good": good.id, "bad": bad.id, "free": free.id}
    checked(session, database, app_settings, good)
    project = project_of(session, sums, opens_checked_only=True)

    told = change_many(
        session, project, BulkIn(action=BulkAction.OPEN, ids=list(ids.values())), actor=mona.actor, now=clock.now()
    )

    states = {name: session.get_one(Task, task_id).state for name, task_id in ids.items()}
    assert (told.changed, told.left_alone) == (2, 1)
    assert states == {"good": TaskState.OPEN, "bad": TaskState.READY, "free": TaskState.OPEN}


def test_another_answer_is_checked_again(session, database, app_settings, sums, mona):
    task_id = a_sum(session, sums, mona).id
    checked(session, database, app_settings, session.get_one(Task, task_id))
    task = get_task(session, mona.actor, task_id, lock=True)
    data = TaskIn.model_validate(FACTS | {"answer_kind": "integer", "answer": "71", "wrong_answers": WRONG})

    edit_task(session, task, data, actor=mona.actor, now=clock.now())

    asked = newest_check(session, task)
    assert asked is not None
    assert (task.answer_checked_at, asked.state) == (None, CheckState.QUEUED)
    check = checked(session, database, app_settings, task)
    assert check.message == "The wrong answer “71” is accepted."


def test_checked_then_opened_in_one_go(session, database, app_settings, sums, mona):
    project_of(session, sums, opens_checked_only=True)
    task = a_sum(session, sums, mona)
    ask_check(session, task, actor=mona.actor, now=clock.now(), opens_after=True)

    checked(session, database, app_settings, task)

    assert session.get_one(Task, task.id).state == TaskState.OPEN


def test_a_task_to_be_opened_waits_for_its_check_where_only_checked_ones_open(
    session, database, app_settings, sums, mona
):
    project_of(session, sums, opens_checked_only=True)
    right, wrong = a_sum(session, sums, mona), a_sum(session, sums, mona, wrong_answers=["72"])
    ids = [right.id, wrong.id]
    for task in (right, wrong):
        open_or_wait(session, task, actor=mona.actor, now=clock.now())
    before = [task.state for task in (right, wrong)]

    checked(session, database, app_settings, right)

    assert before == [TaskState.READY, TaskState.READY]
    assert [session.get_one(Task, one).state for one in ids] == [TaskState.OPEN, TaskState.READY]


def test_checking_is_repeatable_and_a_changed_answer_makes_it_void(session, database, app_settings, sums, mona):
    task = a_sum(session, sums, mona)
    first = session.scalars(select(TaskCheck.id)).one()
    task.answer_spec = task.answer_spec | {"answer": "73"}
    session.commit()

    run_lane(database, app_settings)
    run_lane(database, app_settings)

    session.expire_all()
    stored = session.get_one(TaskCheck, first)
    assert (stored.state, stored.is_passed) == (CheckState.FAILED, None)


def test_too_few_wrong_answers_are_filled_up_with_proposals():
    assert with_proposals({"kind": "integer", "answer": "72", "wrong": ["7"]})["wrong"] == [
        "7",
        "73",
        "71",
        "720",
        "27",
    ]
    assert with_proposals({"kind": "program", "tests": "assert f()"}) == {"kind": "program", "tests": "assert f()"}


def test_the_range_of_possible_answers_is_read_as_numbers():
    spec = {"kind": "integer", "answer": "25", "range": [1, 100]}
    typed = {key: _as_posted(value) for key, value in values_of_spec(spec).items()}

    assert typed["option-range"] == "1\n100"
    assert read_answer(Posted(typed, {})) == ({"range": [1, 100]}, [], {})
    refused = read_answer(Posted(typed | {"option-range": "one\n100"}, {}))
    assert refused[2] == {"option-range": "Give a number."}


def test_the_example_of_a_program_is_in_order():
    assert check_spec({"kind": "program", **PROGRAM_EXAMPLE}) == []


@pytest.mark.parametrize("name", sorted(KINDS))
def test_the_form_gives_back_each_kind_as_it_is_stored(name):
    example = dict(KINDS[name].example)
    typed = values_of_spec(example)

    options, wrong, errors = read_answer(Posted({key: _as_posted(value) for key, value in typed.items()}, {}))

    built = TaskIn.model_validate(
        FACTS
        | {key: typed[key] for key in ("answer_kind", "entry_point", "tests")}
        | {"answer": typed["answer"] if isinstance(example.get("answer", ""), str) else ""}
        | {"answer_options": options, "wrong_answers": wrong}
    ).answer_spec()
    expected = {} if name == "none" else {"answer": "", **example} if name != "program" else example
    assert errors == {}
    assert {key: value for key, value in built.items() if key != "answer"} == {
        key: value for key, value in expected.items() if key != "answer"
    }


def _as_posted(value):
    if isinstance(value, bool):
        return "true" if value else ""
    return value if isinstance(value, str | list) else "" if value is None else str(value)


def test_the_lane_knows_both_jobs():
    assert {CHECK_ANSWER, CHECK_IMPORTED} <= set(HANDLERS)


def test_a_check_costs_one_job(session, sums, mona):
    a_sum(session, sums, mona)
    session.flush()

    assert session.scalar(select(func.count()).select_from(Job).where(Job.kind == CHECK_ANSWER)) == 1
