"""The life of a project: going live once nothing is missing, pausing, closing with a reason."""

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import func, select, update
from sqlalchemy.orm import Session

from app.accounts.models import Membership, User
from app.accounts.service import notify
from app.accounts.states import NotificationKind, UserState
from app.core import audit
from app.core.actor import Actor, Role
from app.core.db import changed_one
from app.core.errors import IllegalMove, Invalid
from app.projects.models import Project
from app.projects.states import ProjectState, require_move

VERBS = {ProjectState.LIVE: "go_live", ProjectState.PAUSED: "pause", ProjectState.CLOSED: "close"}


@dataclass(frozen=True, slots=True)
class Missing:
    """Something a project needs before work may be handed out, and the page (below the project's) where it is done."""

    sentence: str
    action: str
    page: str


def missing_for_live(session: Session, project: Project) -> list[Missing]:
    """List what the project lacks before it can go live; empty when nothing does."""
    annotators, reviewers, level2 = _people(session, project)
    two = project.review_levels > 1
    needs = [
        (project.guideline_n > 0, Missing("The guideline has no version yet.", "Write it", "guidelines/edit")),
        (project.rubric_n > 0, Missing("The rubric has no criteria yet.", "Write it", "setup/rubric")),
        (annotators > 0, Missing("Nobody annotates yet.", "Bring in an annotator", "people")),
        (reviewers > 0, Missing("Nobody reviews yet.", "Bring in a reviewer", "people")),
        (
            level2 > 0 or not two,
            Missing("Two review levels are set, but no reviewer is of level 2.", "Look at the people", "people"),
        ),
    ]
    return [missing for met, missing in needs if not met]


def _people(session: Session, project: Project) -> tuple[int, int, int]:
    is_reviewer = Membership.role == Role.REVIEWER
    query = (
        select(
            func.count().filter(Membership.role == Role.ANNOTATOR),
            func.count().filter(is_reviewer),
            func.count().filter(is_reviewer, User.level > 1),
        )
        .join(User, User.id == Membership.user_id)
        .where(Membership.project_id == project.id, User.state == UserState.ACTIVE)
    )
    row = session.execute(query).one()
    return row[0], row[1], row[2]


def move_project(
    session: Session, project: Project, new: ProjectState, *, actor: Actor, now: datetime, reason: str = ""
) -> None:
    """Move a project to live, paused or closed; IllegalMove if its state does not allow it or has just changed.

    Invalid when it lacks something to go live, or when it is closed without a reason. Leases and drafts stay as they
    are: closing ends what may be handed in by the rules of those areas, not by deleting anything.
    """
    old = project.state
    require_move(old, new)
    reason = reason.strip()
    if new == ProjectState.CLOSED and not reason:
        raise Invalid("Not closed.", fields={"reason": "Say why; it stays in the audit log and is shown to members."})
    if new == ProjectState.LIVE:
        missing = missing_for_live(session, project)
        if missing:
            raise Invalid("Not live yet: " + " ".join(one.sentence for one in missing), pointer="state")
    move = update(Project).where(Project.id == project.id, Project.state == old)
    if not changed_one(session, move.values(state=new, state_changed_at=now)):
        raise IllegalMove("Somebody else has just changed the state of this project; reload the page.")
    audit.record(
        session,
        f"project.{VERBS[new]}",
        actor=actor,
        at=now,
        kind="project",
        object_id=project.id,
        project_id=project.id,
        moved=(old, new),
        reason=reason or None,
    )
    session.refresh(project)
    if old == ProjectState.DRAFT and new == ProjectState.LIVE:
        _tell_members(session, project, actor=actor, now=now)


def _tell_members(session: Session, project: Project, *, actor: Actor, now: datetime) -> None:
    members = session.scalars(select(Membership.user_id).where(Membership.project_id == project.id).distinct()).all()
    for user_id in members:
        if user_id != actor.user_id:
            sentence = f"{project.name} is live. Read its guideline, then take a task."
            notify(
                session, user_id, NotificationKind.MEMBERSHIP, sentence, f"/projects/{project.slug}/guidelines", now=now
            )
