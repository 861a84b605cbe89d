"""Bring a native export back: every line or none, under the ids it had, in one transaction."""

import hashlib
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from itertools import islice
from pathlib import Path
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.orm import Session

from app.accounts import queries as people
from app.accounts.service.restoring import restore_people
from app.assignments.service.restoring import RestoredAssignment, restore_assignments
from app.assignments.states import AssignmentState
from app.core import audit, clock
from app.core.actor import Actor
from app.core.db import Database
from app.core.errors import Conflict, NotAllowed
from app.exports.schemas.native import EarlierRevision, NativeRecord, NativeReview, NativeRun, NativeThread
from app.exports.service.native_file import Checked, Fault, check_files, note_what_is_here, read_lines
from app.exports.service.native_source import find_files
from app.projects.access import get_project
from app.projects.models import Project
from app.projects.policy import can_manage_project
from app.reviews.service.restoring import (
    RestoredComment,
    RestoredLabel,
    RestoredReview,
    RestoredThread,
    restore_reviews,
    restore_threads,
)
from app.reviews.states import Verdict
from app.submissions.service.restoring import (
    RestoredCheck,
    RestoredRevision,
    RestoredRun,
    RestoredSubmission,
    restore_submissions,
)
from app.submissions.states import SubmissionState
from app.tasks.service.restoring import RestoredTask, restore_places, restore_tasks
from app.tasks.service.rewording import WORDING
from app.text.fingerprints import canonical_json

PAGE = 200
ENDED = {
    SubmissionState.APPROVED: AssignmentState.DONE,
    SubmissionState.REJECTED: AssignmentState.REJECTED,
    SubmissionState.GAVE_UP: AssignmentState.GAVE_UP,
}


@dataclass(frozen=True, slots=True)
class Restored:
    """What came back, or why nothing did."""

    works: int
    tasks: int
    people: int
    faults: list[Fault]


def restore_native(
    database: Database, path: Path, *, project: str, email: str | None, dry_run: bool = False
) -> Restored:
    """Read a native export (its folder or a file) into a project: all of it, or nothing and a list of the faults.

    Done in the name of `email`, or of who made the project; they must manage it. Tasks, work, reviews and issues keep
    their ids; people are found by pseudonym, and who is unknown here gets an account that nobody can enter.
    """
    files = find_files(path)
    checked = check_files(files)
    with database.reading() if dry_run else database.change() as session:
        actor = _actor(session, project, email)
        place = get_project(session, actor, project, can=can_manage_project)
        note_what_is_here(session, place, checked)
        checked.faults.sort(key=lambda fault: fault.line)
        if not checked.faults and not dry_run:
            _store(session, place, files, checked, actor=actor, now=clock.now())
    return Restored(len(checked.works), len(checked.tasks), len(checked.pseudonyms), checked.faults)


def _actor(session: Session, slug: str, email: str | None) -> Actor:
    made_by = session.scalar(select(Project.created_by).where(Project.slug == slug))
    if email is not None:
        actor = people.actor_of_email(session, email)
    else:
        actor = people.actor_of_user(session, made_by) if made_by is not None else None
    if actor is None:
        raise NotAllowed("This is done in the name of a manager of the project; name one with --as.")
    return actor


def _store(
    session: Session, project: Project, files: Sequence[Path], checked: Checked, *, actor: Actor, now: datetime
) -> None:
    """Store files without faults; Conflict, and so nothing, if they were changed since they were checked."""
    users = restore_people(session, checked.pseudonyms, now=now)
    checked.consents.store(session, project, users, actor=actor, now=now)
    store = _Store(session, project, checked, users, now)
    digest = hashlib.sha256()
    records = (found for _, found in read_lines(files, digest) if isinstance(found, NativeRecord))
    while page := list(islice(records, PAGE)):
        store.write(page)
    if digest.hexdigest() != checked.sha256:
        raise Conflict("A file was changed while it was read; nothing was brought back.")
    audit.record(
        session,
        "native.restore",
        actor=actor,
        at=now,
        kind="project",
        object_id=project.id,
        project_id=project.id,
        works=len(checked.works),
        tasks=len(checked.tasks),
        file_sha256=checked.sha256,
    )


