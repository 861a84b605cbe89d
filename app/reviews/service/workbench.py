"""The workbench of one review: all that its page and its script show, read in one go; blind where the project is."""

import json
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.orm import Session

from app.accounts.queries import names_of
from app.core.actor import Actor
from app.core.errors import Conflict
from app.projects.models import RubricVersion
from app.reviews.access import Desk, Talk
from app.reviews.models import Review, StepLabel
from app.reviews.policy import can_see_author, why_closed
from app.reviews.queries.judged import decided_reviews, labels_of, revisions_besides, sight_of, threads_of
from app.reviews.queries.queue import COUNT_MAX, reviewed_projects, waiting_ids
from app.reviews.schemas import (
    AnswerView,
    AuthorView,
    CriterionScore,
    ProgramView,
    ProjectReviewView,
    QueueView,
    ReferenceView,
    RevisionView,
    TaskReviewView,
    VerdictOption,
    WorkbenchLimits,
    WorkbenchState,
    WorkbenchUrls,
)
from app.reviews.service.contaminated import view_contaminated
from app.reviews.service.deciding import is_refused_by_machine, why_not_with
from app.reviews.service.difference import compare_for_review
from app.reviews.service.machine import view_machine, was_executed
from app.reviews.service.opening import has_reference
from app.reviews.service.past import tell_history, tell_opinions
from app.reviews.service.showing import view_labels, view_threads
from app.reviews.service.similar import view_similar
from app.reviews.service.wording import ERROR_TYPES, KEYS, METHODS, SEVERITIES, STEP_TYPES, VERDICTS
from app.reviews.states import APPROVALS, LEVEL_MAX, UNDO_SECONDS, ReviewState, Verdict, VerificationMethod
from app.submissions import queries as submissions_queries
from app.submissions.models import Revision
from app.submissions.schemas import AttachmentView, Content, FindingOut
from app.submissions.service.citing import cited_runs
from app.submissions.service.reading import without_effort
from app.text.markdown import render_markdown


@dataclass(frozen=True, slots=True)
class _Around:
    """What is read once and shown in several places."""

    desk: Desk
    talk: Talk
    content: Content
    revisions: Sequence[Revision]
    decided: Sequence[Review]
    labels: list[StepLabel]
    compared_to: Revision | None
    now: datetime


def open_workbench(session: Session, actor: Actor, desk: Desk, *, now: datetime) -> WorkbenchState:
    """Read everything the workbench of one's own review shows."""
    around = _read_around(session, actor, desk, now)
    threads = threads_of(session, actor, desk.submission, around.talk.sight)
    closed = why_closed(desk.review, desk.submission)
    machine = view_machine(session, desk)
    facts = {
        "can_edit": closed is None,
        "why_not": closed,
        "server_time": now,
        "threads": view_threads(session, actor, around.talk, threads, around.content),
        "history": tell_history(session, actor, around.talk, around.revisions, around.decided),
        "opinions": tell_opinions(session, actor, around.talk, around.revisions, around.decided),
        "reference": view_reference(desk) if desk.review.saw_reference_at is not None else None,
        "has_reference": has_reference(desk),
        "author": _author(session, actor, around),
        "similar": view_similar(session, actor, desk),
        "contaminated": view_contaminated(session, desk),
        "machine": machine,
        "suggested_method": VerificationMethod.EXECUTED if was_executed(machine) else None,
        "verdicts": _verdicts(
            desk,
            closed,
            [why_not_with(one, threads, desk.review) for one in VERDICTS],
            is_refused=machine is not None and machine.is_refused,
        ),
        "queue": _queue(session, actor, desk, now),
    }
    return WorkbenchState.model_validate(
        facts | _subject(session, around) | _written(session, around) | _constants() | {"urls": urls_of(desk)}
    )


def _subject(session: Session, around: _Around) -> dict[str, Any]:
    """Describe what is judged."""
    desk, content, old = around.desk, around.content, around.compared_to
    carried = frozenset(label.step_id for label in around.labels if label.carried_over)
    compared = compare_for_review(Content.model_validate_json(old.content) if old else None, content, carried)
    answer, program = content.answer, content.program
    return {
        "submission_id": desk.submission.id,
        "submission_state": desk.submission.state,
        "times_returned": desk.submission.times_returned,
        "project": _project_view(desk),
        "task": _task_view(session, desk),
        "revision": _revision_view(desk.revision, old),
        "steps": compared.steps,
        "cited": cited_runs(session, desk.submission.id, content),
        "removed": compared.removed,
        "parts": compared.parts,
        "answer": AnswerView(
            text=answer.text,
            html=str(render_markdown(answer.text).html),
            unit=answer.unit,
            assumptions=answer.assumptions,
        ),
        "program": ProgramView(language=program.language, source=program.source) if program else None,
        "content": without_effort(content),
        "checks": _checks(desk.revision),
    }


