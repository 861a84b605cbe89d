"""The workspace of one piece of work: all that its page and its editor show, read in one go."""

import base64
import hmac
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.orm import Session

from app.assignments.models import Assignment
from app.assignments.service.leases import LEASE_LOST
from app.assignments.states import RESUMABLE, AssignmentState
from app.core.actor import Actor
from app.projects.models import Project, RubricVersion
from app.projects.policy import ACCEPTS_WRITING
from app.submissions import queries
from app.submissions.activities.kind import Kind
from app.submissions.activities.registry import KINDS
from app.submissions.models import Submission
from app.submissions.schemas import (
    ActivityView,
    AttachmentView,
    ConflictView,
    CriterionView,
    EditorLimits,
    EditorState,
    EditorUrls,
    ProjectView,
    StepTypeView,
    TaskView,
)
from app.submissions.service.checking import Brief, check, count, in_order
from app.submissions.service.drafting import head_of
from app.submissions.service.offering import checks_view
from app.submissions.service.reading import read_content
from app.submissions.service.telling import machine_findings, read_told
from app.submissions.service.timing import worked_time
from app.submissions.states import EDITABLE, StepType, SubmissionState
from app.tasks.models import Task
from app.tasks.policy import HANDED_OUT
from app.tasks.states import TaskState

STEP_TYPES = [
    StepTypeView(type=StepType.UNDERSTAND, name="Understand", key="U"),
    StepTypeView(type=StepType.PLAN, name="Plan", key="P"),
    StepTypeView(type=StepType.ASSUMPTION, name="Assumption", key="A"),
    StepTypeView(type=StepType.WORK, name="Work", key="W"),
    StepTypeView(type=StepType.INSIGHT, name="Insight", key="I"),
    StepTypeView(type=StepType.CHECK, name="Check", key="K"),
    StepTypeView(type=StepType.DEAD_END, name="Dead end", key="D"),
    StepTypeView(type=StepType.BACKTRACK, name="Backtrack", key="B"),
    StepTypeView(type=StepType.CORRECTION, name="Correction", key="C"),
    StepTypeView(type=StepType.CONCLUSION, name="Conclusion", key="F"),
]
UNWORKABLE = HANDED_OUT - {TaskState.OPEN, TaskState.FILLED}


def _activity_view(kind: Kind) -> ActivityView:
    return ActivityView(
        key=kind.activity,
        name=kind.name,
        parts=list(kind.parts),
        languages=[list(pair) for pair in kind.languages],
        answer_label=kind.answer_label,
    )


def _measures(session: Session, submission_id: UUID, document: dict[str, Any]) -> dict[str, Any]:
    words, tokens = count(document)
    worked = worked_time(session, submission_id)
    return {
        "words": words,
        "tokens": tokens,
        "active_seconds": worked.active_seconds,
        "on_paper_seconds": worked.on_paper_seconds,
    }


def _checks(
    session: Session, submission: Submission, task: Task, project: Project, document: dict[str, Any], *, now: datetime
) -> dict[str, Any]:
    brief = Brief(submission.activity, unit_expected=task.unit_expected, language=project.content_language)
    told = read_told(session, submission.id, task.answer_spec, tells_check=project.tells_check)
    said = machine_findings(session, told, document, now=now)
    return {
        "findings": in_order([*check(document, brief), *said]),
        "checks": checks_view(session, KINDS[submission.activity], told, document, now=now),
    }


def open_workspace(
    session: Session, actor: Actor, submission: Submission, *, journal_key: bytes | None, now: datetime
) -> EditorState:
    """Read everything the editor of the actor's own work needs.

    `journal_key` is the installation's key from which this person's is derived; None for a token, which keeps nothing.
    """
    task, project, assignment, rubric = _around(session, submission)
    head = head_of(session, submission.id)
    kind = KINDS[submission.activity]
    content = read_content(head.content) if head.content is not None else kind.fresh(task.starter_code)
    why_not = why_not_editable(submission, assignment, project)
    urls = urls_of(submission.id, task.id, project.slug)
    document = content.model_dump(mode="json")
    return EditorState(
        submission_id=submission.id,
        state=submission.state,
        can_edit=why_not is None,
        why_not=why_not,
        can_resume=submission.state == SubmissionState.DRAFT and assignment.state in RESUMABLE,
        project=_project_view(project),
        task=_task_view(session, task, actor.user_id),
        activity=_activity_view(kind),
        step_types=STEP_TYPES,
        rubric=_criteria(rubric),
        content=document,
        form_version=submission.form_version,
        draft_n=head.n,
        draft_sha256=head.sha256,
        saved_at=head.saved_at,
        revision_n=submission.revision_n,
        fencing=assignment.fencing,
        lease_expires_at=assignment.lease_expires_at,
        server_time=now,
        **_measures(session, submission.id, document),
        **_checks(session, submission, task, project, document, now=now),
        conflicts=_conflicts(session, submission.id),
        urls=urls,
        issues_url=urls.threads,
        limits=EditorLimits(),
        journal_key=derive_journal_key(journal_key, actor.user_id) if journal_key else "",
    )


