"""Contributor agreements that come back with work: their terms, and who had signed them."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass
from datetime import datetime
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.orm import Session

from app.projects.models import AgreementSignature, AgreementVersion
from app.projects.states import Attribution, Publication

NOT_HERE = "It came with a native export, which does not hold it; it stands in the installation where it was signed."


@dataclass(frozen=True, slots=True)
class RestoredAgreement:
    """What a native export tells of a version."""

    id: UUID
    n: int
    funder: str
    recipients: list[str]
    publication: Publication
    model_training: bool
    attribution: Attribution


def clashing_agreements(session: Session, project_id: UUID, numbers: Mapping[UUID, int]) -> Iterator[tuple[UUID, str]]:
    """Yield (version, why) for those that cannot come into a project; `numbers`: version → its number.

    A version that the project has already, under its number, is no clash: it is the same.
    """
    columns = (AgreementVersion.id, AgreementVersion.project_id, AgreementVersion.n)
    for version_id, place, n in session.execute(select(*columns).where(AgreementVersion.id.in_(list(numbers)))):
        if (place, n) != (project_id, numbers[version_id]):
            yield version_id, "This agreement is here already, in another project or under another number."
    wanted = {n: version_id for version_id, n in numbers.items()}
    here = select(*columns).where(AgreementVersion.project_id == project_id, AgreementVersion.n.in_(list(wanted)))
    for version_id, _, n in session.execute(here):
        if version_id != wanted[n]:
            yield wanted[n], f"The project has another version {n} of its contributor agreement."


def restore_agreements(
    session: Session,
    project_id: UUID,
    versions: Sequence[RestoredAgreement],
    signed: Mapping[UUID, UUID],
    *,
    by: UUID,
    now: datetime,
) -> None:
    """Store versions that are not here yet, and signatures; `signed`: user → version. None of it is put in force.

    Whoever has a signature in the project that stands keeps that one: a person has one for all their work.
    """
    known = set(session.scalars(select(AgreementVersion.id).where(AgreementVersion.project_id == project_id)))
    texts = {"body": NOT_HERE, "plain": NOT_HERE, "rights": NOT_HERE, "pay": NOT_HERE, "summary": ""}
    session.add_all(
        AgreementVersion(project_id=project_id, created_by=by, created_at=now, **texts, **asdict(one))
        for one in versions
        if one.id not in known
    )
    session.flush()  # signatures refer to them
    standing = select(AgreementSignature.user_id).where(
        AgreementSignature.project_id == project_id, AgreementSignature.stands()
    )
    here = set(session.scalars(standing))
    session.add_all(
        AgreementSignature(version_id=version_id, project_id=project_id, user_id=user_id, signed_at=now)
        for user_id, version_id in signed.items()
        if user_id not in here
    )
    session.flush()  # rules are asked of the database
