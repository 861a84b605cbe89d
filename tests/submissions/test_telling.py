"""What authors are told before handing in: confirmed, not the expected one, not known; within limits, and no more."""

from datetime import timedelta

import pytest
from sqlalchemy import func, select, update

from app.assignments.models import Assignment
from app.core import clock
from app.projects.models import Project
from app.submissions.models import DraftSave, Revision, Submission, VerifierRun
from app.submissions.schemas import Content
from app.submissions.service.telling import AFTERWARDS, TOLD_MAX, note_told, read_told
from app.submissions.states import Finding
from app.verifiers.outcome import failed
from tests.accounts.racing import PEOPLE, at_once
from tests.factories.work import a_submission, a_task, some_content

EXPECTED = "918273645"
INTEGER = {"kind": "integer", "answer": EXPECTED}
PYRAMID = {
    "kind": "by_assumption",
    "branches": [
        {"assumption": "rhombic base", "keys": ["rhombic"], "spec": INTEGER},
        {"assumption": "triangular base", "keys": ["triangular"], "spec": {"kind": "integer", "answer": "180"}},
    ],
}


def a_draft(session, author, project, *, spec=INTEGER, **answer):
    task = a_task(session, project, answer_spec=spec)
    work = a_submission(session, author=author, task=task, content=some_content(answer={"text": EXPECTED} | answer))
    session.get_one(Assignment, work.assignment_id).lease_expires_at = clock.now() + timedelta(hours=24)
    return work


def tell(client, work_id):
    return client.post(f"/api/v1/work/{work_id}/told").json()


def submit(client, work_id):
    state = client.get(f"/api/v1/work/{work_id}").json()
    return client.post(f"/api/v1/work/{work_id}/submit", json={"n": state["draft_n"], "sha256": state["draft_sha256"]})


def save(client, work_id, content, *, mutation):
    base = client.get(f"/api/v1/work/{work_id}").json()["draft_n"]
    body = {"content": content.model_dump(mode="json"), "client_mutation_id": f"mutation-{mutation}", "fencing": 1}
    assert client.put(f"/api/v1/work/{work_id}/draft", json=body, headers={"If-Match": f'"{base}"'}).status_code == 200


def rules(answer):
    return [finding["rule"] for finding in answer.json()["findings"]]


def test_a_right_answer_is_confirmed_and_the_comparison_is_kept(client, session, sums, ed):
    work_id = a_draft(session, ed, sums).id

    told = tell(client.as_(ed), work_id)

    kept = session.scalars(select(VerifierRun)).one()
    assert told == {
        "is_told": True,
        "finding": "pass",
        "sentence": "A machine confirms the answer.",
        "is_due": False,
        "left": TOLD_MAX - 1,
    }
    assert (kept.submission_id, kept.revision_id, kept.verifier, kept.finding, kept.asked_by) == (
        work_id,
        None,
        "integer",
        Finding.PASS,
        ed.id,
    )


def test_another_answer_stops_the_hand_in_until_its_author_says_why(client, session, sums, ed):
    work_id = a_draft(session, ed, sums, text="17").id

    told = tell(client.as_(ed), work_id)
    refused = submit(client, work_id)
    reason = {"answer_check": "The reference forgets the case of zero."}
    save(client, work_id, some_content(answer={"text": "17"}, waivers=reason), mutation="why")
    accepted = submit(client, work_id)

    assert told["finding"] == "fail"
    assert (refused.status_code, refused.json()["code"], "answer_check" in rules(refused)) == (422, "not_ready", True)
    assert accepted.status_code == 200
    stored = session.scalars(select(Revision.findings)).one()
    assert [one["waiver"] for one in stored if one["rule"] == "answer_check"] == list(reason.values())


def test_what_cannot_be_confirmed_is_for_the_reviewer_and_stops_nothing(client, session, sums, ed):
    work_id = a_draft(session, ed, sums, spec={"kind": "text", "answer": EXPECTED}, text=f"about {EXPECTED}").id

    told = tell(client.as_(ed), work_id)

    assert (told["finding"], told["sentence"]) == (
        "undecided",
        "The machine could not confirm this answer. A reviewer looks at it.",
    )
    assert submit(client, work_id).status_code == 200


def test_an_unstated_assumption_sends_the_work_back_and_cannot_be_waived(client, session, sums, ed):
    work_id = a_draft(session, ed, sums, spec=PYRAMID).id
    tell(client.as_(ed), work_id)

    save(client, work_id, some_content(answer={"text": EXPECTED}, waivers={"assumption_missing": "No."}), mutation="no")
    refused = submit(client, work_id)
    stated = some_content(answer={"text": EXPECTED, "assumptions": ["The pyramid has a rhombic base."]})
    save(client, work_id, stated, mutation="stated")

    assert (refused.status_code, rules(refused)[0]) == (422, "assumption_missing")
    assert tell(client, work_id)["finding"] == "pass"
    assert submit(client, work_id).status_code == 200


