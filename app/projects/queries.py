"""What pages of a project show beside their own matter: the tabs, the guideline and the rubric in force."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime
from itertools import groupby
from typing import Any
from uuid import UUID

from sqlalchemy import ColumnElement, ScalarSelect, func, literal, select
from sqlalchemy.orm import Session, aliased

from app.accounts.models import Membership, OneTimeLink, User
from app.accounts.states import LinkPurpose, UserState
from app.core.actor import Actor, Role
from app.core.audit import Event
from app.core.db import Base
from app.projects.models import (
    AgreementSignature,
    AgreementVersion,
    GuidelineAcknowledgement,
    GuidelineVersion,
    Project,
    RubricVersion,
)
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
        "datasets": ("Datasets", actor.has(Role.MANAGER, project.id)),
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


def current_agreement(session: Session, project: Project) -> AgreementVersion | None:
    """Return the agreement in force, or None where the project asks for none."""
    query = select(AgreementVersion)
    return session.scalars(
        query.where(AgreementVersion.project_id == project.id, AgreementVersion.n == project.agreement_n)
    ).first()


def standing_signature(session: Session, project: Project, user_id: UUID) -> AgreementSignature | None:
    """Return the one signature of a person that stands in a project, or None; it may be of an older version."""
    mine = (AgreementSignature.project_id == project.id, AgreementSignature.user_id == user_id)
    return session.scalars(select(AgreementSignature).where(*mine, AgreementSignature.stands())).first()


def signed_in_force(user_id: Any) -> ScalarSelect[datetime]:
    """Say in SQL when somebody signed the agreement in force of the `Project` around it; NULL when they have not."""
    signed = (
        select(AgreementSignature.signed_at)
        .join(AgreementVersion, AgreementVersion.id == AgreementSignature.version_id)
        .where(
            AgreementSignature.project_id == Project.id,
            AgreementSignature.user_id == user_id,
            AgreementSignature.stands(),
            AgreementVersion.n == Project.agreement_n,
        )
    )
    return signed.correlate(Project).scalar_subquery()


def has_signed(session: Session, actor: Actor, project: Project) -> bool:
    """Tell whether the actor has signed the agreement in force; False while there is none."""
    return session.scalar(select(signed_in_force(actor.user_id)).where(Project.id == project.id)) is not None


def agreements_of(session: Session, project: Project) -> list[tuple[AgreementVersion, str]]:
    """List all versions of the agreement with who published them, newest first."""
    query = select(AgreementVersion, User.name).join(User, User.id == AgreementVersion.created_by)
    rows = session.execute(
        query.where(AgreementVersion.project_id == project.id).order_by(AgreementVersion.n.desc())
    ).all()
    return [(row[0], row[1]) for row in rows]


@dataclass(frozen=True, slots=True)
class Signer:
    """How a member, or somebody who was one, stands to the agreement."""

    user_id: UUID
    name: str
    n: int | None
    """version whose signature stands; None: none does"""
    signed_at: datetime | None
    withdrawn_at: datetime | None
    """when they withdrew last, if nothing was signed since"""


def signers_of(session: Session, project: Project) -> list[Signer]:
    """List members and all who ever signed, by name, with the signature that stands, in one query."""
    held = AgreementSignature
    of_project = held.project_id == project.id
    members = select(Membership.user_id).where(Membership.project_id == project.id)
    people = members.union(select(held.user_id).where(of_project)).subquery()
    ended = aliased(AgreementSignature)
    last = select(func.max(ended.withdrawn_at)).where(ended.project_id == project.id, ended.user_id == User.id)
    withdrawn = last.correlate(User).scalar_subquery()
    rows = session.execute(
        select(User.id, User.name, AgreementVersion.n, held.signed_at, withdrawn)
        .join(people, people.c.user_id == User.id)
        .outerjoin(held, (held.user_id == User.id) & of_project & held.stands())
        .outerjoin(AgreementVersion, AgreementVersion.id == held.version_id)
        .order_by(func.lower(User.name), User.id)
    ).all()
    return [Signer(*row[:4], None if row[2] else row[4]) for row in rows]


def versions_of(session: Session, project: Project) -> list[tuple[GuidelineVersion, str]]:
    """List all versions of the guideline with who published them, newest first."""
    query = select(GuidelineVersion, User.name).join(User, User.id == GuidelineVersion.created_by)
    rows = session.execute(
        query.where(GuidelineVersion.project_id == project.id).order_by(GuidelineVersion.n.desc())
    ).all()
    return [(row[0], row[1]) for row in rows]


def last_acknowledged(session: Session, actor: Actor, project: Project) -> int | None:
    """Return the newest version the actor has acknowledged, or None."""
    held = GuidelineAcknowledgement
    query = select(func.max(held.n)).where(held.project_id == project.id, held.user_id == actor.user_id)
    return session.scalar(query)


def acknowledged_by(session: Session, project: Project) -> tuple[int, int]:
    """Count (members who acknowledged the version in force, members)."""
    held = GuidelineAcknowledgement
    members = select(Membership.user_id.label("id")).where(Membership.project_id == project.id).distinct().subquery()
    here = (held.user_id == members.c.id) & (held.project_id == project.id) & (held.n == project.guideline_n)
    query = select(func.count(held.user_id), func.count()).select_from(members.outerjoin(held, here))
    row = session.execute(query).one()
    return row[0], row[1]


@dataclass(frozen=True, slots=True)
class Member:
    """Somebody of a project, as its managers see them."""

    user_id: UUID
    name: str
    email: str
    is_active: bool
    level: int
    roles: tuple[Role, ...]
    since: datetime
    has_acknowledged: bool
    last_act_at: datetime | None
    """their last recorded act in this project"""


def members_of(session: Session, project: Project) -> list[Member]:
    """List the members by name, with their roles and last act in the project, in one query."""
    held = GuidelineAcknowledgement
    last_act = (
        select(Event.at)
        .where(Event.actor_id == User.id, Event.project_id == project.id)
        .order_by(Event.at.desc())
        .limit(1)
        .correlate(User)
        .scalar_subquery()
    )
    here = (held.user_id == User.id) & (held.project_id == project.id) & (held.n == project.guideline_n)
    rows = session.execute(
        select(User, Membership.role, Membership.created_at, held.n, last_act)
        .join(Membership, Membership.user_id == User.id)
        .outerjoin(held, here)
        .where(Membership.project_id == project.id)
        .order_by(func.lower(User.name), User.id, Membership.role)
    ).all()
    members: list[Member] = []
    for user_id, group in groupby(rows, key=lambda row: row[0].id):
        mine = list(group)
        user = mine[0][0]
        members.append(
            Member(
                user_id=user_id,
                name=user.name,
                email=user.email,
                is_active=user.state == UserState.ACTIVE,
                level=user.level,
                roles=tuple(row[1] for row in mine),
                since=min(row[2] for row in mine),
                has_acknowledged=mine[0][3] is not None,
                last_act_at=mine[0][4],
            )
        )
    return members


def open_invitations(session: Session, project: Project, *, now: datetime) -> Sequence[OneTimeLink]:
    """List the invitations into a project that still wait, newest first; at most 200."""
    query = select(OneTimeLink).where(
        OneTimeLink.project_id == project.id,
        OneTimeLink.purpose == LinkPurpose.INVITATION,
        OneTimeLink.used_at.is_(None),
        OneTimeLink.revoked_at.is_(None),
        OneTimeLink.expires_at > now,
    )
    return session.scalars(query.order_by(OneTimeLink.created_at.desc(), OneTimeLink.id).limit(200)).all()
