"""What pages of a project show beside their own matter: the tabs, the guideline and the rubric in force."""

from collections.abc import Callable
from dataclasses import dataclass
from uuid import UUID

from sqlalchemy import ColumnElement, ScalarSelect, func, literal, select
from sqlalchemy.orm import Session

from app.accounts.models import Membership
from app.core.actor import Actor, Role
from app.core.db import Base
from app.projects.models import GuidelineAcknowledgement, GuidelineVersion, Project, RubricVersion
from app.projects.policy import can_manage_project

COUNT_MAX = 10_000
"""Tabs count no further, so that they cost the same in a project of any size."""
TabCount = Callable[[UUID], ScalarSelect[int]]
TAB_COUNTS: dict[str, TabCount] = {}
"""Counts of what lies downstream (tasks, reviews, datasets), by tab; downstream areas put theirs in."""


@dataclass(frozen=True, slots=True)
class Tab:
    """One tab of a project's pages."""

    key: str
    name: str
    url: str
    count: int | str | None
    current: bool


def project_tabs(session: Session, actor: Actor, project: Project, *, current: str) -> list[Tab]:
    """List the tabs the actor may open, with counts, in one query; `current` is the key of the page's own tab."""
    keys = _tab_keys(actor, project)
    counts = _tab_counts(session, project, keys)
    here = f"/projects/{project.slug}"
    return [
        Tab(key, name, here if key == "overview" else f"{here}/{key}", counts.get(key), key == current)
        for key, name in keys.items()
    ]


def _tab_keys(actor: Actor, project: Project) -> dict[str, str]:
    manages = can_manage_project(actor, project)
    reviews = manages or actor.has(Role.REVIEWER, project.id)
    tabs = {
        "overview": ("Overview", True),
        "tasks": ("Tasks", manages),
        "reviews": ("Reviews", reviews),
        "people": ("People", manages),
        "datasets": ("Datasets", manages),
        "guidelines": ("Guidelines", True),
        "setup": ("Setup", manages),
    }
    return {key: name for key, (name, shown) in tabs.items() if shown}


def _tab_counts(session: Session, project: Project, keys: dict[str, str]) -> dict[str, int | str | None]:
    wanted = {key: build(project.id) for key, build in TAB_COUNTS.items() if key in keys}
    if "people" in keys:
        people = select(func.count(Membership.user_id.distinct())).where(Membership.project_id == project.id)
        wanted["people"] = people.scalar_subquery()
    counts: dict[str, int | str | None] = {"guidelines": f"v{project.guideline_n}" if project.guideline_n else None}
    if wanted:
        row = session.execute(select(*[query.label(key) for key, query in wanted.items()])).one()
        for key, value in zip(wanted, row, strict=True):
            counts[key] = f"{COUNT_MAX:,}+" if value > COUNT_MAX else value
    return counts


def count_up_to(model: type[Base], *where: ColumnElement[bool]) -> ScalarSelect[int]:
    """Build a count of rows that stops just beyond `COUNT_MAX`."""
    some = select(literal(1).label("one")).select_from(model).where(*where).limit(COUNT_MAX + 1).subquery()
    return select(func.count()).select_from(some).scalar_subquery()


def current_guideline(session: Session, project: Project) -> GuidelineVersion | None:
    """Return the wording of the guideline in force, or None before the first."""
    query = select(GuidelineVersion)
    return session.scalars(
        query.where(GuidelineVersion.project_id == project.id, GuidelineVersion.n == project.guideline_n)
    ).first()


def current_rubric(session: Session, project: Project) -> RubricVersion | None:
    """Return the rubric in force, or None before the first."""
    query = select(RubricVersion).where(RubricVersion.project_id == project.id, RubricVersion.n == project.rubric_n)
    return session.scalars(query).first()


def has_acknowledged(session: Session, actor: Actor, project: Project) -> bool:
    """Tell whether the actor has acknowledged the guideline in force; False while there is none."""
    key = {"user_id": actor.user_id, "project_id": project.id, "n": project.guideline_n}
    return session.get(GuidelineAcknowledgement, key) is not None
