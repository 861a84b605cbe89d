"""Native exports as bytes, and work of any content to make them from."""

import json
from datetime import UTC, datetime
from typing import Any
from uuid import UUID

from hypothesis import strategies as st
from sqlalchemy import select

from app.accounts.queries import actor_of_user
from app.core import clock
from app.core.ids import new_id
from app.datasets.schemas import RULE_STATES, DatasetIn
from app.datasets.service import create_dataset, freeze
from app.exports.service import export_to_folder
from app.projects.models import Project
from app.reviews.models import Comment, Review, StepLabel, Thread
from app.reviews.states import (
    AnchorKind,
    ErrorType,
    ReviewState,
    Severity,
    StepVerdict,
    Verdict,
    VerificationMethod,
)
from app.submissions.models import ProgramRun, Revision
from app.submissions.schemas import Content
from app.submissions.states import EditsState, Finding, RunPurpose, StepStatus, StepType, SubmissionState
from app.tasks.states import Activity, Origin
from app.text.fingerprints import canonical_json, content_hash
from app.worker import Worker
from tests.factories.machine import a_test_run, a_verifier_run
from tests.factories.work import a_submission, a_task, revision_of

NASTY = (
    "<script>alert(123)</script>",
    "<IMG SRC=\"javascript:alert('x');\">",
    "1;DROP TABLE users",
    "Ω≈ç√∫˜µ≤≥÷ 社會科學院 ด้้้้้็็็็็",
    "\u202etest\u202d \u200bzero\ufeffwidth\u2028lines\u2029",
    "\x01\x02\x07\x1b[31m\x7f\x85",
    "👩🏽‍🔬 𝒳 \U000e0001",
    "{{7*7}} ${7*7} %s%n `$(touch x)`",
    "  \r\n\tkept \\ as \"it\" 'is' \n",
    "NULL",
)
TEXT = st.one_of(
    st.sampled_from(NASTY), st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\0"), max_size=30)
)
FILLED = TEXT.filter(str.strip)
SHORT = TEXT.map(lambda text: text[:40])
MOMENT = st.datetimes(datetime(2025, 1, 1), datetime(2026, 1, 1), timezones=st.just(UTC))  # noqa: DTZ001 - bounds are naive
STEP_IDS = ("s1", "S1", "a-b", "_Z9")


@st.composite
def documents(draw):
    """Draw what somebody wrote."""
    ids = draw(st.lists(st.sampled_from(STEP_IDS), min_size=1, unique=True))
    steps = [
        {
            "id": step_id,
            "type": draw(st.sampled_from(StepType)),
            "body": draw(TEXT),
            "status": draw(st.sampled_from(StepStatus)),
            "seconds": draw(st.integers(0, 9999)),
            "runs": draw(st.lists(st.uuids(version=4), max_size=1)),
        }
        for step_id in ids
    ]
    answer = {"text": draw(TEXT), "unit": draw(SHORT), "assumptions": draw(st.lists(TEXT, max_size=2))}
    waivers = draw(st.dictionaries(SHORT, SHORT, max_size=2))
    facts = {"confidence": draw(st.none() | st.integers(1, 5)), "note_to_reviewer": draw(TEXT), "waivers": waivers}
    return Content.model_validate({"steps": steps, "answer": answer, **facts})


