"""The contributor agreement: versions, signatures, withdrawing, and what it keeps from whoever has not signed."""

from threading import Barrier, Thread
from typing import Any

import pytest
from pydantic import ValidationError
from sqlalchemy import select

from app.accounts.models import Notification
from app.core.audit import Event
from app.core.errors import Conflict, Invalid, NotAllowed
from app.projects.access import get_project_to_work
from app.projects.models import AgreementSignature, AgreementVersion, Project
from app.projects.queries import has_signed, signers_of
from app.projects.schemas.agreement import AgreementIn
from app.projects.service.agreement import publish_agreement, sign_agreement, withdraw_signature
from app.projects.service.terms import changed_terms
from app.projects.states import ProjectState
from tests.cast import NOW
from tests.factories.agreements import TERMS, WORDING, a_signature, an_agreement

LATER = NOW.replace(hour=10)


def the_project(session, place) -> Project:
    project: Project = session.get_one(Project, place.id)
    return project


def the_data(**facts: Any) -> AgreementIn:
    return AgreementIn.model_validate(TERMS | WORDING | {"based_on": 0} | facts)


@pytest.fixture
def agreed(session, mona, ed, sums) -> AgreementVersion:
    """Version 1, which Ed has signed."""
    version = an_agreement(session, sums, by=mona.id)
    a_signature(session, version, ed.id)
    return version


def test_a_project_without_agreement_asks_for_no_signature(session, ed, sums):
    assert get_project_to_work(session, ed.actor, "sums").agreement_n == 0


def test_publishing_puts_the_next_version_in_force_and_keeps_the_old_one(session, mona, sums):
    project = the_project(session, sums)
    publish_agreement(session, project, the_data(), actor=mona.actor, now=NOW)
    session.flush()
    publish_agreement(session, project, the_data(pay="50 EUR.", summary="S.", based_on=1), actor=mona.actor, now=NOW)
    session.flush()
    query = select(AgreementVersion.n, AgreementVersion.pay).order_by(AgreementVersion.n)
    assert [tuple(row) for row in session.execute(query)] == [(1, TERMS["pay"]), (2, "50 EUR.")]
    assert project.agreement_n == 2


def test_every_other_member_is_told_where_to_sign(session, mona, sums):
    publish_agreement(session, the_project(session, sums), the_data(), actor=mona.actor, now=NOW)
    session.flush()
    told = session.execute(select(Notification.user_id, Notification.sentence, Notification.path)).all()
    assert len(told) == 4
    assert {(one[1], one[2]) for one in told} == {
        ("Sums: version 1 of the contributor agreement waits for you to read and sign it.", "/projects/sums/agreement")
    }
    assert mona.id not in {one[0] for one in told}


def test_in_a_draft_nobody_is_told(session, mona, sums):
    project = the_project(session, sums)
    project.state = ProjectState.DRAFT
    session.flush()
    publish_agreement(session, project, the_data(), actor=mona.actor, now=NOW)
    assert session.scalars(select(Notification)).all() == []


@pytest.mark.parametrize(("facts", "field"), [({}, "summary"), ({"summary": "Nothing."}, "body")])
def test_a_version_without_change_or_summary_is_refused(session, mona, sums, agreed, facts, field):
    project = the_project(session, sums)
    with pytest.raises(Invalid) as error:
        publish_agreement(session, project, the_data(based_on=1, **facts), actor=mona.actor, now=NOW)
    assert (list(error.value.fields), project.agreement_n) == ([field], 1)


def test_a_change_of_terms_alone_is_a_change(session, mona, sums, agreed):
    project = the_project(session, sums)
    wider = the_data(based_on=1, summary="Companies too.", recipients=["internal", "company"])
    publish_agreement(session, project, wider, actor=mona.actor, now=NOW)
    assert project.agreement_n == 2


@pytest.mark.parametrize(
    "facts",
    [
        {"body": "  \n"},
        {"plain": "word " * 301},
        {"recipients": []},
        {"recipients": ["everybody"]},
        {"recipients": ["public"], "publication": "gated"},
        {"publication": "public"},
        {"funder": ""},
        {"pay": "a\nb"},
        {"notary": "Max"},
    ],
)
def test_what_cannot_be_agreed_to_is_refused(facts):
    with pytest.raises(ValidationError):
        the_data(**facts)


def test_recipients_are_named_once_and_in_one_order():
    assert the_data(recipients=["research", "internal", "research"]).recipients == ["internal", "research"]