def _written(session: Session, around: _Around) -> dict[str, Any]:
    """Describe what the reviewer has written so far."""
    review = around.desk.review
    return {
        "review_id": review.id,
        "state": review.state,
        "level": review.level,
        "save_n": review.save_n,
        "opened_at": review.opened_at,
        "seconds": review.seconds,
        "labels": view_labels(around.labels),
        "rubric": _rubric(session, review),
        "rubric_n": review.rubric_n,
        "verification_method": review.verification_method,
        "verification_note": review.verification_note,
        "reason": review.reason,
        "disagreement": review.disagreement,
        "own_answer": review.own_answer,
        "edited_content": _edited(review),
        "verdict": review.verdict if review.state != ReviewState.OPEN else None,
        "undo_until": _undo_until(review, around.now),
    }


def _constants() -> dict[str, Any]:
    return {
        "keys": KEYS,
        "error_types": ERROR_TYPES,
        "methods": METHODS,
        "severities": SEVERITIES,
        "step_types": {str(kind): name for kind, name in STEP_TYPES.items()},
        "limits": WorkbenchLimits(),
    }


def verdict_options(session: Session, actor: Actor, desk: Desk) -> list[VerdictOption]:
    """List the verdicts with what stands against each now."""
    sight = sight_of(session, actor, desk.submission, desk.project)
    threads = threads_of(session, actor, desk.submission, sight)
    closed = why_closed(desk.review, desk.submission)
    hindrances = [why_not_with(one, threads, desk.review) for one in VERDICTS]
    return _verdicts(desk, closed, hindrances, is_refused=is_refused_by_machine(session, desk))


def next_in_queue(session: Session, actor: Actor, besides: UUID, *, now: datetime) -> str | None:
    """Return the address whose POST opens the next review, or None when nothing else waits."""
    projects = [project_id for project_id, _, _ in reviewed_projects(session, actor)]
    following = [one for one in waiting_ids(session, actor, projects, now=now) if one != besides]
    return f"/work/{following[0]}/review" if following else None


def _read_around(session: Session, actor: Actor, desk: Desk, now: datetime) -> _Around:
    revisions = revisions_besides(session, desk.submission.id)
    decided = decided_reviews(session, desk.submission.id)
    mine = [one.revision_n for one in decided if one.reviewer_id == actor.user_id]
    before = [n for n in mine if n < desk.revision.n]
    compared_n = max(before) if before else desk.revision.n - 1
    return _Around(
        desk=desk,
        talk=Talk(desk.submission, desk.project, sight_of(session, actor, desk.submission, desk.project)),
        content=Content.model_validate_json(desk.revision.content),
        revisions=revisions,
        decided=decided,
        labels=labels_of(session, [desk.review.id]).get(desk.review.id, []),
        compared_to=next((one for one in revisions if one.n == compared_n), None),
        now=now,
    )


def _project_view(desk: Desk) -> ProjectReviewView:
    return ProjectReviewView(
        id=desk.project.id,
        slug=desk.project.slug,
        name=desk.project.name,
        is_blind=desk.project.is_blind,
        guideline_url=f"/projects/{desk.project.slug}/guidelines",
        guideline_n=desk.revision.guideline_n,
    )


def _task_view(session: Session, desk: Desk) -> TaskReviewView:
    task = desk.task
    attachments = [
        AttachmentView(
            id=found.id,
            url=f"/attachments/{found.id}",
            alt=found.alt,
            media_type=found.media_type,
            size_bytes=found.size_bytes,
            width=found.width,
            height=found.height,
            is_own=False,
        )
        for found in submissions_queries.attachments_of(session, task.id, desk.submission.author_id)
    ]
    return TaskReviewView(
        id=task.id,
        number=task.number,
        name=f"Task {task.number}",
        title=task.title,
        activity=task.activity,
        statement=task.statement,
        statement_html=str(render_markdown(task.statement).html),
        assumptions=task.assumptions,
        answer_expected=task.answer_expected,
        unit_expected=task.unit_expected,
        starter_code=task.starter_code,
        domain=task.domain,
        skill=task.skill,
        difficulty=task.difficulty,
        attachments=attachments,
    )


def _revision_view(revision: Revision, old: Revision | None) -> RevisionView:
    return RevisionView(
        n=revision.n,
        sha256=revision.sha256,
        words=revision.words,
        tokens=revision.tokens,
        submitted_at=revision.submitted_at,
        compared_to=old.n if old is not None else None,
        is_edited_by_reviewer=revision.edited_by is not None,
        contest_reason=revision.contest_reason,
    )