TASKS = st.fixed_dictionaries(
    {
        "title": SHORT,
        "statement": FILLED,
        "assumptions": st.lists(TEXT, max_size=2),
        "unit_expected": st.booleans(),
        "answer_spec": st.dictionaries(
            SHORT, TEXT | st.integers(-(2**50), 2**50) | st.floats(allow_nan=False, allow_infinity=False), max_size=3
        ),
        "reference": TEXT,
        "domain": st.none() | SHORT,
        "difficulty": st.none() | st.integers(1, 5),
        "language": st.none() | st.sampled_from(["en", "zh"]),
        "source": SHORT,
        "origin": st.sampled_from(Origin),
        "activity": st.sampled_from([Activity.SOLVE, Activity.OPEN]),
        "version": st.integers(1, 3),
    }
)
TALKS = st.lists(st.tuples(st.integers(0, 3), TEXT, MOMENT), min_size=1, max_size=3)
"""turns: (who of the four, words, when)"""
ISSUES = st.fixed_dictionaries(
    {
        "anchor": st.sampled_from(AnchorKind),
        "step_id": st.none() | st.sampled_from(STEP_IDS),
        "quote": TEXT,
        "quote_start": st.none() | st.integers(0, 99),
        "severity": st.sampled_from(Severity),
        "opened_at": MOMENT,
    }
)
JUDGMENTS = st.fixed_dictionaries(
    {
        "verdict": st.sampled_from(Verdict),
        "verification_method": st.none() | st.sampled_from(VerificationMethod),
        "verification_note": TEXT,
        "reason": TEXT,
        "disagreement": TEXT,
        "rubric_n": st.integers(0, 3),
        "rubric_scores": st.dictionaries(SHORT, st.integers(0, 9), max_size=3),
        "own_answer": TEXT,
        "saw_reference_at": st.none() | MOMENT,
        "seconds": st.integers(0, 9999),
        "decided_at": MOMENT,
    }
)
LABELS = st.dictionaries(
    st.sampled_from(STEP_IDS),
    st.tuples(st.sampled_from(StepVerdict), st.none() | st.sampled_from(ErrorType), TEXT, st.booleans()),
)
CHECKS = st.fixed_dictionaries(
    {
        "verifier": SHORT,
        "finding": st.sampled_from(sorted({*Finding} - {Finding.ERROR})),
        "reason": TEXT,
        "detail": TEXT,
        "method": SHORT,
        "created_at": MOMENT,
    }
)
RUNS = st.fixed_dictionaries(
    {
        "purpose": st.sampled_from([RunPurpose.CUSTOM, RunPurpose.TESTS]),
        "source": TEXT,
        "stdin": TEXT,
        "verdict": st.none() | SHORT,
        "message": TEXT,
        "exit_code": st.none() | st.integers(-255, 255),
        "stdout": TEXT,
        "stderr": TEXT,
        "results": st.lists(st.fixed_dictionaries({"name": TEXT, "is_hidden": st.booleans()}), max_size=2),
        "cpu_milliseconds": st.integers(0, 9999),
        "memory_bytes": st.integers(0, 2**40),
    }
)
VERSIONS = st.lists(st.tuples(documents(), MOMENT), min_size=1, max_size=3)
WORKS = st.fixed_dictionaries(
    {
        "state": st.sampled_from(sorted(RULE_STATES)),
        "versions": VERSIONS,
        "is_edited": st.booleans(),
        "reviews": st.lists(st.tuples(st.integers(1, 3), JUDGMENTS, LABELS), max_size=3),
        "threads": st.lists(st.tuples(ISSUES, TALKS), max_size=2),
        "check": st.none() | CHECKS,
        "run": RUNS,
    }
)
WORLDS = st.lists(st.tuples(TASKS, st.lists(WORKS, min_size=1, max_size=2)), min_size=1, max_size=2)
"""tasks, each with the work of one or two people"""


def store_world(session, place, people, world):
    """Store drawn tasks with drawn work; `people` are two annotators and two reviewers."""
    for facts, works in world:
        task = a_task(session, place, submissions_needed=2, **facts)
        for author, work in zip(people[:2], works, strict=False):
            _store_work(session, author, task, people, work)


