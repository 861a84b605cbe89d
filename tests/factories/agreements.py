"""Contributor agreements and signatures, stored as they are after publishing and signing."""

from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import update
from sqlalchemy.orm import Session

from app.projects.models import AgreementSignature, AgreementVersion, Project
from app.projects.states import Attribution, Publication
from tests.cast import NOW, Place

TERMS: dict[str, Any] = {
    "funder": "The Quiet Foundation",
    "recipients": ["internal", "research"],
    "publication": "gated",
    "model_training": True,
    "attribution": "pseudonym",
    "rights": "A licence without limit of time, not exclusive.",
    "pay": "40 EUR an hour.",
}
WORDING: dict[str, Any] = {
    "body": "## A-1 What we do with it\n\nWe train models.\n",
    "plain": "We train models on what you write, and pay you by the hour.",
    "summary": "",
}


def an_agreement(session: Session, place: Place | Project, *, by: UUID, **facts: Any) -> AgreementVersion:
    """Store a version and put it in force; `facts` are terms, texts and the number (1)."""
    values = TERMS | WORDING | {"n": 1} | facts
    values["publication"] = Publication(values["publication"])
    values["attribution"] = Attribution(values["attribution"])
    version = AgreementVersion(project_id=place.id, created_by=by, created_at=NOW, **values)
    session.add(version)
    session.execute(update(Project).where(Project.id == place.id).values(agreement_n=values["n"]))
    session.flush()  # signatures refer to it
    return version


def a_signature(
    session: Session,
    version: AgreementVersion,
    user_id: UUID,
    *,
    at: datetime = NOW,
    replaced_at: datetime | None = None,
    withdrawn_at: datetime | None = None,
) -> None:
    """Let somebody have signed a version."""
    session.add(
        AgreementSignature(
            version_id=version.id,
            project_id=version.project_id,
            user_id=user_id,
            signed_at=at,
            replaced_at=replaced_at,
            withdrawn_at=withdrawn_at,
        )
    )
    session.flush()  # rules are asked of the database