def _rubric(session: Session, review: Review) -> list[CriterionScore]:
    query = select(RubricVersion.criteria).where(
        RubricVersion.project_id == review.project_id, RubricVersion.n == review.rubric_n
    )
    criteria = session.scalars(query).first() or []
    return [CriterionScore(**one, score=review.rubric_scores.get(one["id"])) for one in criteria]


def _edited(review: Review) -> dict[str, object] | None:
    if review.edited_content is None:
        return None
    return without_effort(Content.model_validate_json(review.edited_content))


def _undo_until(review: Review, now: datetime) -> datetime | None:
    if review.state != ReviewState.DECIDED or review.decided_at is None:
        return None
    until = review.decided_at + timedelta(seconds=UNDO_SECONDS)
    return until if now <= until else None


def _checks(revision: Revision) -> list[FindingOut]:
    findings = [FindingOut.model_validate(one) for one in revision.findings]
    return sorted(findings, key=lambda one: one.waiver is None)


def view_reference(desk: Desk) -> ReferenceView:
    """Show the hidden answer and solution beside one's own; Conflict before they were asked for."""
    review = desk.review
    if review.saw_reference_at is None:
        raise Conflict("Enter your own answer or reveal the reference first.")
    stored = desk.task.answer_spec.get("answer")
    answer = stored if isinstance(stored, str) else json.dumps(stored) if stored is not None else ""
    return ReferenceView(
        answer=answer,
        reference=desk.task.reference,
        reference_html=str(render_markdown(desk.task.reference).html),
        own_answer=review.own_answer,
        finding=review.own_finding,
        reason=review.own_reason,
        saw_at=review.saw_reference_at,
    )


def _author(session: Session, actor: Actor, around: _Around) -> AuthorView | None:
    desk = around.desk
    decided_at = desk.review.decided_at if desk.review.state == ReviewState.DECIDED else None
    if not can_see_author(actor, desk.project, desk.submission, decided_at=decided_at, now=around.now):
        return None
    author_id = desk.submission.author_id
    return AuthorView(
        name=names_of(session, [author_id])[author_id],
        confidence=around.content.confidence,
        active_seconds=desk.revision.active_seconds,
    )


def _verdicts(
    desk: Desk, closed: str | None, hindrances: Sequence[str | None], *, is_refused: bool
) -> list[VerdictOption]:
    options = []
    for (verdict, (name, key)), hindrance in zip(VERDICTS.items(), hindrances, strict=True):
        reason = closed or hindrance
        if verdict == Verdict.ESCALATE and desk.review.level >= LEVEL_MAX:
            reason = closed or "There is no level above yours; decide, or close the review."
        needs = {
            "verification_method": verdict in APPROVALS,
            "disagreement": verdict in APPROVALS and is_refused,
            "reason": verdict in {Verdict.REJECT, Verdict.ESCALATE},
            "edited_content": verdict == Verdict.APPROVE_WITH_EDITS,
            "issue": verdict == Verdict.RETURN,
        }
        facts = {
            "verdict": verdict,
            "name": name,
            "key": key,
            "is_allowed": reason is None,
            "why_not": reason,
            "needs": [need for need, is_needed in needs.items() if is_needed],
        }
        options.append(VerdictOption.model_validate(facts))
    return options


def _queue(session: Session, actor: Actor, desk: Desk, now: datetime) -> QueueView:
    projects = [project_id for project_id, _, _ in reviewed_projects(session, actor)]
    waiting = waiting_ids(session, actor, projects, now=now)
    here = waiting.index(desk.submission.id) + 1 if desk.submission.id in waiting else 1
    following = [one for one in waiting if one != desk.submission.id]
    return QueueView(
        position=here,
        waiting=min(len(waiting), COUNT_MAX),
        waiting_is_more=len(waiting) > COUNT_MAX,
        next_url=f"/work/{following[0]}/review" if following else None,
    )


def urls_of(desk: Desk) -> WorkbenchUrls:
    """Write down every address the workbench speaks to."""
    page, api = f"/reviews/{desk.review.id}", f"/api/v1/reviews/{desk.review.id}"
    return WorkbenchUrls(
        page=page,
        review=api,
        draft=f"{api}/review-draft",
        decide=f"{api}/decide",
        undo=f"{api}/undo",
        reveal=f"{api}/reveal",
        check=f"{api}/check",
        leave=f"{api}/leave",
        threads=f"{api}/threads",
        thread="/api/v1/threads",
        history_page=f"/work/{desk.submission.id}/history",
        guideline=f"/projects/{desk.project.slug}/guidelines",
        queue="/reviews",
        edit_page=f"{page}/edit",
    )
