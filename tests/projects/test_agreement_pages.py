"""The pages and the JSON of the contributor agreement, and the way through it to the next task and the hand-in."""

from typing import Any

import pytest
from sqlalchemy import func, select

from app.assignments.models import Assignment
from app.core.clock import now
from app.projects.models import AgreementSignature, AgreementVersion, Project
from app.submissions.models import Submission
from app.submissions.states import SubmissionState
from tests.factories.agreements import TERMS, WORDING, a_signature, an_agreement
from tests.factories.work import a_submission, a_task

HERE = "/projects/sums/agreement"
FORM: dict[str, Any] = {**TERMS, **WORDING, "model_training": "true", "based_on": "0", "act": "publish"}
BOX = "Tick this to say that you agree; without it nothing is signed."


@pytest.fixture
def agreed(session, mona, ed, sums) -> AgreementVersion:
    """Version 1, which Ed has signed."""
    version = an_agreement(session, sums, by=mona.id)
    a_signature(session, version, ed.id)
    return version


def signatures(session) -> int:
    return session.scalar(select(func.count()).select_from(AgreementSignature)) or 0


def test_without_an_agreement_the_page_says_so_and_leads_managers_to_write_one(client, mona, ed, sums):
    told = client.as_(ed).get(HERE).text
    assert ("has no contributor agreement" in told, f"{HERE}/edit" in told) == (True, False)
    assert f"{HERE}/edit" in client.as_(mona).get(HERE).text


def test_a_manager_publishes_it_and_members_read_terms_and_text(client, session, mona, ed, sums):
    assert client.as_(mona).post(f"{HERE}/edit", data=FORM).headers["location"] == HERE
    page = client.as_(ed).get(HERE).text
    for words in (*(TERMS[name] for name in ("funder", "rights", "pay")), "research", WORDING["plain"], "What we do"):
        assert words in page
    assert session.get_one(Project, sums.id).agreement_n == 1


def test_previewing_publishes_nothing(client, session, mona, sums):
    page = client.as_(mona).post(f"{HERE}/edit", data=FORM | {"act": "preview", "body": "## Look\n\nhere"})
    part = client.post(
        f"{HERE}/edit", data=FORM | {"act": "preview", "body": "## Look\n\nhere"}, headers={"hx-request": "true"}
    )
    assert (page.status_code, "Look" in part.text, "<html" in part.text) == (200, True, False)
    assert session.get_one(Project, sums.id).agreement_n == 0


@pytest.mark.parametrize(
    ("change", "said"),
    [
        ({"funder": ""}, "f-funder-e"),
        ({"recipients": []}, "f-recipients-e"),
        ({"plain": "word " * 301}, "These are 301 words"),
        ({"publication": "public"}, "“Public” is said by both"),
        ({"based_on": "3"}, "Somebody else has published"),
    ],
)
def test_what_is_wrong_is_said_and_what_was_written_is_kept(client, session, mona, sums, change, said):
    answer = client.as_(mona).post(f"{HERE}/edit", data=FORM | {"pay": "A pay of my own."} | change)
    assert answer.status_code == (409 if "based_on" in change else 422)
    assert (said in answer.text, "A pay of my own." in answer.text) == (True, True)
    assert session.get_one(Project, sums.id).agreement_n == 0


def test_signing_needs_the_tick_and_leads_on(client, session, mona, ed, rae, sums):
    an_agreement(session, sums, by=mona.id)
    session.commit()
    refused = client.as_(ed).post(f"{HERE}/sign", data={"n": "1"})
    assert (refused.status_code, BOX in refused.text, signatures(session)) == (422, True, 0)
    places = [
        client.as_(one).post(f"{HERE}/sign", data={"n": "1", "agreed": "true", "next": onward}).headers["location"]
        for one, onward in ((ed, ""), (rae, ""), (mona, "/account"), (ed, "//elsewhere.example"))
    ]
    assert places == ["/work", HERE, "/account", "/"]
    assert "You signed version 1" in client.as_(ed).get(HERE).text


def test_signing_a_version_that_was_replaced_leads_to_the_new_one(client, session, mona, ed, sums, agreed):
    an_agreement(session, sums, by=mona.id, n=2)
    session.commit()
    answer = client.as_(ed).post(f"{HERE}/sign", data={"n": "1", "agreed": "true"})
    page = client.get(HERE).text
    assert answer.headers["location"] == HERE
    assert ("Version 2 has been published" in page, "Please read and sign version 2." in page) == (True, True)


def test_a_new_version_shows_which_terms_allow_more(client, session, mona, ed, sums, agreed):
    an_agreement(session, sums, by=mona.id, n=2, recipients=["internal", "research", "company"])
    session.commit()
    page = client.as_(ed).get(HERE).text
    changes = client.get(f"{HERE}/2/changes").text
    assert page.count("allows more") == changes.count("allows more") == 1
    assert "The terms are the same" not in changes


