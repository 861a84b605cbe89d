"""What each verdict does to work, lease, place, issues and people; what it refuses."""

import pytest
from sqlalchemy import func, select

from app.accounts.models import Notification
from app.assignments.models import Assignment
from app.assignments.states import AssignmentState
from app.core.audit import Event
from app.core.errors import Invalid, NotAllowed, Stale
from app.core.ids import new_id
from app.projects.models import Project
from app.reviews.models import Review, Thread
from app.reviews.service.deciding import Overtaken
from app.reviews.states import Decision, Outcome, ReviewState, Rules, Verdict, is_in_sample, settle
from app.submissions.models import Revision, Submission
from app.submissions.states import EditsState, SubmissionState
from app.tasks.models import Task, TaskSlot
from app.tasks.states import SlotState, TaskState
from tests.cast import NOW
from tests.factories.reviewing import ISSUE, WHY, decided, handed_in, handed_in_again, opened
from tests.factories.work import a_submission, a_task, revision_of, some_content

S = SubmissionState
RAE, RON, ROB = new_id(), new_id(), new_id()


@pytest.fixture
def work(session, sums, ed):
    return handed_in(session, sums, ed)


def facts_of(session, submission):
    session.expire_all()
    assignment = session.get_one(Assignment, submission.assignment_id)
    slot = session.get_one(TaskSlot, submission.slot_id)
    task = session.get_one(Task, submission.task_id)
    return submission.state, assignment.state, slot.state, task.state


@pytest.mark.parametrize(
    ("verdict", "facts"),
    [
        ("approve", (S.APPROVED, AssignmentState.DONE, SlotState.DONE, TaskState.FILLED)),
        ("return", (S.RETURNED, AssignmentState.SUBMITTED, SlotState.TAKEN, TaskState.OPEN)),
        ("reject", (S.ESCALATED, AssignmentState.SUBMITTED, SlotState.TAKEN, TaskState.OPEN)),
        ("escalate", (S.ESCALATED, AssignmentState.SUBMITTED, SlotState.TAKEN, TaskState.OPEN)),
    ],
)
def test_a_verdict_moves_work_lease_place_and_task(session, rae, work, verdict, facts):
    decided(session, rae, work, verdict)

    assert facts_of(session, work) == facts


def one(who, level, verdict):
    return Decision(who, level, Verdict(verdict))


@pytest.mark.parametrize(
    ("decisions", "rules", "outcome"),
    [
        ([(RAE, 1, "approve")], (1, True, 0), (S.APPROVED, 1)),
        ([(RAE, 1, "approve")], (2, False, 0), (S.APPROVED, 1)),
        ([(RAE, 1, "approve")], (2, True, 0), (S.SUBMITTED, 2)),
        ([(RAE, 1, "approve_with_edits")], (2, True, 0), (S.SUBMITTED, 2)),
        ([(RAE, 1, "approve"), (RON, 2, "approve")], (2, True, 0), (S.APPROVED, 2)),
        ([(RAE, 1, "approve"), (RON, 2, "return")], (2, True, 0), (S.RETURNED, 2)),
        ([(RAE, 1, "approve"), (RON, 2, "reject")], (2, True, 0), (S.ESCALATED, 2)),
        ([(RAE, 1, "approve"), (RON, 2, "reject"), (ROB, 2, "reject")], (2, True, 0), (S.REJECTED, 2)),
        ([(RAE, 1, "return")], (1, True, 0), (S.RETURNED, 1)),
        ([(RAE, 1, "return")], (1, True, 1), (S.RETURNED, 2)),
        ([(RAE, 1, "reject")], (1, True, 0), (S.ESCALATED, 2)),
        ([(RAE, 1, "reject"), (RON, 2, "reject")], (1, True, 0), (S.REJECTED, 2)),
        ([(RAE, 1, "reject"), (RAE, 2, "reject")], (1, True, 0), (S.ESCALATED, 2)),
        ([(RAE, 1, "reject"), (RON, 2, "approve")], (1, True, 0), (S.APPROVED, 2)),
        ([(RAE, 1, "reject"), (RON, 2, "return")], (1, True, 0), (S.RETURNED, 2)),
        ([(RAE, 1, "escalate")], (1, True, 0), (S.ESCALATED, 2)),
        ([(RAE, 1, "escalate"), (RON, 2, "approve")], (1, True, 0), (S.APPROVED, 2)),
    ],
)
def test_the_outcome_follows_from_the_stored_decisions_alone(decisions, rules, outcome):
    assert settle([one(*facts) for facts in decisions], Rules(*rules)) == Outcome(*outcome)


def test_a_second_person_makes_a_rejection_count_and_frees_the_place(session, rae, ron, work):
    decided(session, rae, work, "reject")
    before = facts_of(session, work)

    decided(session, ron, work, "reject")

    assert before[0] == S.ESCALATED
    assert facts_of(session, work) == (S.REJECTED, AssignmentState.REJECTED, SlotState.FREE, TaskState.OPEN)


