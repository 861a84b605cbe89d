"""What waits for whom, in which order, by pages; never one's own, never what is reserved for somebody else."""

from datetime import timedelta

import pytest
from sqlalchemy import delete, select

from app.accounts.models import Membership, User
from app.accounts.queries import actor_of_user
from app.assignments.service.claiming import claim_next
from app.assignments.service.leases import NothingLeft
from app.core.actor import Role
from app.core.errors import NotAllowed, NotFound
from app.projects.models import Project
from app.projects.states import ProjectState
from app.reviews.access import get_reviewable
from app.reviews.queries import queue as queries
from app.reviews.queries.queue import Wanted, queue_page, reviewed_projects, waiting_ids
from app.submissions.models import Submission
from app.submissions.states import SubmissionState
from app.tasks.models import Task
from tests.cast import NOW, Person, a_user, add_member
from tests.factories.reviewing import decided, handed_in, handed_in_again, opened
from tests.factories.work import a_submission, a_task, some_content

S = SubmissionState


def queue_of(session, person, *, now=NOW, **wanted):
    projects = [one[0] for one in reviewed_projects(session, person.actor)]
    page = queue_page(session, person.actor, projects, Wanted(**wanted), now=now, cursor=None)
    return [row.submission_id for row in page.rows]


def aged(session, place, author, hours, **facts):
    work = handed_in(session, place, author, **facts)
    work.submitted_at = NOW - timedelta(hours=hours)
    session.flush()
    return work


def test_the_oldest_comes_first(session, sums, ed, eve, rae):
    young, old, middle = (aged(session, sums, ed, hours) for hours in (1, 90, 5))

    assert queue_of(session, rae) == [old.id, middle.id, young.id]


def test_what_i_returned_comes_before_everything_else(session, sums, ed, rae):
    old = aged(session, sums, ed, 90)
    mine = handed_in(session, sums, ed)
    decided(session, rae, mine, "return")
    handed_in_again(session, mine, now=NOW)

    assert queue_of(session, rae) == [mine.id, old.id]


def test_others_see_a_resubmission_only_after_two_days(session, sums, ed, rae, ron):
    work = handed_in(session, sums, ed)
    decided(session, rae, work, "return")
    handed_in_again(session, work, now=NOW)
    with pytest.raises(NotAllowed, match="goes first to the reviewer"):
        get_reviewable(session, ron.actor, work.id, now=NOW)

    seen = [queue_of(session, ron, now=NOW + timedelta(hours=hours)) for hours in (0, 47, 49)]

    assert seen == [[], [], [work.id]]
    assert get_reviewable(session, ron.actor, work.id, now=NOW + timedelta(hours=49)).id == work.id


@pytest.mark.parametrize("leaving", ["role", "account"])
def test_others_see_a_resubmission_at_once_when_its_reviewer_has_left(session, sums, ed, rae, ron, leaving):
    work = handed_in(session, sums, ed)
    decided(session, rae, work, "return")
    handed_in_again(session, work, now=NOW)
    if leaving == "role":
        session.execute(delete(Membership).where(Membership.user_id == rae.id, Membership.role == Role.REVIEWER))
    else:
        session.get_one(User, rae.id).state = "disabled"
    session.flush()

    assert queue_of(session, ron) == [work.id]


def test_after_two_returns_only_level_2_sees_it(session, sums, ed, rae, ron):
    work = handed_in(session, sums, ed)
    for _ in range(2):
        decided(session, rae, work, "return")
        handed_in_again(session, work, now=NOW)

    assert (queue_of(session, rae), queue_of(session, ron)) == ([], [work.id])


@pytest.mark.parametrize("tie", ["author", "worked", "wrote"])
def test_own_work_is_in_no_queue_and_cannot_be_opened(session, sums, ed, eve, rae, tie):
    session.add(Membership(user_id=rae.id, project_id=sums.id, role=Role.ANNOTATOR, created_at=NOW))
    task = a_task(session, sums, submissions_needed=2, author_id=rae.id if tie == "wrote" else None)
    author = rae if tie == "author" else ed
    if tie == "worked":
        a_submission(session, author=rae, task=task, state=S.GAVE_UP)
    work = a_submission(session, author=author, task=task, state=S.SUBMITTED)

    with pytest.raises(NotAllowed):
        opened(session, rae, work)
    assert queue_of(session, rae) == []


def test_what_i_have_judged_waits_for_others_only(session, sums, ed, rae, ron):
    work = handed_in(session, sums, ed)
    decided(session, ron, work, "escalate")

    assert (queue_of(session, ron), queue_of(session, rae)) == ([], [])


def test_what_i_have_edited_waits_for_others_only(session, sums, ed, rae, ron):
    project = session.get_one(Project, sums.id)
    project.review_levels, project.level2_share_percent = 2, 100
    work = handed_in(session, sums, ed)
    other = a_user(session, "Rob", level=2)
    add_member(session, project, other, Role.REVIEWER)
    rob = Person(other.id, other.name, other.email, actor_of_user(session, other.id) or rae.actor)
    edited = some_content(answer={"text": "Only n = 5"}).model_dump(mode="json")
    decided(session, ron, work, "approve_with_edits", verification_method="executed", edited_content=edited)

    with pytest.raises(NotAllowed, match="judged this version already"):
        opened(session, ron, work)

    assert (queue_of(session, ron), queue_of(session, rob)) == ([], [work.id])


