"""Withdrawing by page and API: one piece, several, all; what it cannot undo is read first."""

import re

import pytest
from sqlalchemy import select

from app.accounts.models import User
from app.accounts.states import UserState
from app.core import clock
from app.core.audit import Event
from app.core.errors import NotFound
from app.core.jobs import Job
from app.projects.models import Project
from app.submissions.models import Submission
from app.submissions.schemas import WithdrawManyIn
from app.submissions.service import withdrawing
from app.submissions.service.withdrawing import withdraw_own
from app.submissions.states import SubmissionState as S
from app.worker import Worker
from tests.factories.work import a_submission, a_task

WHY = {"reason": "It is not mine to give.", "understood": "true"}


def works(session, project, author, *states):
    return [a_submission(session, author=author, task=a_task(session, project), state=state).id for state in states]


def states(session, ids):
    session.expire_all()
    found = dict(session.execute(select(Submission.id, Submission.state).where(Submission.id.in_(ids))).all())
    return [found[one].value for one in ids]


@pytest.mark.parametrize(("who", "goes_to"), [("ed", "/work"), ("mona", "/work/{}/history")])
def test_the_page_says_what_it_cannot_undo_and_withdraws_with_a_reason(
    client, session, sums, ed, request, who, goes_to
):
    (work,) = works(session, sums, ed, S.APPROVED)
    browser = client.as_(request.getfixturevalue(who))

    page = browser.get(f"/work/{work}/withdraw")
    sent = browser.post(f"/work/{work}/withdraw", data=WHY)

    assert "A model that was trained on it cannot be made to forget it." in page.text
    assert f'href="/work/{work}/frozen"' in page.text
    assert (sent.status_code, sent.headers["location"]) == (303, goes_to.format(work))
    assert states(session, [work]) == ["withdrawn"]
    assert session.scalars(select(Event.reason).where(Event.verb == "submission.withdraw")).all() == [WHY["reason"]]


@pytest.mark.parametrize(
    ("sent", "faults"),
    [
        ({}, {"reason", "understood"}),
        ({"reason": "It is not mine.", "understood": "false"}, {"understood"}),
        ({"reason": "It is not mine."}, {"understood"}),
        ({"reason": "", "understood": "true"}, {"reason"}),
    ],
)
def test_without_a_reason_or_the_word_that_it_was_read_nothing_is_withdrawn(client, session, sums, ed, sent, faults):
    (work,) = works(session, sums, ed, S.APPROVED)

    answer = client.as_(ed).post(f"/work/{work}/withdraw", data=sent)

    assert (answer.status_code, set(re.findall(r'id="f-(\w+)-e"', answer.text))) == (422, faults)
    assert states(session, [work]) == ["approved"]


def test_the_list_offers_what_was_handed_in_and_takes_what_is_chosen(client, session, sums, ed, eve):
    draft, returned, approved, rejected = works(session, sums, ed, S.DRAFT, S.RETURNED, S.APPROVED, S.REJECTED)
    (others,) = works(session, sums, eve, S.APPROVED)
    browser = client.as_(ed)

    page = browser.get(f"/projects/{sums.slug}/withdraw").text
    sent = browser.post(f"/projects/{sums.slug}/withdraw", data=WHY | {"work": [str(approved), str(rejected)]})

    offered = re.findall(r'name="work" value="([^"]+)"', page)
    assert offered == [str(rejected), str(approved), str(returned)]
    assert sent.status_code == 303
    assert states(session, [draft, returned, approved, rejected, others]) == [
        "draft",
        "returned",
        "withdrawn",
        "withdrawn",
        "approved",
    ]


def test_nothing_chosen_is_told_and_what_was_ticked_stays_ticked(client, session, sums, ed):
    (work,) = works(session, sums, ed, S.APPROVED)
    browser = client.as_(ed)

    nothing = browser.post(f"/projects/{sums.slug}/withdraw", data=WHY)
    unread = browser.post(f"/projects/{sums.slug}/withdraw", data={"reason": "Not mine.", "work": str(work)})

    assert (nothing.status_code, "Choose what is withdrawn" in nothing.text) == (422, True)
    assert (unread.status_code, f'value="{work}" checked' in unread.text) == (422, True)
    assert states(session, [work]) == ["approved"]


def test_the_work_of_others_is_not_there_to_be_chosen_and_nothing_is_withdrawn(session, sums, ed, eve):
    (own,) = works(session, sums, ed, S.APPROVED)
    (others,) = works(session, sums, eve, S.APPROVED)
    project = session.get_one(Project, sums.id)

    with pytest.raises(NotFound), session.begin_nested():
        withdraw_own(
            session, ed.actor, project, WithdrawManyIn(reason="Not mine.", work=[own, others]), now=clock.now()
        )

    assert states(session, [own, others]) == ["approved", "approved"]


def test_all_is_withdrawn_by_api_and_a_job_goes_on_where_there_are_many(
    client, session, database, app_settings, sums, ed, monkeypatch
):
    monkeypatch.setattr(withdrawing, "AT_ONCE", 2)
    ids = works(session, sums, ed, *[S.APPROVED] * 5)
    session.commit()

    told = client.as_(ed).post(f"/api/v1/projects/{sums.slug}/withdraw", json={"reason": "Not mine.", "is_all": True})
    at_first = states(session, ids).count("withdrawn")
    session.commit()
    Worker(database, app_settings).run_all()

    assert (told.status_code, told.json(), at_first) == (200, {"withdrawn": 2, "waiting": 3}, 2)
    assert states(session, ids) == ["withdrawn"] * 5
    assert session.scalars(select(Job.state).where(Job.kind == withdrawing.REST_JOB)).one().value == "done"


def test_the_job_does_nothing_for_who_was_shut_out_meanwhile(session, database, app_settings, sums, ed):
    ids = works(session, sums, ed, *[S.APPROVED] * (withdrawing.AT_ONCE + 1))
    project = session.get_one(Project, sums.id)
    withdraw_own(session, ed.actor, project, WithdrawManyIn(reason="Not mine.", is_all=True), now=clock.now())
    session.get_one(User, ed.id).state = UserState.DISABLED
    session.commit()

    Worker(database, app_settings).run_all()

    assert states(session, ids).count("withdrawn") == withdrawing.AT_ONCE


def test_my_work_leads_to_it(client, session, sums, ed):
    (work,) = works(session, sums, ed, S.APPROVED)
    browser = client.as_(ed)

    pages = {path: browser.get(path).text for path in ("/work", "/work?state=approved", f"/work/{work}/history")}

    assert f'href="/projects/{sums.slug}/withdraw"' in pages["/work"]
    assert f'href="/work/{work}/withdraw"' in pages["/work?state=approved"]
    assert f'href="/work/{work}/withdraw"' in pages[f"/work/{work}/history"]