class _Store:
    """Writes pages of records through the areas they belong to, in the order in which they refer to one another."""

    def __init__(
        self, session: Session, project: Project, checked: Checked, users: dict[UUID, UUID], now: datetime
    ) -> None:
        self.session, self.project_id, self.checked, self.users, self.now = session, project.id, checked, users, now
        self.places: Counter[UUID] = Counter()
        """task → how many places it has got"""

    def write(self, page: list[NativeRecord]) -> None:
        """Store one page."""
        self._write_tasks(page)
        slots = restore_places(self.session, self.project_id, [self._place(record) for record in page])
        leases = [self._lease(record, slot) for record, slot in zip(page, slots, strict=True)]
        assignments = restore_assignments(self.session, self.project_id, leases)
        works = [self._work(*one) for one in zip(page, slots, assignments, strict=True)]
        revisions = restore_submissions(self.session, self.project_id, works, now=self.now)
        reviews = [self._review(record, review, revisions) for record in page for review in record.reviews]
        restore_reviews(self.session, self.project_id, reviews)
        restore_threads(self.session, [self._thread(record, thread) for record in page for thread in record.threads])

    def _write_tasks(self, page: list[NativeRecord]) -> None:
        new = {record.task.id: record.task for record in page if record.task.id not in self.places}
        tasks = [
            RestoredTask(
                id=task.id,
                number=task.number,
                version=task.version,
                wording={name: getattr(task, name) for name in WORDING},
                approved=self.checked.tasks[task.id].approved,
            )
            for task in new.values()
        ]
        restore_tasks(self.session, self.project_id, tasks, now=self.now)

    def _place(self, record: NativeRecord) -> tuple[UUID, int, int, bool]:
        self.places[record.task.id] += 1
        is_filled = record.state is SubmissionState.APPROVED
        return record.task.id, record.task.number, self.places[record.task.id], is_filled

    def _lease(self, record: NativeRecord, slot_id: UUID) -> RestoredAssignment:
        first = record.earlier[0] if record.earlier else record
        return RestoredAssignment(
            task_id=record.task.id,
            slot_id=slot_id,
            user_id=self.users[record.author],
            state=ENDED[record.state],
            leased_at=first.submitted_at,
            ended_at=record.submitted_at,
        )

    def _work(self, record: NativeRecord, slot_id: UUID, assignment_id: UUID) -> RestoredSubmission:
        return RestoredSubmission(
            id=record.id,
            task_id=record.task.id,
            task_version=record.task.version,
            slot_id=slot_id,
            assignment_id=assignment_id,
            author_id=self.users[record.author],
            activity=record.task.activity,
            state=record.state,
            review_level=max((review.level for review in record.reviews), default=1),
            times_returned=sum(review.verdict is Verdict.RETURN for review in record.reviews),
            decided_at=max((review.decided_at for review in record.reviews), default=None),
            revisions=[*map(self._revision, record.earlier), self._revision(record)],
            check=RestoredCheck(**dict(record.check)) if record.check is not None else None,
            runs=[self._run(run) for run in record.runs],
        )

    def _run(self, run: NativeRun) -> RestoredRun:
        facts = dict(run)
        return RestoredRun(results=facts.pop("tests"), requested_at=facts.pop("at"), **facts)

    def _revision(self, version: EarlierRevision | NativeRecord) -> RestoredRevision:
        ((vocabulary, tokens),) = version.tokens.items()
        return RestoredRevision(
            n=version.revision,
            content=canonical_json(version.content),
            sha256=version.content_sha256,
            form_version=version.form_version,
            guideline_n=version.guideline_version,
            words=version.words,
            tokens=tokens,
            vocabulary=vocabulary,
            active_seconds=version.active_seconds,
            findings=version.findings,
            edited_by=self.users[version.edited_by] if version.edited_by is not None else None,
            submitted_at=version.submitted_at,
        )

    def _review(
        self, record: NativeRecord, review: NativeReview, revisions: dict[tuple[UUID, int], UUID]
    ) -> RestoredReview:
        return RestoredReview(
            id=review.id,
            submission_id=record.id,
            revision_id=revisions[record.id, review.revision],
            revision_n=review.revision,
            reviewer_id=self.users[review.reviewer],
            level=review.level,
            round=review.round,
            verdict=review.verdict,
            verification_method=review.verification_method,
            verification_note=review.verification_note,
            reason=review.reason,
            disagreement=review.disagreement,
            rubric_n=review.rubric_version,
            rubric_scores=review.rubric_scores,
            own_answer=review.own_answer,
            saw_reference_at=review.saw_reference_at,
            seconds=review.seconds,
            decided_at=review.decided_at,
            labels=[
                RestoredLabel(label.step, label.value, label.error_type, label.note, label.carried_over)
                for label in review.labels
            ],
        )

    def _thread(self, record: NativeRecord, thread: NativeThread) -> RestoredThread:
        reviewers = {review.id: review.reviewer for review in record.reviews}
        # Who opened an issue is not said; it is who reviewed, or who spoke first.
        opener = reviewers[thread.review] if thread.review is not None else thread.comments[0].author
        return RestoredThread(
            id=thread.id,
            submission_id=record.id,
            review_id=thread.review,
            revision_n=thread.revision,
            anchor=thread.anchor,
            step_id=thread.step,
            quote=thread.quote,
            quote_start=thread.quote_start,
            severity=thread.severity,
            opened_by=self.users[opener],
            opened_at=thread.opened_at,
            comments=[
                RestoredComment(comment.id, self.users[comment.author], comment.body, comment.at)
                for comment in thread.comments
            ],
        )
