"""The acts of reviewers: opening a review, writing it, deciding it."""

from collections.abc import Iterator
from datetime import datetime
from functools import partial
from typing import Any

from app.core.errors import Conflict
from app.demo.pieces import Issue, Judgment
from app.demo.reading import read_labels, revise
from app.demo.stage import Act, Stage
from app.reviews.access import Desk, get_review, get_thread
from app.reviews.schemas import DecisionIn, ReviewDraftIn, ThreadIn
from app.reviews.service.deciding import Decided, decide
from app.reviews.service.drafting import save_review
from app.reviews.service.opening import open_review, reveal
from app.reviews.service.revealing import compare_own, is_compared
from app.reviews.service.talking import move_thread, open_thread
from app.reviews.states import AnchorKind, ThreadState, Verdict
from app.submissions.schemas import Content


def acts_of_judgment(stage: Stage, key: str, judgment: Judgment) -> Iterator[Act]:
    """Open a review of what was handed in last, and decide it unless it is open now."""
    name = f"{key}/{judgment.by}"
    yield Act(stage.at(judgment.opened), partial(_open, key, name, judgment))
    if judgment.decided is not None:
        yield Act(stage.at(judgment.decided), partial(_decide, key, name, judgment))


def _open(key: str, name: str, judgment: Judgment, stage: Stage, at: datetime) -> None:
    actor = stage.actor(judgment.by)
    review, _ = open_review(stage.session, actor, stage.works[key], now=at)
    stage.reviews[name] = review.id
    stage.session.flush()  # the desk is read from the rows
    desk = get_review(stage.session, actor, review.id)
    if judgment.reveals:
        comparison = compare_own(judgment.own_answer, dict(desk.task.answer_spec)) if is_compared(desk) else None
        reveal(stage.session, actor, desk, judgment.own_answer, now=at, comparison=comparison)
    if judgment.decided is None:
        save_review(stage.session, desk, _draft(judgment), base_n=desk.review.save_n, now=at)
        _write_issues(stage, judgment, desk, at)


def _decide(key: str, name: str, judgment: Judgment, stage: Stage, at: datetime) -> None:
    actor = stage.actor(judgment.by)
    desk = get_review(stage.session, actor, stage.reviews[name])
    stage.session.refresh(desk.review)
    _write_issues(stage, judgment, desk, at)
    for key_of_issue in judgment.resolves:
        thread, talk = get_thread(stage.session, actor, stage.threads[key_of_issue])
        move_thread(stage.session, actor, thread, talk, ThreadState.RESOLVED, now=at)
    stage.session.flush()  # the decision counts the issues
    facts: dict[str, Any] = {
        "verdict": judgment.verdict,
        "sha256": desk.revision.sha256,
        "verification_method": judgment.method,
        "verification_note": judgment.note,
        "reason": judgment.reason,
        "draft": _draft(judgment),
    }
    if judgment.verdict is Verdict.APPROVE_WITH_EDITS:
        content = Content.model_validate_json(desk.revision.content)
        facts["edited_content"] = content.model_copy(update={"steps": revise(content.steps, judgment.edits)})
    decided = decide(stage.session, actor, desk, DecisionIn.model_validate(facts), now=at)
    if not isinstance(decided, Decided):
        raise Conflict(f"{name}: {decided.sentence}")
    if judgment.verdict is Verdict.APPROVE_WITH_EDITS:
        stage.contents[key] = facts["edited_content"]


def _draft(judgment: Judgment) -> ReviewDraftIn:
    return ReviewDraftIn(
        labels=read_labels(judgment.labels),
        rubric_scores=judgment.scores,
        own_answer=judgment.own_answer,
        verification_method=judgment.method,
        verification_note=judgment.note,
        reason=judgment.reason,
        seconds=judgment.minutes * 60,
    )


def _write_issues(stage: Stage, judgment: Judgment, desk: Desk, at: datetime) -> None:
    for issue in judgment.issues:
        thread = open_thread(stage.session, stage.actor(judgment.by), desk, _thread(issue), now=at)
        stage.threads[issue.key] = thread.id


def _thread(issue: Issue) -> ThreadIn:
    anchor = AnchorKind.SPAN if issue.quote else AnchorKind.STEP if issue.step else AnchorKind.WHOLE
    return ThreadIn(anchor=anchor, step_id=issue.step, quote=issue.quote, severity=issue.severity, body=issue.body)