def test_of_two_managers_who_publish_at_once_one_wins(session, database, mona, sums):
    session.commit()
    start, outcomes = Barrier(1 if database.engine.dialect.name == "sqlite" else 2), []

    def publish(pay: str) -> None:
        try:
            with database.change() as own:
                project = own.get_one(Project, sums.id)
                start.wait()
                publish_agreement(own, project, the_data(pay=pay), actor=mona.actor, now=NOW)
            outcomes.append("published")
        except Conflict as error:
            outcomes.append(error.sentence.split(".")[0])

    threads = [Thread(target=publish, args=(pay,)) for pay in ("10 EUR.", "20 EUR.")]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(outcomes) == ["Somebody else has published a version since you began", "published"]


def test_who_has_not_signed_the_version_in_force_gets_no_task(session, mona, ed, eve, sums, agreed):
    assert get_project_to_work(session, ed.actor, "sums").id == sums.id
    with pytest.raises(NotAllowed) as refused:
        get_project_to_work(session, eve.actor, "sums")
    an_agreement(session, sums, by=mona.id, n=2)
    with pytest.raises(NotAllowed) as again:
        get_project_to_work(session, ed.actor, "sums")
    assert [refused.value.sentence, again.value.sentence] == [
        f"Read version {n} of the contributor agreement and sign it first." for n in (1, 2)
    ]


def test_signing_replaces_the_earlier_signature_and_is_noted_once(session, mona, ed, sums, agreed):
    second, project = an_agreement(session, sums, by=mona.id, n=2), the_project(session, sums)
    with pytest.raises(Conflict):
        sign_agreement(session, project, 1, actor=ed.actor, now=LATER)
    for _ in range(2):
        sign_agreement(session, project, 2, actor=ed.actor, now=LATER)
        session.flush()
    query = select(AgreementSignature.version_id, AgreementSignature.signed_at, AgreementSignature.replaced_at)
    assert {tuple(row) for row in session.execute(query)} == {(agreed.id, NOW, LATER), (second.id, LATER, None)}
    assert has_signed(session, ed.actor, project)
    assert session.scalars(select(Event.verb)).all() == ["agreement.sign"]


def test_withdrawing_ends_the_signature_and_signing_again_makes_a_new_one(session, ed, sums, agreed):
    project = the_project(session, sums)
    withdraw_signature(session, project, actor=ed.actor, now=LATER)
    assert not has_signed(session, ed.actor, project)
    with pytest.raises(Conflict):
        withdraw_signature(session, project, actor=ed.actor, now=LATER)
    sign_agreement(session, project, 1, actor=ed.actor, now=LATER)
    session.flush()
    ends = session.scalars(select(AgreementSignature.withdrawn_at).order_by(AgreementSignature.id)).all()
    assert (ends, has_signed(session, ed.actor, project)) == ([LATER, None], True)


def test_of_two_windows_that_sign_at_once_one_signature_stands(session, database, ed, mona, sums):
    an_agreement(session, sums, by=mona.id)
    session.commit()
    start = Barrier(1 if database.engine.dialect.name == "sqlite" else 2)

    def sign() -> None:
        try:
            with database.change() as own:
                project = own.get_one(Project, sums.id)
                start.wait()
                sign_agreement(own, project, 1, actor=ed.actor, now=NOW)
        except Conflict:
            pass

    threads = [Thread(target=sign) for _ in range(2)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(session.scalars(select(AgreementSignature.id)).all()) == 1


def test_managers_see_who_has_signed_who_has_not_and_who_withdrew(session, mona, ed, eve, rae, sums, agreed):
    a_signature(session, agreed, eve.id, withdrawn_at=LATER)
    a_signature(session, agreed, rae.id, withdrawn_at=NOW)
    a_signature(session, agreed, rae.id, at=LATER)
    found = {one.name: (one.n, one.withdrawn_at) for one in signers_of(session, the_project(session, sums))}
    assert (found["Ed"], found["Eve"], found["Rae"], found["Mona"]) == (
        (1, None),
        (None, LATER),
        (1, None),
        (None, None),
    )


def test_a_change_says_what_it_was_and_whether_it_allows_more():
    old, new = the_data(), the_data(recipients=["internal"], publication="none", model_training=False, pay="1 EUR.")
    narrower = {one.name: one.widens for one in changed_terms(old, new)}
    wider = {one.name: one.widens for one in changed_terms(new, old)}
    names = ["Handed to", "Publication", "Training of models", "Pay"]
    assert narrower == dict.fromkeys(names, False)
    assert wider == dict.fromkeys(names[:3], True) | {"Pay": False}