def test_where_guessing_would_do_nothing_is_told(client, session, sums, ed):
    choice = {"kind": "choice", "options": ["12", "18", "24", "36"], "answer": "B"}
    work_id = a_draft(session, ed, sums, spec=choice, text="B").id

    assert tell(client.as_(ed), work_id) == {
        "is_told": False,
        "finding": None,
        "sentence": "",
        "is_due": False,
        "left": 0,
    }
    assert session.scalar(select(func.count()).select_from(VerifierRun)) == 0


def test_a_project_that_does_not_want_it_tells_nothing(client, session, sums, ed):
    work_id = a_draft(session, ed, sums, text="17").id
    session.execute(update(Project).where(Project.id == sums.id).values(tells_check=False))

    assert tell(client.as_(ed), work_id)["is_told"] is False
    assert submit(client, work_id).status_code == 200


def test_the_same_answer_again_costs_nothing_whatever_else_was_written(client, session, sums, ed):
    work_id = a_draft(session, ed, sums).id
    first = tell(client.as_(ed), work_id)

    save(client, work_id, some_content(answer={"text": EXPECTED}, confidence=5), mutation="surer")

    assert tell(client, work_id) == first
    assert session.scalar(select(func.count()).select_from(VerifierRun)) == 1


def test_after_five_answers_nothing_more_is_told(client, session, sums, ed):
    work_id = a_draft(session, ed, sums, text="0").id
    client.as_(ed)
    for n in range(1, TOLD_MAX + 1):
        tell(client, work_id)
        save(client, work_id, some_content(answer={"text": str(n)}), mutation=f"answer-{n}")

    told = tell(client, work_id)

    assert (told["finding"], told["sentence"], told["is_due"], told["left"]) == (None, AFTERWARDS, False, 0)
    assert session.scalar(select(func.count()).select_from(VerifierRun)) == TOLD_MAX
    assert submit(client, work_id).status_code == 200


def test_an_answer_that_was_not_asked_about_may_be_handed_in(client, session, sums, ed):
    work_id = a_draft(session, ed, sums, text="17").id

    assert submit(client.as_(ed), work_id).status_code == 200


def test_of_many_answers_at_once_no_more_than_five_are_told(database, session, sums, ed):
    work_id = a_draft(session, ed, sums).id
    session.commit()

    def one(n):
        document = some_content(answer={"text": str(n)}).model_dump(mode="json")

        def act(own):
            asked = read_told(own, work_id, INTEGER, tells_check=True).asked(document)
            own.rollback()
            if asked is not None:
                note_told(own, asked, failed("exact"), milliseconds=1, user_id=ed.id, now=clock.now())

        return act

    at_once(database, [one(n) for n in range(PEOPLE)])

    assert session.scalar(select(func.count()).select_from(VerifierRun)) == TOLD_MAX


def test_no_word_of_the_expected_answer_reaches_its_author(client, session, sums, ed):
    works = [a_draft(session, ed, sums, spec=spec, text="17").id for spec in (INTEGER, PYRAMID)]
    client.as_(ed)

    for work_id in works:
        for answer in (
            client.post(f"/api/v1/work/{work_id}/told"),
            client.get(f"/api/v1/work/{work_id}"),
            client.post(f"/api/v1/work/{work_id}/check", json={"text": "17"}),
            client.get(f"/work/{work_id}/review-and-submit"),
            submit(client, work_id),
        ):
            assert EXPECTED not in answer.text
            assert "rhombic" not in answer.text


def test_the_second_beat_compares_asks_for_the_reason_and_lets_it_through(client, session, sums, ed):
    work_id = a_draft(session, ed, sums, text="17").id
    page = f"/work/{work_id}"
    client.as_(ed)
    assert f'hx-post="{page}/told"' in client.get(f"{page}/review-and-submit").text

    assert client.post(f"{page}/told").headers["location"] == f"{page}/review-and-submit"
    asks = client.get(f"{page}/review-and-submit").text
    why = {"n": "1", "waiver_key": "answer_check", "reason": "Zero counts here."}
    explained = client.post(f"{page}/reasons", data=why)
    ready = client.get(f"{page}/review-and-submit").text

    assert ("Say why first" in asks, f'action="{page}/submit"' in asks) == (True, False)
    assert explained.status_code == 303
    assert (f'action="{page}/submit"' in ready, "Zero counts here." in ready) == (True, True)
    saved = session.scalars(select(DraftSave).where(DraftSave.submission_id == work_id, DraftSave.n == 2)).one()
    assert Content.model_validate_json(saved.content).waivers == {"answer_check": "Zero counts here."}


@pytest.mark.parametrize(
    ("posted", "status"),
    [
        ({"n": "1", "waiver_key": "no_answer", "reason": "Because."}, 409),
        ({"n": "7", "waiver_key": "answer_check", "reason": "Because."}, 412),
        ({"n": "1", "waiver_key": "answer_check", "reason": " "}, 422),
    ],
)
def test_a_reason_is_for_what_may_be_explained_and_for_what_was_read(client, session, sums, ed, posted, status):
    work_id = a_draft(session, ed, sums, text="17").id

    assert client.as_(ed).post(f"/work/{work_id}/reasons", data=posted).status_code == status
    assert session.get_one(Submission, work_id).draft_n == 1