def why_not_editable(submission: Submission, assignment: Assignment, project: Project) -> str | None:
    """Say in a sentence why the work cannot be edited now; None when it can."""
    state = submission.state
    if state not in EDITABLE:
        sentences = {
            SubmissionState.APPROVED: "This work was approved.",
            SubmissionState.REJECTED: "This work was not accepted; the reasons stand with its review.",
            SubmissionState.GAVE_UP: "You gave this task up; what you wrote is kept.",
            SubmissionState.WITHDRAWN: "This work was withdrawn; what you wrote is kept.",
            SubmissionState.QUARANTINED: "A manager holds this work until somebody has looked into it.",
        }
        return sentences.get(state, "This was handed in and waits for its review.")
    if project.state not in ACCEPTS_WRITING:
        return "The project is closed; what you wrote is kept."
    if state == SubmissionState.RETURNED:
        return None if assignment.state == AssignmentState.SUBMITTED else LEASE_LOST
    if assignment.state == AssignmentState.ACTIVE:
        return None
    if assignment.state == AssignmentState.SKIPPED:
        return "You put this task aside; what you wrote is kept."
    return "Your lease has ended; what you wrote is kept. Resume the task to go on, while it has a free place."


def urls_of(submission_id: UUID, task_id: UUID, slug: str) -> EditorUrls:
    """Write down every address the editor speaks to."""
    page, api = f"/work/{submission_id}", f"/api/v1/work/{submission_id}"
    return EditorUrls(
        page=page,
        work=api,
        draft=f"{api}/draft",
        submit=f"{api}/submit",
        heartbeat=f"{api}/heartbeat",
        history=f"{api}/history",
        saves=f"{api}/saves",
        conflicts=f"{api}/conflicts",
        attachments=f"/api/v1/tasks/{task_id}/attachments",
        threads=f"{api}/threads",
        runs=f"{api}/runs",
        check=f"{api}/check",
        told=f"{api}/told",
        review_and_submit=f"{page}/review-and-submit",
        history_page=f"{page}/history",
        guideline=f"/projects/{slug}/guidelines",
        skip=f"{page}/skip",
        broken=f"{page}/broken",
        outside_field=f"{page}/outside-field",
        give_up=f"{page}/give-up",
        release=f"{page}/release",
        resume=f"{page}/resume",
        next=f"/projects/{slug}/next",
        my_work="/work",
    )


def derive_journal_key(key: bytes, user_id: UUID) -> str:
    """Derive the key with which a person's device encrypts what it keeps: HMAC-SHA-256 of the person, base64url."""
    digest = hmac.new(key, b"journal:" + user_id.bytes, "sha256").digest()
    return base64.urlsafe_b64encode(digest).decode().rstrip("=")


def _around(session: Session, submission: Submission) -> tuple[Task, Project, Assignment, RubricVersion | None]:
    row = session.execute(
        select(Task, Project, Assignment, RubricVersion)
        .join(Project, Project.id == Task.project_id)
        .join(Assignment, Assignment.id == submission.assignment_id)
        .outerjoin(RubricVersion, (RubricVersion.project_id == Project.id) & (RubricVersion.n == Project.rubric_n))
        .where(Task.id == submission.task_id)
    ).one()
    return row[0], row[1], row[2], row[3]


def _project_view(project: Project) -> ProjectView:
    return ProjectView(
        id=project.id,
        slug=project.slug,
        name=project.name,
        guideline_url=f"/projects/{project.slug}/guidelines",
        guideline_n=project.guideline_n,
        tool_policy=project.tool_policy,
        content_language=project.content_language,
        tracks_time=project.tracks_time,
        lease_hours=project.lease_hours,
    )


def _task_view(session: Session, task: Task, author_id: UUID) -> TaskView:
    attachments = [
        AttachmentView(
            id=found.id,
            url=f"/attachments/{found.id}",
            alt=found.alt,
            media_type=found.media_type,
            size_bytes=found.size_bytes,
            width=found.width,
            height=found.height,
            is_own=found.owner_id is not None,
        )
        for found in queries.attachments_of(session, task.id, author_id)
    ]
    return TaskView(
        id=task.id,
        number=task.number,
        name=f"Task {task.number}",
        title=task.title,
        activity=task.activity,
        version=task.version,
        statement=task.statement,
        assumptions=task.assumptions,
        answer_expected=task.answer_expected,
        unit_expected=task.unit_expected,
        starter_code=task.starter_code,
        language=task.language,
        domain=task.domain,
        skill=task.skill,
        difficulty=task.difficulty,
        attachments=attachments,
        is_workable=task.state not in UNWORKABLE,
    )


def _criteria(rubric: RubricVersion | None) -> list[CriterionView]:
    criteria = rubric.criteria if rubric is not None else []
    return [CriterionView(id=one["id"], name=one["name"], question=one["question"]) for one in criteria]


def _conflicts(session: Session, submission_id: UUID) -> list[ConflictView]:
    return [
        ConflictView(id=c.id, base_n=c.base_n, head_n=c.head_n, sha256=c.sha256, created_at=c.created_at)
        for c in queries.conflicts_of(session, submission_id, open_only=True)
    ]
