"""What a judgment does to work: moves it, ends its lease, fills or frees its place, stores a reviewer's edits.

Called by the reviews area, which decides; each verb is a compare-and-set on the state that was read and raises
IllegalMove when somebody was faster. Audit events of judgments are written by the caller, who knows the verdict.
"""

from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import delete, select, update
from sqlalchemy.orm import Session

from app.assignments.service.leases import move_assignment, state_and_place
from app.assignments.states import AssignmentState
from app.core.db import changed_one
from app.core.errors import Conflict, IllegalMove, Invalid
from app.core.ids import new_id
from app.core.jobs import enqueue_all_behind
from app.projects.models import Project
from app.submissions.activities.registry import KINDS
from app.submissions.models import CONTENT_MAX_CHARS, ProgramRun, Revision, Submission, VerifierRun
from app.submissions.schemas import Content, FindingOut
from app.submissions.service.checking import Brief, check, count
from app.submissions.service.ending import move_submission
from app.submissions.service.handing_in import CHECK_JOB, SIGN_JOB
from app.submissions.service.telling import is_checkable
from app.submissions.states import EditsState, SubmissionState, require_move
from app.tasks.models import Task, TaskSlot
from app.tasks.service.slots import free_slot, mark_slot_done, reopen_slot
from app.tasks.states import SlotState
from app.text.fingerprints import canonical_json, content_hash

S = SubmissionState
_CHANGED = "This work has just been changed elsewhere; reload it."


@dataclass(frozen=True, slots=True)
class Standing:
    """How work stood at one moment, as far as a judgment changes it."""

    state: SubmissionState
    revision_n: int
    review_level: int
    times_returned: int
    last_reviewer_id: UUID | None
    decided_at: datetime | None


def standing_of(submission: Submission) -> Standing:
    """Read how work stands now."""
    return Standing(
        submission.state,
        submission.revision_n,
        submission.review_level,
        submission.times_returned,
        submission.last_reviewer_id,
        submission.decided_at,
    )


def lock_submission(session: Session, submission_id: UUID) -> Submission:
    """Load work with its row lock, fresh from the database: of simultaneous judgments one goes on, the others wait."""
    query = select(Submission).where(Submission.id == submission_id).with_for_update(key_share=True)
    return session.scalars(query.execution_options(populate_existing=True)).one()


def start_review(session: Session, submission: Submission, *, now: datetime) -> None:
    """Note that a reviewer has opened it, so that its author cannot take it back; others may open it too."""
    if submission.state == S.SUBMITTED:
        move_submission(session, submission, S.IN_REVIEW, now=now)


def stop_review(session: Session, submission: Submission, *, now: datetime) -> None:
    """Note that no reviewer has it open any more."""
    if submission.state == S.IN_REVIEW:
        move_submission(session, submission, S.SUBMITTED, now=now)


def return_to_author(
    session: Session, submission: Submission, *, reviewer_id: UUID, review_level: int, now: datetime
) -> None:
    """Send it back: the author keeps lease and place, and the next revision goes to this reviewer first."""
    move_submission(
        session,
        submission,
        S.RETURNED,
        now=now,
        decided_at=now,
        times_returned=submission.times_returned + 1,
        last_reviewer_id=reviewer_id,
        review_level=review_level,
    )


def approve(session: Session, submission: Submission, *, now: datetime) -> None:
    """Accept it: its lease is done, and its place is filled for good, perhaps the task with it."""
    move_submission(session, submission, S.APPROVED, now=now, decided_at=now)
    move_assignment(session, submission.assignment_id, AssignmentState.SUBMITTED, AssignmentState.DONE, now=now)
    mark_slot_done(session, submission.slot_id, now)


def reject(session: Session, submission: Submission, *, now: datetime) -> None:
    """Refuse it for good: its place is offered again."""
    move_submission(session, submission, S.REJECTED, now=now, decided_at=now)
    move_assignment(session, submission.assignment_id, AssignmentState.SUBMITTED, AssignmentState.REJECTED, now=now)
    free_slot(session, submission.slot_id)


def escalate(session: Session, submission: Submission, *, now: datetime) -> None:
    """Hand it to level 2, to whoever takes it. Work that waits there already keeps waiting, for another person."""
    if submission.state == S.APPROVED:
        _take_back_approval(session, submission, now)
    if submission.state == S.ESCALATED:
        _touch(session, submission, now=now, review_level=2)
        return
    move_submission(session, submission, S.ESCALATED, now=now, review_level=2, last_reviewer_id=None, decided_at=None)