def test_the_one_who_rejected_cannot_confirm_it(session, ron, work):
    decided(session, ron, work, "reject")

    with pytest.raises(NotAllowed, match="judged this version already"):
        opened(session, ron, work)


def test_returning_counts_up_and_the_second_one_hands_the_work_to_level_2(session, rae, work):
    decided(session, rae, work, "return")
    first = (work.times_returned, work.review_level, work.last_reviewer_id)
    handed_in_again(session, work, now=NOW)

    decided(session, rae, work, "return", issues=[ISSUE])

    assert first == (1, 1, rae.id)
    assert (work.times_returned, work.review_level, work.last_reviewer_id) == (2, 2, rae.id)


def test_issues_are_published_with_a_return_and_not_before(session, rae, work):
    review = opened(session, rae, work)
    decided(session, rae, work, "return", review=review)

    thread = session.scalars(select(Thread)).one()
    session.refresh(thread)
    assert (thread.published_at, thread.review_id) == (NOW, review.id)


def test_issues_of_a_proposed_rejection_wait_for_the_second_person(session, rae, ron, work):
    decided(session, rae, work, "reject", issues=[ISSUE])
    waiting = session.scalars(select(Thread.published_at)).all()

    decided(session, ron, work, "return", issues=[])

    session.expire_all()
    assert waiting == [None]
    assert session.scalars(select(Thread.published_at)).all() == [NOW]


@pytest.mark.parametrize(
    ("verdict", "facts", "field"),
    [
        ("approve", {"verification_method": None}, "verification_method"),
        ("approve", {"verification_method": "read_only", "verification_note": "looks fine"}, "verification_note"),
        ("return", {"issues": []}, "verdict"),
        ("reject", {"reason": "too short"}, "reason"),
        ("escalate", {"reason": ""}, "reason"),
        ("approve_with_edits", {"verification_method": "re_derived"}, "edited_content"),
        ("approve", {"edited_content": some_content().model_dump(mode="json")}, "edited_content"),
        ("approve", {"issues": [ISSUE]}, "verdict"),
    ],
)
def test_an_incomplete_decision_says_what_is_missing(session, rae, work, verdict, facts, field):
    with pytest.raises(Invalid) as refused:
        decided(session, rae, work, verdict, **facts)

    assert list(refused.value.fields) == [field]


def test_reading_only_is_enough_with_two_lines_of_why(session, rae, work):
    note = "The steps are short, and each one follows at sight."
    decided(session, rae, work, "approve", verification_method="read_only", verification_note=note)

    assert work.state == S.APPROVED


def test_a_decision_names_the_hash_of_the_revision(session, rae, work):
    with pytest.raises(Stale):
        decided(session, rae, work, "approve", sha256="0" * 64)


def test_level_2_cannot_escalate_further(session, rae, ron, work):
    decided(session, rae, work, "escalate")

    with pytest.raises(Invalid, match="no level above"):
        decided(session, ron, work, "escalate")


def test_the_author_is_told_in_the_first_sentence_without_the_reviewers_name(session, rae, ed, work):
    decided(session, rae, work, "return")

    news = session.scalars(select(Notification).where(Notification.user_id == ed.id)).one()
    assert (news.kind, news.sentence, news.path) == (
        "returned",
        "Task 1 came back with one issue: The parity needs a word.",
        f"/work/{work.id}/verdict",
    )


def test_level_2_is_told_of_a_proposed_rejection_and_the_author_is_not(session, rae, ron, work):
    decided(session, rae, work, "reject")

    news = session.scalars(select(Notification)).all()
    assert [(one.user_id, one.kind) for one in news] == [(ron.id, "escalated")]


def test_a_decision_is_in_the_audit_log_with_hash_and_move(session, rae, work):
    review = opened(session, rae, work)
    decided(session, rae, work, "reject", review=review)

    event = session.scalars(select(Event).where(Event.verb == "review.decide")).one()
    assert (event.actor_id, event.object_id, event.from_state, event.to_state, event.reason) == (
        rae.id,
        review.id,
        "in_review",
        "escalated",
        WHY,
    )
    assert event.detail["sha256"] == revision_of(session, work).sha256


def test_the_same_decision_again_gets_the_same_answer(session, rae, work):
    review = opened(session, rae, work)
    first = decided(session, rae, work, "approve", review=review)

    assert decided(session, rae, work, "approve", review=review) == first


def test_a_decision_that_came_second_gets_the_same_answer_when_it_is_repeated(session, rae, ron, work):
    slow = opened(session, ron, work)
    decided(session, rae, work, "approve")
    first = decided(session, ron, work, "return", review=slow)

    again = decided(session, ron, work, "return", review=slow)

    assert (again, type(again)) == (first, Overtaken)
    assert session.scalar(select(func.count()).select_from(Thread)) == 1


