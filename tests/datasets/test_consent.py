"""The consent that a rule asks for: which pieces have it, what is frozen of it, and what later changes cannot move."""

import pytest

from app.core import clock
from app.datasets.queries.consent import allows, consent_of
from app.datasets.queries.counting import count_selected
from app.datasets.queries.lineage import lineage
from app.datasets.queries.records import read_snapshot
from app.datasets.schemas import Rule
from app.datasets.schemas.rules import Consent
from app.datasets.states import LeftOut
from app.projects.models import Project
from app.projects.service.agreement import withdraw_signature
from app.projects.states import RecipientClass
from app.submissions.models import Submission
from app.submissions.states import EditsState
from app.submissions.states import SubmissionState as S
from tests.cast import NOW
from tests.factories.agreements import TERMS, a_signature, an_agreement
from tests.factories.judged import a_review, a_snapshot
from tests.factories.work import a_submission, a_task, revision_of

WIDE = {"recipients": ["internal", "research", "company"], "publication": "gated"}


def approved(session, place, author, reviewer):
    work = a_submission(session, author=author, task=a_task(session, place), state=S.APPROVED)
    a_review(session, work, reviewer=reviewer, labels={})
    return work


@pytest.fixture
def pieces(session, sums, mona, ed, eve, rae):
    """A piece of Ed, who signed version 1; of Eve, who signed the wider version 2; of Mona, who signed none."""
    first = an_agreement(session, sums, by=mona.id, n=1, recipients=["internal"], publication="none")
    second = an_agreement(session, sums, by=mona.id, n=2, **WIDE)
    a_signature(session, first, ed.id)
    a_signature(session, first, eve.id, replaced_at=NOW)
    a_signature(session, second, eve.id)
    return {person.name: approved(session, sums, person, rae).id for person in (ed, eve)} | {
        "Mona": approved(session, sums, mona, rae).id
    }


def counted(session, place, **consent):
    return count_selected(session, place.id, Rule(consent=Consent(**consent)), now=clock.now())


@pytest.mark.parametrize(
    ("asked", "items"),
    [
        ({}, 2),
        ({"model_training": True}, 2),
        ({"publication": "gated"}, 1),
        ({"publication": "public"}, 0),
        ({"recipient": "internal"}, 2),
        ({"recipient": "company"}, 1),
        ({"recipient": "public"}, 0),
    ],
)
def test_a_rule_takes_what_was_signed_for_and_counts_the_rest_as_left_out(session, sums, pieces, asked, items):
    found = counted(session, sums, **asked)
    assert (found.selected, found.items, found.left_out) == (3, items, {LeftOut.CONSENT.value: 3 - items})


def test_without_the_filter_nobody_is_asked_what_they_signed(session, sums, pieces):
    found = count_selected(session, sums.id, Rule(), now=clock.now())
    assert (found.selected, found.items, found.left_out) == (3, 3, {})


def test_training_has_to_be_allowed(session, sums, mona, ed, eve, pieces):
    version = an_agreement(session, sums, by=mona.id, n=3, model_training=False)
    assert [allows(version, Consent(model_training=asked)) for asked in (False, True)] == [True, False]


def test_who_withdrew_is_left_out_of_what_is_frozen_later_and_stays_in_what_is(
    session, database, app_settings, sums, mona, ed, pieces
):
    make = {"manager": mona, "project_id": sums.id, "consent": {}}
    before = a_snapshot(session, database, app_settings, **make)
    withdraw_signature(session, session.get_one(Project, sums.id), actor=ed.actor, now=clock.now())
    session.commit()
    later = a_snapshot(session, database, app_settings, **make)
    free = a_snapshot(session, database, app_settings, manager=mona, project_id=sums.id)

    told = [(one.items, one.left_out) for one in (before, later, free)]
    assert told == [(2, {LeftOut.CONSENT.value: 1}), (1, {LeftOut.CONSENT.value: 2}), (3, {})]
    assert [one.manifest["selected"] for one in (before, later, free)] == [3, 3, 3]
    assert {one.manifest["composition"]["consent"]["withdrawn"] for one in (before, later)} == {0}
    assert free.manifest["composition"]["consent"]["withdrawn"] == 1
    with database.reading() as again:
        facts = consent_of(again, before.id)
    assert facts == before.manifest["composition"]["consent"]


def test_a_reviewer_whose_edits_are_in_it_has_to_have_signed_too(session, sums, mona, rae, ed, pieces):
    revision = revision_of(session, session.get_one(Submission, pieces["Ed"]))
    revision.edited_by, revision.edits_state = rae.id, EditsState.ACCEPTED
    session.flush()
    without = counted(session, sums).items
    a_signature(session, an_agreement(session, sums, by=mona.id, n=3), rae.id)
    assert (without, counted(session, sums).items) == (1, 2)


def test_records_and_facts_hold_what_was_signed_at_the_cut(session, database, app_settings, sums, mona, rae, pieces):
    snapshot = a_snapshot(session, database, app_settings, manager=mona, project_id=sums.id)
    records = {
        item.record["id"]: item.record["consent"] for page in read_snapshot(database, snapshot.id) for item in page
    }

    found = {name: (records[str(work_id)]["author"] or {}).get("version") for name, work_id in pieces.items()}
    eves = records[str(pieces["Eve"])]["author"]
    facts = snapshot.manifest["composition"]["consent"]
    assert found == {"Ed": 1, "Eve": 2, "Mona": None}
    assert {name: eves[name] for name in WIDE} == WIDE
    assert (eves["funder"], eves["model_training"], eves["attribution"]) == (TERMS["funder"], True, "pseudonym")
    assert [(one["version"], one["pieces"], one["edits"]) for one in facts["agreements"]] == [(1, 1, 0), (2, 1, 0)]
    assert (facts["unsigned"], facts["withdrawn"], facts["edits_unsigned"]) == (1, 0, 0)


def test_a_row_says_which_consent_was_asked_and_found(session, database, app_settings, sums, mona, pieces):
    snapshot = a_snapshot(
        session, database, app_settings, manager=mona, project_id=sums.id, consent={"recipient": "company"}
    )
    passed = {one.part: (one.asked, one.found) for one in lineage(session, snapshot, pieces["Eve"]).passed}
    assert passed["consent"] == ("signed, may be handed to: company", "author: version 2")


def test_counting_costs_one_more_query_however_much_there_is(session, sums, mona, ed, rae, queries_made, pieces):
    costs = []
    for _ in range(2):
        approved(session, sums, ed, rae)
        with queries_made() as without:
            count_selected(session, sums.id, Rule(), now=clock.now())
        with queries_made() as made:
            counted(session, sums, recipient=RecipientClass.COMPANY)
        costs.append(len(made) - len(without))
    assert costs == [1, 1]


def test_the_form_keeps_what_is_asked_of_consent(client, mona, sums, pieces):
    form = {"name": "Open", "use": "training", "states": "approved", "consent_recipient": "company"}
    made = client.as_(mona).post("/projects/sums/datasets", data=form | {"consent_training": "true"})
    page = client.get(made.headers["location"]).text
    rule = client.get(f"/api/v1{made.headers['location']}").json()["rule"]["consent"]
    counts = client.post("/projects/sums/datasets/count", data=form | {"consent": "signed"}).text
    assert rule == {"model_training": True, "publication": "none", "recipient": "company"}
    assert '<option value="signed" selected>' in page
    assert LeftOut.CONSENT.value in counts