def send_on_to_level_2(session: Session, submission: Submission, *, now: datetime) -> None:
    """Let level 2 look at what level 1 has approved."""
    if submission.state == S.SUBMITTED:
        _touch(session, submission, now=now, review_level=2)
        return
    move_submission(session, submission, S.SUBMITTED, now=now, review_level=2, last_reviewer_id=None)


def undo(session: Session, submission: Submission, before: Standing, *, now: datetime) -> None:
    """Put work back to how it stood before a decision; a reviewer's edits that came with it are no version any more.

    Allowed exactly where the move that it takes back was. Conflict when the place has been given away meanwhile.
    """
    state = submission.state
    if state != before.state:
        require_move(before.state, state)
    if state == S.APPROVED:
        _take_back_approval(session, submission, now)
    if state == S.REJECTED:
        _take_back_rejection(session, submission, now)
    added = submission.revision_n
    move = update(Submission).where(
        Submission.id == submission.id, Submission.state == state, Submission.revision_n == added
    )
    values: dict[str, Any] = {
        "state": before.state,
        "revision_n": before.revision_n,
        "review_level": before.review_level,
        "times_returned": before.times_returned,
        "last_reviewer_id": before.last_reviewer_id,
        "decided_at": before.decided_at,
        "updated_at": now,
    }
    if not changed_one(session, move.values(values)):
        raise IllegalMove(_CHANGED)
    session.expire(submission, list(values))
    if added > before.revision_n:
        _forget_edits(session, submission, before.revision_n)


def _forget_edits(session: Session, submission: Submission, kept_n: int) -> None:
    """Delete edited versions behind `kept_n`, with what a machine has said of them already.

    Nobody has acted on them (the caller made sure), and the text is kept with the review that was undone.
    """
    of_edits = (
        Revision.submission_id == submission.id,
        Revision.n > kept_n,
        Revision.edited_by.is_not(None),
    )
    edits = select(Revision.id).where(*of_edits)
    for statement in (
        delete(VerifierRun).where(VerifierRun.revision_id.in_(edits)),
        delete(ProgramRun).where(ProgramRun.revision_id.in_(edits)),
        delete(Revision).where(*of_edits),
    ):
        session.execute(statement, execution_options={"synchronize_session": False})


def add_edited_revision(
    session: Session, submission: Submission, base: Revision, edited: Content, *, reviewer_id: UUID, now: datetime
) -> Revision:
    """Store a reviewer's edits as the next revision, which the author accepts or contests later.

    Only steps, answer and program may differ; confidence and times stay the author's. Invalid when nothing differs,
    something else does, or the result could not have been handed in.
    """
    document, findings = _edited_document(session, submission, base, edited)
    words, tokens = count(document)
    revision = Revision(
        id=new_id(),
        submission_id=submission.id,
        n=base.n + 1,
        draft_n=None,
        content=canonical_json(document),
        sha256=content_hash(document),
        form_version=base.form_version,
        task_version=base.task_version,
        guideline_n=base.guideline_n,
        words=words,
        tokens=tokens,
        vocabulary=base.vocabulary,
        active_seconds=base.active_seconds,
        findings=[finding.model_dump(mode="json") for finding in findings],
        edited_by=reviewer_id,
        edits_state=EditsState.PENDING,
        submitted_at=now,
    )
    move = update(Submission).where(Submission.id == submission.id, Submission.revision_n == base.n)
    if not changed_one(session, move.values(revision_n=base.n + 1, updated_at=now)):
        raise IllegalMove(_CHANGED)
    session.expire(submission, ["revision_n", "updated_at"])
    session.add(revision)
    spec = session.scalars(select(Task.answer_spec).where(Task.id == submission.task_id)).one()
    kinds = [CHECK_JOB, SIGN_JOB] if is_checkable(spec) else [SIGN_JOB]
    payload = {"revision_id": str(revision.id)}
    enqueue_all_behind(session, kinds, payload, project_id=submission.project_id, now=now)
    return revision


