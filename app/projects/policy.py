"""Who may see a project, run it, write in it, judge in it; pure rules over an actor and a loaded project."""

from typing import TYPE_CHECKING

from app.core.actor import Actor, Role
from app.projects.states import ProjectState

if TYPE_CHECKING:
    from app.projects.models import Project

SETS_UP = frozenset({ProjectState.DRAFT})
ACCEPTS_WRITING = frozenset({ProjectState.LIVE, ProjectState.PAUSED})
"""States in which begun work may be finished and judged."""


def can_create_project(actor: Actor) -> bool:
    """Allow admins and whoever already runs a project; a token bound to one project makes no others."""
    if actor.token_project_id is not None:
        return False
    return actor.is_admin or bool(actor.projects_as(Role.MANAGER))


def can_view_project(actor: Actor, project: "Project") -> bool:
    """Its members and admins; while it is a draft only those who set it up."""
    if can_manage_project(actor, project):
        return True
    return actor.is_in(project.id) and project.state not in SETS_UP


def can_manage_project(actor: Actor, project: "Project") -> bool:
    """Its managers, and admins of the installation."""
    return actor.is_admin or actor.has(Role.MANAGER, project.id)


def can_annotate(actor: Actor, project: "Project") -> bool:
    """Its annotators, once it has left the draft; what is handed out now is `can_work_now`'s question."""
    return actor.has(Role.ANNOTATOR, project.id) and can_view_project(actor, project)


def can_review(actor: Actor, project: "Project") -> bool:
    """Its reviewers, once it has left the draft; never an admin who is no member."""
    return actor.has(Role.REVIEWER, project.id) and can_view_project(actor, project)


def is_blinded(actor: Actor, project: "Project") -> bool:
    """Tell whether names are kept from the actor: from authors and reviewers of a blind project, managers or not."""
    if not project.is_blind:
        return False
    works = actor.has(Role.REVIEWER, project.id) or actor.has(Role.ANNOTATOR, project.id)
    return works or not can_manage_project(actor, project)


def can_read_guideline(actor: Actor, project: "Project") -> bool:
    """Everybody who may know of the project."""
    return can_view_project(actor, project)


def can_acknowledge(actor: Actor, project: "Project") -> bool:
    """Allow members, where there is a guideline to acknowledge."""
    return actor.is_in(project.id) and can_view_project(actor, project) and project.guideline_n > 0


def can_sign(actor: Actor, project: "Project") -> bool:
    """Allow members, where the project has an agreement."""
    return actor.is_in(project.id) and can_view_project(actor, project) and project.agreement_n > 0


def can_work_now(actor: Actor, project: "Project", *, acknowledged: bool, signed: bool) -> bool:
    """Allow annotators of a live project who have read its guideline (`acknowledged`) and `signed` its agreement."""
    return why_no_work(actor, project, acknowledged=acknowledged, signed=signed) is None


def why_no_work(actor: Actor, project: "Project", *, acknowledged: bool, signed: bool) -> str | None:
    """Say in a sentence why the actor gets no task of this project now, or None when they may.

    `acknowledged`: the guideline in force. `signed`: that of the agreement, if it has one.
    """
    if not can_annotate(actor, project):
        return "You are no annotator in this project; ask one of its managers for the role."
    if project.state == ProjectState.PAUSED:
        return "The project is paused: drafts can be finished, but nothing new is handed out."
    if project.state != ProjectState.LIVE:
        return "The project is closed; nothing is handed out any more."
    return _why_not_yet(project, acknowledged=acknowledged, signed=signed)


def _why_not_yet(project: "Project", *, acknowledged: bool, signed: bool) -> str | None:
    if project.guideline_n == 0:
        return "The project has no guideline yet; its managers write one before work begins."
    if not acknowledged:
        return f"Read version {project.guideline_n} of the guideline and acknowledge it first."
    if project.agreement_n > 0 and not signed:
        return f"Read version {project.agreement_n} of the contributor agreement and sign it first."
    return None
