"""Work that was returned, edited, rejected and approved: as records by hand, and as a project's rows."""

from typing import Any

from app.core.ids import new_id
from app.reviews.states import Verdict
from app.submissions.models import Revision
from app.submissions.states import EditsState
from app.submissions.states import SubmissionState as S
from app.text.fingerprints import canonical_json, content_hash
from tests.cast import NOW
from tests.factories.judged import a_review, a_snapshot
from tests.factories.work import STATEMENT, STEPS, a_submission, a_task, some_content

BODIES = [step["body"] for step in STEPS]
TASK: dict[str, Any] = {
    "id": "t1",
    "statement": STATEMENT,
    "assumptions": [],
    "starter_code": "",
    "activity": "solve",
    "external_id": None,
    "domain": "algebra",
    "skill": None,
    "difficulty": 3,
    "language": "en",
    "licence": "CC-BY-4.0",
    "source": "Written for the tests",
}


def written(answer="n = 5", *, steps=None, **facts):
    """Make a document of three steps, other ones where told."""
    bodies = BODIES if steps is None else steps
    made = [{"id": f"s{n}", "type": "work", "body": body} for n, body in enumerate(bodies, start=1)]
    return some_content(steps=made, answer={"text": answer}, **facts).model_dump(mode="json")


def a_verdict(verdict, revision=1, **facts):
    """Make a decided review as it stands in a record."""
    words = dict.fromkeys(("reason", "disagreement", "verification_note", "own_answer"), "")
    scores = {"rubric_version": 0, "rubric_scores": {}}
    review = {"id": str(new_id()), "reviewer": "rae", "revision": revision, "verdict": verdict, "labels": []}
    return {**review, **words, **scores, **facts}


def a_record(author, *versions, state="approved", reviews=(), threads=(), task=TASK, tier=None, edited_by=None):
    """Make a record of somebody's work; the last document is the frozen one."""
    *earlier, last = versions or [written()]
    handed_in = [
        {"content": content, "content_sha256": content_hash(content), "edited_by": None, "submitted_at": "2026-11-24"}
        for content in (*earlier, last)
    ]
    handed_in[-1]["edited_by"] = edited_by
    return {
        "id": f"work-of-{author}",
        "task": task,
        "author": author,
        "state": state,
        "tier": tier or ("B" if state == "approved" else "X"),
        "revision": len(handed_in),
        **handed_in[-1],
        "runs": [],
        "earlier": [{"revision": n, **version} for n, version in enumerate(handed_in[:-1], start=1)],
        "reviews": list(reviews),
        "threads": list(threads),
    }


def a_next_version(session, work, *, edited_by=None, **facts):
    """Store the version behind the last one; edits of a reviewer are accepted."""
    content = some_content(**facts).model_dump(mode="json")
    work.revision_n += 1
    session.add(
        Revision(
            id=new_id(),
            submission_id=work.id,
            n=work.revision_n,
            content=canonical_json(content),
            sha256=content_hash(content),
            form_version=1,
            task_version=1,
            guideline_n=1,
            words=20,
            tokens=40,
            findings=[],
            submitted_at=NOW,
            edited_by=edited_by,
            edits_state=EditsState.ACCEPTED if edited_by else None,
        )
    )
    session.flush()  # reviews and snapshots refer to it


def a_judged_project(session, database, settings, place, people):
    """Freeze a task of each kind: returned then approved, edited, approved beside rejected, and approved alone."""
    mona, ed, eve, rae = people
    revised = a_submission(
        session, author=ed, task=a_task(session, place), state=S.APPROVED, content=an_answer("n = 4, says Ed")
    )
    a_review(session, revised, reviewer=rae, labels={}, verdict=Verdict.RETURN)
    a_next_version(session, revised)
    a_review(session, revised, reviewer=rae, labels={})
    edited = a_submission(
        session, author=eve, task=a_task(session, place), state=S.APPROVED, content=an_answer("n is 5")
    )
    a_review(session, edited, reviewer=rae, labels={}, verdict=Verdict.APPROVE_WITH_EDITS)
    a_next_version(session, edited, edited_by=rae.id)
    shared = a_task(session, place, submissions_needed=2)
    a_review(session, a_submission(session, author=ed, task=shared, state=S.APPROVED), reviewer=rae, labels={})
    refused = a_submission(session, author=eve, task=shared, state=S.REJECTED, content=an_answer("n = 6"))
    a_review(session, refused, reviewer=rae, labels={}, verdict=Verdict.REJECT)
    alone = a_submission(session, author=ed, task=a_task(session, place), state=S.APPROVED)
    a_review(session, alone, reviewer=rae, labels={})
    rule: dict[str, Any] = {"states": ["approved", "rejected"]}
    return a_snapshot(session, database, settings, manager=mona, project_id=place.id, **rule)


def an_answer(text):
    """Make the usual steps with another answer."""
    return some_content(answer={"text": text})