def _edited_document(
    session: Session, submission: Submission, base: Revision, edited: Content
) -> tuple[dict[str, Any], list[FindingOut]]:
    old = Content.model_validate_json(base.content)
    content = with_edits(old, edited)
    if content == old:
        raise Invalid("Nothing is edited; approve it as it is.", pointer="/edited_content")
    faults = KINDS[submission.activity].faults(content)
    if faults:
        raise Invalid(faults[0], pointer="/edited_content/program")
    document = content.model_dump(mode="json")
    if len(canonical_json(document)) > CONTENT_MAX_CHARS:
        raise Invalid(f"The document has more than {CONTENT_MAX_CHARS:,} characters.", pointer="/edited_content")
    findings = check(document, _brief(session, submission))
    blockers = [finding for finding in findings if finding.severity == "blocker"]
    if blockers:
        raise Invalid(f"With these edits it could not be handed in: {blockers[0].sentence}", pointer="/edited_content")
    return document, findings


def with_edits(old: Content, edited: Content) -> Content:
    """Take steps, answer and program from `edited`, everything else from `old`; Invalid where more than that differs.

    A reviewer never sees confidence and times, so what their document says there does not count.
    """
    for name in ("what_would_make_this_wrong", "tools_used", "note_to_reviewer"):
        if getattr(edited, name) not in ("", getattr(old, name)):
            raise Invalid("Edits change steps, answer or program, nothing else.", pointer=f"/edited_content/{name}")
    seconds = {step.id: step.seconds for step in old.steps}
    steps = [step.model_copy(update={"seconds": seconds.get(step.id, 0)}) for step in edited.steps]
    return old.model_copy(update={"steps": steps, "answer": edited.answer, "program": edited.program})


def settle_edits(
    session: Session, submission: Submission, revision: Revision, *, contest_reason: str | None, now: datetime
) -> None:
    """Note that the author accepts a reviewer's edits, or contests them with a reason, which escalates the work.

    Conflict when they were answered already, or a later judgment has made it pointless.
    """
    answer = EditsState.ACCEPTED if contest_reason is None else EditsState.CONTESTED
    move = update(Revision).where(Revision.id == revision.id, Revision.edits_state == EditsState.PENDING)
    if not changed_one(session, move.values(edits_state=answer, contest_reason=contest_reason)):
        raise Conflict("These edits were answered already; reload the page.")
    session.expire(revision, ["edits_state", "contest_reason"])
    if contest_reason is not None:
        escalate(session, submission, now=now)


def _take_back_approval(session: Session, submission: Submission, now: datetime) -> None:
    move_assignment(session, submission.assignment_id, AssignmentState.DONE, AssignmentState.SUBMITTED, now=now)
    reopen_slot(session, submission.slot_id, now)
    _hold_place(session, submission)


def _take_back_rejection(session: Session, submission: Submission, now: datetime) -> None:
    state, _ = state_and_place(session, submission.assignment_id)
    _hold_place(session, submission)  # first: whoever has the place by now keeps it
    move_assignment(session, submission.assignment_id, state, AssignmentState.SUBMITTED, now=now)


def _hold_place(session: Session, submission: Submission) -> None:
    """Keep the place in its author's hands; nobody sees it free in between, since it is one transaction."""
    move = update(TaskSlot).where(
        TaskSlot.id == submission.slot_id, TaskSlot.state.in_([SlotState.FREE, SlotState.SHUT])
    )
    if not changed_one(session, move.values(state=SlotState.TAKEN)):
        raise Conflict("The place went to somebody else meanwhile; this can no longer be taken back.")


def _touch(session: Session, submission: Submission, *, now: datetime, review_level: int) -> None:
    """Write a judgment that leaves the state as it is, by compare-and-set like the others."""
    move = update(Submission).where(
        Submission.id == submission.id,
        Submission.state == submission.state,
        Submission.revision_n == submission.revision_n,
        Submission.updated_at == submission.updated_at,
    )
    if not changed_one(session, move.values(review_level=review_level, last_reviewer_id=None, updated_at=now)):
        raise IllegalMove(_CHANGED)
    session.expire(submission, ["review_level", "last_reviewer_id", "updated_at"])


def _brief(session: Session, submission: Submission) -> Brief:
    row = session.execute(
        select(Task.unit_expected, Project.content_language)
        .join(Project, Project.id == Task.project_id)
        .where(Task.id == submission.task_id)
    ).one()
    return Brief(submission.activity, unit_expected=row[0], language=row[1])