def test_who_opened_a_review_is_never_handed_that_task(session, sums, ed, rae):
    project = session.get_one(Project, sums.id)
    session.add(Membership(user_id=rae.id, project_id=sums.id, role=Role.ANNOTATOR, created_at=NOW))
    task = a_task(session, sums, submissions_needed=2)
    opened(session, rae, a_submission(session, author=ed, task=task, state=S.SUBMITTED))

    with pytest.raises(NothingLeft):
        claim_next(session, rae.actor, project, now=NOW)


def test_level_2_items_are_for_level_2_reviewers(session, sums, ed, rae, ron):
    work = handed_in(session, sums, ed, review_level=2)

    assert (queue_of(session, rae), queue_of(session, ron), queue_of(session, ron, level=1)) == ([], [work.id], [])


def test_other_projects_and_closed_ones_are_in_no_queue(session, sums, others, ed, max_, rae):
    handed_in(session, others, max_)
    work = handed_in(session, sums, ed)
    before = queue_of(session, rae)
    session.get_one(Project, sums.id).state = ProjectState.CLOSED
    session.flush()

    assert (before, queue_of(session, rae)) == ([work.id], [])


@pytest.mark.parametrize("state", [S.DRAFT, S.RETURNED, S.APPROVED, S.REJECTED, S.QUARANTINED, S.WITHDRAWN, S.GAVE_UP])
def test_work_that_does_not_wait_is_in_no_queue(session, sums, ed, rae, state):
    a_submission(session, author=ed, task=a_task(session, sums), state=state)

    assert queue_of(session, rae) == []


def test_the_filters_choose(session, sums, ed, rae):
    first = aged(session, sums, ed, 3)
    second = aged(session, sums, ed, 2)
    session.get_one(Task, second.task_id).domain = "Geometry"
    later = aged(session, sums, ed, 1)
    later.revision_n = 2
    session.flush()

    assert queue_of(session, rae, domain="Geometry") == [second.id]
    assert queue_of(session, rae, resubmissions=False) == [first.id, second.id]
    assert queue_of(session, rae, activity="program") == []


def test_pages_follow_one_another_without_gap_or_repetition(session, sums, ed, rae, monkeypatch):
    monkeypatch.setattr(queries, "PAGE_SIZE", 3)
    ids = [aged(session, sums, ed, hours).id for hours in (9, 9, 9, 8, 7, 6, 5)]
    mine = [handed_in(session, sums, ed) for _ in range(4)]
    for work in mine:
        decided(session, rae, work, "return")
        handed_in_again(session, work, now=NOW)
    projects, seen, cursor = [sums.id], [], None
    while True:
        page = queue_page(session, rae.actor, projects, Wanted(), now=NOW, cursor=cursor)
        seen.append([row.submission_id for row in page.rows])
        cursor = page.next_cursor
        if cursor is None:
            break

    expected = sorted(work.id for work in mine) + sorted(ids[:3]) + ids[3:]
    assert [len(page) for page in seen] == [3, 3, 3, 2]
    assert [one for page in seen for one in page] == expected


def test_the_count_uses_the_same_scope_as_the_list(session, sums, ed, rae):
    session.add(Membership(user_id=rae.id, project_id=sums.id, role=Role.ANNOTATOR, created_at=NOW))
    work = handed_in(session, sums, ed)
    handed_in(session, sums, rae)

    assert waiting_ids(session, rae.actor, [sums.id], now=NOW) == [work.id]


@pytest.mark.parametrize("count", [1, 3])
def test_the_queue_costs_the_same_queries_however_long_it_is(client, session, sums, ed, rae, queries_made, count):
    for _ in range(count):
        handed_in(session, sums, ed)
    client.as_(rae)
    client.get("/api/v1/reviews/queue")
    with queries_made() as statements:
        answer = client.get("/api/v1/reviews/queue")

    assert len(answer.json()["items"]) == count
    assert len(statements) == 5


@pytest.mark.parametrize("count", [1, 3])
def test_the_projects_page_costs_the_same_queries_however_long_it_is(
    client, session, sums, ed, mona, queries_made, count
):
    for _ in range(count):
        handed_in(session, sums, ed)
    client.as_(mona)
    client.get("/projects/sums/reviews")
    with queries_made() as statements:
        answer = client.get("/projects/sums/reviews")

    assert answer.status_code == 200
    assert len(statements) == 8


def test_a_damaged_page_address_is_refused_in_words(client, rae):
    answer = client.as_(rae).get("/api/v1/reviews/queue?cursor=xyz")

    assert (answer.status_code, answer.json()["code"]) == (422, "invalid")


def test_every_row_of_the_queue_can_be_opened_and_nothing_else(session, sums, ed, eve, rae, ron):
    for state in (S.SUBMITTED, S.IN_REVIEW, S.ESCALATED, S.RETURNED, S.APPROVED):
        for level in (1, 2):
            handed_in(session, sums, ed, state=state, review_level=level)
    everything = session.scalars(select(Submission)).all()
    for person in (rae, ron, eve):
        can = set()
        for work in everything:
            try:
                get_reviewable(session, person.actor, work.id, now=NOW)
            except (NotAllowed, NotFound):
                continue
            can.add(work.id)
        assert set(queue_of(session, person)) == can