def test_my_work_and_the_next_task_lead_to_the_agreement(client, session, mona, eve, sums, agreed):
    a_task(session, sums)
    session.commit()
    page = client.as_(eve).get("/work").text
    answer = client.post("/projects/sums/next")
    by_api = client.post("/api/v1/projects/sums/next", json={})
    assert ("sign it first" in page, f'href="{HERE}"' in page) == (True, True)
    assert answer.headers["location"] == HERE
    assert (by_api.status_code, by_api.json()["code"]) == (403, "not_allowed")
    assert session.scalar(select(func.count()).select_from(Assignment)) == 0


def test_what_is_in_hand_is_saved_and_handed_in_after_signing(client, session, mona, ed, sums):
    work = a_submission(session, author=ed, task=a_task(session, sums))
    session.get_one(Assignment, work.assignment_id).lease_expires_at = now().replace(year=2099)
    an_agreement(session, sums, by=mona.id)
    session.commit()
    work_id, sha256 = work.id, work.draft_sha256
    hand_in = {"n": "1", "sha256": sha256}
    beat = f"/work/{work_id}/review-and-submit"

    by_api = client.as_(ed).post(f"/api/v1/work/{work_id}/submit", json={"n": 1, "sha256": sha256})
    refused = client.post(f"/work/{work_id}/submit", data=hand_in)
    shown = client.get(beat).text
    signed = client.post(f"{HERE}/sign", data={"n": "1", "agreed": "true", "next": beat})
    handed_in = client.post(f"/work/{work_id}/submit", data=hand_in)

    assert (by_api.status_code, by_api.json()["code"]) == (409, "not_signed")
    assert refused.headers["location"] == f"{HERE}?next={beat}"
    assert "The contributor agreement is to be signed first." in shown
    assert signed.headers["location"] == beat
    assert handed_in.headers["location"] == f"/work/{work_id}/submitted"
    assert session.get_one(Submission, work_id).state == SubmissionState.SUBMITTED


def test_a_signature_is_withdrawn_on_a_page_that_says_what_it_cannot_undo(client, session, ed, eve, sums, agreed):
    page = client.as_(ed).get(f"{HERE}/withdraw").text
    client.post(f"{HERE}/withdraw")
    again = client.post(f"{HERE}/withdraw")
    nobody = client.as_(eve).get(f"{HERE}/withdraw").text
    assert "cannot be made to forget it" in page
    assert session.scalars(select(AgreementSignature.withdrawn_at)).one() is not None
    assert (again.status_code, "No signature of yours stands here." in nobody) == (409, True)


def test_managers_see_the_list_of_signatures(client, session, mona, ed, eve, sums, agreed):
    a_signature(session, agreed, eve.id, withdrawn_at=now())
    session.commit()
    page = client.as_(mona).get(f"{HERE}/signatures").text
    assert "1 of 5 have signed version 1." in page
    assert "withdrawn " in page


def test_the_agreement_as_json(client, session, mona, ed, eve, sums):
    api = "/api/v1/projects/sums/agreement"
    body = TERMS | WORDING | {"based_on": 0}
    none = client.as_(ed).get(api).status_code
    made = client.as_(mona).put(api, json=body)
    stale = client.put(api, json=body | {"pay": "More."}).status_code
    unsigned = client.as_(ed).get(api).json()["signed_at"]
    refused = [client.post(f"{api}/sign", json=sent).status_code for sent in ({"n": 1, "agreed": False}, {"n": 1})]
    missing = client.post(f"{api}/sign", json={"n": 2, "agreed": True}).status_code
    signed = client.post(f"{api}/sign", json={"n": 1, "agreed": True}).json()
    listed = {one["name"]: one["n"] for one in client.as_(mona).get(f"{api}/signatures").json()}
    gone = client.as_(ed).post(f"{api}/withdraw").status_code
    assert (none, made.status_code, stale, unsigned, refused, missing, gone) == (
        404,
        200,
        409,
        None,
        [422, 422],
        409,
        204,
    )
    assert {name: made.json()[name] for name in TERMS} == TERMS
    assert (signed["n"], signed["signed_at"] is not None) == (1, True)
    assert (listed["Ed"], listed["Eve"]) == (1, None)
    assert client.get(f"{api}/versions/1").json()["pay"] == TERMS["pay"]
    assert client.get(f"{api}/versions/9").status_code == 404


@pytest.mark.parametrize(
    "text", ["<script>alert(1)</script>", '"><img src=x onerror=alert(1)>', "[x](javascript:alert(1))"]
)
def test_hostile_terms_and_texts_are_shown_as_text(client, session, mona, ed, sums, text):
    hostile = FORM | dict.fromkeys(("funder", "rights", "pay", "plain"), text) | {"body": f"## {text}\n\n{text}"}
    client.as_(mona).post(f"{HERE}/edit", data=hostile)
    client.post(f"{HERE}/edit", data=hostile | {"pay": "x", "summary": text, "based_on": "1"})
    for page in ("", "/edit", "/signatures", "/2/changes", "/1"):
        answer = client.get(f"{HERE}{page}")
        assert answer.status_code == 200
        assert not any(bad in answer.text for bad in ("<script>alert", "<img src=x", 'href="javascript'))