def test_whoever_decides_second_is_kept_with_labels_and_issues_and_told_what_counted(session, rae, ron, work):
    slow = opened(session, ron, work)
    decided(session, rae, work, "approve")

    outcome = decided(
        session,
        ron,
        work,
        "return",
        review=slow,
        draft={"labels": {"s1": {"value": "good"}, "s2": {"value": "bad", "error_type": "logic_leap"}}},
    )

    session.refresh(slow)
    assert (slow.state, slow.verdict, work.state) == (ReviewState.OVERTAKEN, Verdict.RETURN, S.APPROVED)
    assert isinstance(outcome, Overtaken)
    assert outcome.counted == Verdict.APPROVE
    assert "Rae" not in outcome.sentence
    threads = session.scalars(select(Thread)).all()
    assert [(one.review_id, one.published_at) for one in threads] == [(slow.id, None)]


def test_edits_are_the_next_revision_by_the_reviewer_and_wait_for_the_author(session, rae, work):
    edited = some_content(answer={"text": "n = 5 only"}, confidence=None)
    decided(
        session,
        rae,
        work,
        "approve_with_edits",
        verification_method="re_derived",
        edited_content=edited.model_dump(mode="json"),
    )

    revision = revision_of(session, work)
    assert (revision.n, revision.edited_by, revision.edits_state, work.state) == (
        2,
        rae.id,
        EditsState.PENDING,
        S.APPROVED,
    )
    assert revision.content == revision_of(session, work, 1).content.replace('"n = 5"', '"n = 5 only"')


@pytest.mark.parametrize("name", ["what_would_make_this_wrong", "tools_used", "note_to_reviewer"])
def test_a_reviewer_edits_steps_answer_and_program_only(session, rae, work, name):
    document = some_content().model_dump(mode="json") | {name: "Not the author's words"}

    with pytest.raises(Invalid, match="nothing else"):
        decided(session, rae, work, "approve_with_edits", verification_method="re_derived", edited_content=document)


def test_edits_that_change_nothing_are_refused(session, rae, work):
    document = some_content(confidence=None).model_dump(mode="json")

    with pytest.raises(Invalid, match="Nothing is edited"):
        decided(session, rae, work, "approve_with_edits", verification_method="re_derived", edited_content=document)


def test_a_task_with_two_places_is_filled_by_the_second_approval(session, sums, ed, eve, rae):
    task = a_task(session, sums, submissions_needed=2)
    first = a_submission(session, author=ed, task=task, state=S.SUBMITTED)
    second = a_submission(session, author=eve, task=task, state=S.SUBMITTED)

    decided(session, rae, first, "approve")
    after_one = facts_of(session, first)[3]
    decided(session, rae, second, "approve")

    assert (after_one, facts_of(session, second)[3]) == (TaskState.OPEN, TaskState.FILLED)


def test_about_the_set_share_of_approvals_goes_on_to_level_2_and_always_the_same_ones():
    ids = [new_id() for _ in range(4000)]
    picked = [one for one in ids if is_in_sample(one, 20)]

    assert 0.17 < len(picked) / len(ids) < 0.23
    assert [one for one in ids if is_in_sample(one, 20)] == picked
    assert [is_in_sample(ids[0], 0), is_in_sample(ids[0], 100)] == [False, True]


def test_a_sampled_approval_waits_for_level_2_and_keeps_its_place(session, sums, ed, rae, ron):
    session.get_one(Project, sums.id).review_levels = 2
    session.get_one(Project, sums.id).level2_share_percent = 100
    work = handed_in(session, sums, ed)

    decided(session, rae, work, "approve")
    between = (work.state, work.review_level)
    decided(session, ron, work, "approve")

    assert between == (S.SUBMITTED, 2)
    assert facts_of(session, work)[:3] == (S.APPROVED, AssignmentState.DONE, SlotState.DONE)
    assert [(one.level, one.round, one.state) for one in session.scalars(select(Review).order_by(Review.level))] == [
        (1, 1, ReviewState.DECIDED),
        (2, 1, ReviewState.DECIDED),
    ]


def test_the_edited_revision_is_what_level_2_judges(session, sums, ed, rae, ron):
    session.get_one(Project, sums.id).review_levels = 2
    session.get_one(Project, sums.id).level2_share_percent = 100
    work = handed_in(session, sums, ed)
    edited = some_content(answer={"text": "Only n = 5"})
    decided(
        session,
        rae,
        work,
        "approve_with_edits",
        verification_method="re_derived",
        edited_content=edited.model_dump(mode="json"),
    )

    review = opened(session, ron, work)

    assert (review.revision_n, review.level) == (2, 2)
    assert session.get_one(Submission, work.id).revision_n == 2
    assert session.scalars(select(Revision.n).order_by(Revision.n)).all() == [1, 2]
