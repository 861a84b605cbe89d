"""Which pieces their writers have agreed to: the contributor agreement that each has signed, in SQL."""

import hashlib
from typing import Any
from uuid import UUID

from sqlalchemy import ColumnElement, Select, and_, exists, func, or_, select
from sqlalchemy.orm import Session, aliased

from app.datasets.models import Snapshot, SnapshotItem
from app.datasets.schemas.rules import Consent
from app.projects.models import AgreementSignature, AgreementVersion
from app.projects.states import Publication
from app.submissions.models import Revision, Submission

WIDTH = list(Publication)
AUTHOR = aliased(AgreementSignature, name="signed_by_author")
EDITOR = aliased(AgreementSignature, name="signed_by_editor")
"""The signatures that stand, of which a person has one in a project at most: to be joined from outside."""


def allows(version: AgreementVersion, asked: Consent) -> bool:
    """Tell whether the terms of a version allow what a rule asks for."""
    return (
        (version.model_training or not asked.model_training)
        and WIDTH.index(version.publication) >= WIDTH.index(asked.publication)
        and (asked.recipient is None or asked.recipient in version.recipients)
    )


def lacks_consent(session: Session, project_id: UUID, asked: Consent) -> ColumnElement[bool]:
    """Say in SQL that the `Submission` with its `Revision` lacks the consent that is asked for.

    Of its author, and of the reviewer whose edits are in the revision. What a person has signed last, and not
    withdrawn, holds for all their work. Versions are few, so they are compared here; people are looked up once each.
    """
    versions = session.scalars(select(AgreementVersion).where(AgreementVersion.project_id == project_id))
    fitting = [version.id for version in versions if allows(version, asked)]
    agreeing = select(AgreementSignature.user_id).where(
        AgreementSignature.project_id == project_id,
        AgreementSignature.version_id.in_(fitting),
        AgreementSignature.stands(),
    )
    return or_(
        Submission.author_id.not_in(agreeing),
        and_(Revision.edited_by.is_not(None), Revision.edited_by.not_in(agreeing)),
    )


def hold_signatures(session: Session, project_id: UUID) -> None:
    """Keep the signatures of a project as they stand until this transaction ends; who withdraws meanwhile waits."""
    held = select(AgreementSignature.id).where(AgreementSignature.project_id == project_id, AgreementSignature.stands())
    session.scalars(held.with_for_update(read=True)).all()


def consent_of(session: Session, snapshot_id: UUID) -> dict[str, Any]:
    """Count the pieces of a snapshot by what their writers had signed at the cut, with the terms of each version.

    `withdrawn`: of the pieces whose author has signed nothing that stands, how many are of somebody who withdrew.
    """
    here = SnapshotItem.snapshot_id == snapshot_id
    authors = _counts(session, SnapshotItem.agreement_id, here)
    edited = select(SnapshotItem.editor_agreement_id, func.count()).join(
        Revision, Revision.id == SnapshotItem.revision_id
    )
    by_editor = edited.where(here, Revision.edited_by.is_not(None)).group_by(SnapshotItem.editor_agreement_id)
    editors = {row[0]: row[1] for row in session.execute(by_editor)}
    signed = {*authors, *editors} - {None}
    versions = session.scalars(
        select(AgreementVersion).where(AgreementVersion.id.in_(signed)).order_by(AgreementVersion.n)
    )
    told = [_told(one) | {"pieces": authors.get(one.id, 0), "edits": editors.get(one.id, 0)} for one in versions]
    return {
        "agreements": told,
        "unsigned": authors.get(None, 0),
        "withdrawn": (session.scalar(_withdrawn(snapshot_id)) or 0) if None in authors else 0,
        "edits_unsigned": editors.get(None, 0),
    }


def _counts(session: Session, column: Any, *where: Any) -> dict[UUID | None, int]:
    return {row[0]: row[1] for row in session.execute(select(column, func.count()).where(*where).group_by(column))}


def _told(version: AgreementVersion) -> dict[str, Any]:
    return {
        "agreement": str(version.id),
        "version": version.n,
        "text_sha256": hashlib.sha256(version.body.encode()).hexdigest(),
        "funder": version.funder,
        "recipients": version.recipients,
        "publication": version.publication.value,
        "model_training": version.model_training,
        "attribution": version.attribution.value,
        "rights": version.rights,
        "pay": version.pay,
    }


def _withdrawn(snapshot_id: UUID) -> Select[int]:
    """Count pieces without a signature whose author had taken one back by the cut."""
    taken_back = exists().where(
        AgreementSignature.user_id == Submission.author_id,
        AgreementSignature.project_id == Submission.project_id,
        AgreementSignature.withdrawn_at <= Snapshot.cut_at,
    )
    query = (
        select(func.count())
        .select_from(SnapshotItem)
        .join(Submission, Submission.id == SnapshotItem.submission_id)
        .join(Snapshot, Snapshot.id == SnapshotItem.snapshot_id)
    )
    return query.where(SnapshotItem.snapshot_id == snapshot_id, SnapshotItem.agreement_id.is_(None), taken_back)


def stands_for(signature: type[AgreementSignature], person: Any, project_id: UUID) -> ColumnElement[bool]:
    """Say in SQL that `signature` is the one of `person` that stands in a project."""
    return and_(signature.user_id == person, signature.project_id == project_id, signature.stands())
