"""What the lines of a native export say of consent: that it fits together, and how it comes back."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from uuid import UUID

from sqlalchemy.orm import Session

from app.core.actor import Actor
from app.exports.schemas.native import NativeAgreement, NativeRecord
from app.projects.models import Project
from app.projects.service.restoring import RestoredAgreement, clashing_agreements, restore_agreements


@dataclass(slots=True)
class Consents:
    """The versions that lines name, and which one each person had signed: one cut knows one a person."""

    versions: dict[UUID, NativeAgreement] = field(default_factory=dict)
    lines: dict[UUID, int] = field(default_factory=dict)
    """version → the line that named it first"""
    numbers: dict[int, UUID] = field(default_factory=dict)
    people: dict[UUID, UUID | None] = field(default_factory=dict)
    """pseudonym → version, None for nothing signed"""

    def note(self, line: int, record: NativeRecord) -> Iterator[tuple[str, str]]:
        """Take in what a line says; yields (place, what is wrong) for what does not fit with the lines before."""
        yield from self._signed(line, "consent.author", record.author, record.consent.author)
        if record.edited_by is not None:
            yield from self._signed(line, "consent.editor", record.edited_by, record.consent.editor)
        elif record.consent.editor is not None:
            yield "consent.editor", "There are no edits of a reviewer in this line."

    def _signed(self, line: int, where: str, person: UUID, signed: NativeAgreement | None) -> Iterator[tuple[str, str]]:
        version = None if signed is None else signed.agreement
        if self.people.setdefault(person, version) != version:
            yield where, "Another line says that this person had signed something else."
        if signed is None:
            return
        self.lines.setdefault(signed.agreement, line)
        if self.versions.setdefault(signed.agreement, signed) != signed:
            yield where, f"Line {self.lines[signed.agreement]} has other terms under the same agreement."
        if self.numbers.setdefault(signed.version, signed.agreement) != signed.agreement:
            yield where, f"Another agreement of this file is version {signed.version}."

    def clashes(self, session: Session, project: Project) -> Iterator[tuple[int, str]]:
        """Yield (line, why) for versions that cannot come into this project beside those that are there."""
        numbers = {one.agreement: one.version for one in self.versions.values()}
        for version_id, reason in clashing_agreements(session, project.id, numbers):
            yield self.lines[version_id], reason

    def store(
        self, session: Session, project: Project, users: Mapping[UUID, UUID], *, actor: Actor, now: datetime
    ) -> None:
        """Store the versions and who had signed them."""
        versions = [
            RestoredAgreement(
                id=one.agreement,
                n=one.version,
                funder=one.funder,
                recipients=[str(kind) for kind in one.recipients],
                publication=one.publication,
                model_training=one.model_training,
                attribution=one.attribution,
            )
            for one in self.versions.values()
        ]
        signed = {users[person]: version for person, version in self.people.items() if version is not None}
        restore_agreements(session, project.id, versions, signed, by=actor.user_id, now=now)