def _store_work(session, author, task, people, work):
    (first, handed_in_at), *rest = work["versions"]
    state = SubmissionState(work["state"])
    submission = a_submission(session, author=author, task=task, state=state, content=first)
    revision_of(session, submission).submitted_at = handed_in_at
    for document, moment in rest:
        _store_version(session, submission, document, moment)
    if work["is_edited"] and rest:
        last = revision_of(session, submission)
        last.edited_by, last.edits_state = people[2].id, EditsState.ACCEPTED
    _store_machine(session, submission, work["check"], work["run"])
    reviews = [_store_review(session, submission, people, *review) for review in work["reviews"]]
    for issue, talk in work["threads"]:
        _store_thread(session, submission, people, reviews, issue, talk)
    session.flush()


def _store_machine(session, submission, check, run):
    """Store what a machine found, and a run for each that a step of any version cites."""
    revision = revision_of(session, submission)
    if check is not None:
        a_verifier_run(session, submission, **check)
    cited = {step_id for step in json.loads(revision.content)["steps"] for step_id in step["runs"]}
    for run_id in sorted(cited):
        if session.get(ProgramRun, UUID(run_id)) is not None:
            continue  # drawn twice: it is the other work's run
        times: dict[str, Any] = {"requested_at": revision.submitted_at, "finished_at": revision.submitted_at}
        a_test_run(session, submission, id=UUID(run_id), **run, **times)


def _store_version(session, submission, document, moment):
    text = canonical_json(document.model_dump(mode="json"))
    submission.revision_n += 1
    values = {"form_version": 1, "task_version": 1, "guideline_n": 1, "words": 7, "tokens": 9, "active_seconds": 3}
    session.add(
        Revision(
            id=new_id(),
            submission_id=submission.id,
            n=submission.revision_n,
            content=text,
            sha256=content_hash(document.model_dump(mode="json")),
            findings=[{"rule": "tex", "sentence": NASTY[0]}],
            submitted_at=moment,
            **values,
        )
    )
    session.flush()


def _store_review(session, submission, people, revision, facts, labels):
    n = min(revision, submission.revision_n)
    held = session.scalars(select(Review).where(Review.submission_id == submission.id, Review.revision_n == n)).all()
    review = Review(
        id=new_id(),
        project_id=submission.project_id,
        submission_id=submission.id,
        revision_id=revision_of(session, submission, n).id,
        revision_n=n,
        reviewer_id=people[2 + len(held) % 2].id,
        level=1 + len(held) // 2,
        round=1 + len(held) % 2,
        state=ReviewState.DECIDED,
        opened_at=facts["decided_at"],
        last_seen_at=facts["decided_at"],
        **facts,
    )
    session.add(review)
    session.flush()
    for step_id, (value, error_type, note, carried_over) in labels.items():
        label = {"value": value, "error_type": error_type, "note": note, "carried_over": carried_over}
        session.add(StepLabel(review_id=review.id, step_id=step_id, **label))
    return review


def _store_thread(session, submission, people, reviews, issue, talk):
    review = reviews[0] if reviews else None
    thread = Thread(
        id=new_id(),
        submission_id=submission.id,
        review_id=review.id if review else None,
        revision_n=1,
        published_at=issue["opened_at"],
        opened_by=people[2].id,
        **issue,
    )
    session.add(thread)
    session.flush()
    for who, body, moment in talk:
        session.add(Comment(id=new_id(), thread_id=thread.id, author_id=people[who].id, body=body, created_at=moment))


def native_of(database, settings, slug, folder):
    """Freeze everything settled of a project and return its native export: the records as bytes."""
    with database.change() as session:
        project = session.scalars(select(Project).where(Project.slug == slug)).one()
        actor = actor_of_user(session, project.created_by)
        assert actor is not None
        wanted = DatasetIn.model_validate({"name": f"All {new_id()}", "rule": {"states": sorted(RULE_STATES)}})
        dataset = create_dataset(session, project, wanted, actor=actor, now=clock.now())
        snapshot_id = str(freeze(session, dataset, note="", actor=actor, now=clock.now()).id)
    Worker(database, settings).run_all()
    export_to_folder(database, settings, snapshot=snapshot_id, format_name="native", out=folder, email=None, options={})
    return (folder / "native/train.jsonl").read_bytes()
