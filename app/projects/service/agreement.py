"""The contributor agreement's life: published in numbered versions, signed by each member, and withdrawn again."""

from datetime import datetime

from sqlalchemy import func, select, update
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from app.accounts.models import Membership
from app.accounts.service import notify
from app.accounts.states import NotificationKind
from app.core import audit
from app.core.actor import Actor
from app.core.db import changed_one
from app.core.errors import Conflict, Invalid
from app.projects.models import AgreementSignature, AgreementVersion, Project
from app.projects.queries import current_agreement, standing_signature
from app.projects.schemas.agreement import AgreementIn
from app.projects.service.terms import changed_terms
from app.projects.states import ProjectState


def publish_agreement(
    session: Session, project: Project, data: AgreementIn, *, actor: Actor, now: datetime
) -> AgreementVersion:
    """Put a new version in force; from now on nobody gets a task, or hands one in, before they have signed it.

    Of two managers who edited the same version one wins; the other gets Conflict, and the page keeps their text.
    Invalid when nothing changed or the change has no summary. Earlier signatures stand until each person signs anew.
    """
    _check_change(session, project, data)
    known = select(func.max(AgreementVersion.n)).where(AgreementVersion.project_id == project.id)
    n = (session.scalar(known) or 0) + 1  # not based_on + 1: versions that came with a native export have numbers too
    move = update(Project).where(Project.id == project.id, Project.agreement_n == data.based_on)
    if not changed_one(session, move.values(agreement_n=n)):
        raise Conflict(
            "Somebody else has published a version since you began. Yours is not published; compare the two below.",
            details={"based_on": data.based_on},
        )
    terms = data.model_dump(mode="python", exclude={"based_on", "recipients"})
    version = AgreementVersion(
        project_id=project.id,
        n=n,
        recipients=[str(one) for one in data.recipients],
        **terms,
        created_by=actor.user_id,
        created_at=now,
    )
    session.add(version)
    audit.record(
        session,
        "agreement.publish",
        actor=actor,
        at=now,
        kind="agreement",
        object_id=project.id,
        project_id=project.id,
        reason=data.summary or None,
        n=n,
    )
    if project.state != ProjectState.DRAFT:
        _tell_members(session, project, n, actor=actor, now=now)
    session.refresh(project)
    return version


def _check_change(session: Session, project: Project, data: AgreementIn) -> None:
    old = current_agreement(session, project)
    if old is None or old.n != data.based_on:
        return
    if not data.summary:
        raise Invalid("Not published.", fields={"summary": "Say in a sentence what changed; all members will read it."})
    if (old.body, old.plain) == (data.body, data.plain) and not changed_terms(old, data):
        raise Invalid("Not published.", fields={"body": "Nothing has changed since the version in force."})


def _tell_members(session: Session, project: Project, n: int, *, actor: Actor, now: datetime) -> None:
    members = session.scalars(select(Membership.user_id).where(Membership.project_id == project.id).distinct()).all()
    sentence = f"{project.name}: version {n} of the contributor agreement waits for you to read and sign it."
    for user_id in members:
        if user_id != actor.user_id:
            notify(
                session,
                user_id,
                NotificationKind.AGREEMENT,
                sentence,
                f"/projects/{project.slug}/agreement",
                now=now,
                dedup_key=f"agreement:{project.id}:{n}:{user_id}",
            )


def sign_agreement(session: Session, project: Project, n: int, *, actor: Actor, now: datetime) -> None:
    """Sign version `n`, which must be the one in force; it replaces what was signed before, for all of one's work.

    Signing again changes nothing.
    """
    version = current_agreement(session, project)
    if version is None or n != version.n:
        raise Conflict(
            f"Version {project.agreement_n} has been published in the meantime; read that one.",
            details={"in_force": project.agreement_n},
        )
    old = standing_signature(session, project, actor.user_id)
    if old is not None and old.version_id == version.id:
        return
    if old is not None:
        _end(session, old, replaced_at=now)
    try:
        with session.begin_nested():
            session.add(
                AgreementSignature(version_id=version.id, project_id=project.id, user_id=actor.user_id, signed_at=now)
            )
    except IntegrityError as error:
        raise Conflict("You have just signed in another window; reload the page.") from error
    audit.record(
        session,
        "agreement.sign",
        actor=actor,
        at=now,
        kind="agreement",
        object_id=version.id,
        project_id=project.id,
        n=n,
        by="token" if actor.scopes is not None else "page",
    )


def withdraw_signature(session: Session, project: Project, *, actor: Actor, now: datetime) -> None:
    """Take one's consent back: no new tasks, and no later snapshot that asks for consent takes one's work.

    What is frozen stays. Conflict when no signature of the actor stands.
    """
    old = standing_signature(session, project, actor.user_id)
    if old is None:
        raise Conflict("No signature of yours stands in this project; there is nothing to withdraw.")
    _end(session, old, withdrawn_at=now)
    audit.record(
        session,
        "agreement.withdraw",
        actor=actor,
        at=now,
        kind="agreement",
        object_id=old.version_id,
        project_id=project.id,
    )


def _end(session: Session, signature: AgreementSignature, **how: datetime) -> None:
    ended = update(AgreementSignature).where(AgreementSignature.id == signature.id, AgreementSignature.stands())
    if not changed_one(session, ended.values(how)):
        raise Conflict("Your signature was just changed in another window; reload the page.")
    session.expire(signature)
