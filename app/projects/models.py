"""Tables of a project: itself, versions of its guideline, rubric and agreement, who has read and signed them."""

from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import CheckConstraint, ColumnElement, ForeignKey, Index, String, UniqueConstraint, and_, text
from sqlalchemy.orm import Mapped, mapped_column

from app.core.db import Base
from app.core.ids import new_id
from app.projects.states import Attribution, ProjectState, Publication, Template

NAME_MAX_CHARS = 120
SLUG_MAX_CHARS = 60
GUIDELINE_MAX_CHARS = 200_000
AGREEMENT_MAX_CHARS = 100_000
PLAIN_MAX_CHARS = 4000
TERM_MAX_CHARS = 500


class Project(Base):
    """A campaign: its people, tasks and rules. The workflow's settings are columns, so that they can be queried."""

    __tablename__ = "projects"
    __table_args__ = (
        CheckConstraint("review_levels IN (1, 2)", name="review_levels"),
        CheckConstraint("level2_share_percent BETWEEN 0 AND 100", name="level2_share_percent"),
        CheckConstraint("submissions_needed BETWEEN 1 AND 20", name="submissions_needed"),
        CheckConstraint("lease_hours BETWEEN 1 AND 720", name="lease_hours"),
    )

    id: Mapped[UUID] = mapped_column(primary_key=True, default=new_id)
    slug: Mapped[str] = mapped_column(String(SLUG_MAX_CHARS), unique=True)
    name: Mapped[str] = mapped_column(String(NAME_MAX_CHARS))
    purpose: Mapped[str] = mapped_column(String(2000), default="")
    template: Mapped[Template]
    state: Mapped[ProjectState] = mapped_column(default=ProjectState.DRAFT)
    submissions_needed: Mapped[int] = mapped_column(default=1)
    """default for new tasks: approved submissions wanted per task"""
    review_levels: Mapped[int] = mapped_column(default=1)
    level2_share_percent: Mapped[int] = mapped_column(default=20)
    """of the approvals at level 1, how many go on to level 2"""
    lease_hours: Mapped[int] = mapped_column(default=24)
    is_blind: Mapped[bool] = mapped_column(default=True)
    """reviewers see no author, time or confidence before their verdict; authors never see reviewers"""
    tracks_time: Mapped[bool] = mapped_column(default=True)
    opens_checked_only: Mapped[bool] = mapped_column(default=False)
    """a task opens only when a machine has accepted its reference and refused the wrong answers"""
    tells_check: Mapped[bool] = mapped_column(default=True)
    """before handing in, authors learn whether a machine confirms their answer; never where guessing would do"""
    exports_threads: Mapped[bool] = mapped_column(default=False)
    """issues and comments may leave in exports that ask for them, under pseudonyms"""
    tool_policy: Mapped[str] = mapped_column(String(2000), default="")
    """which tools an expert may use, in words; shown with the task"""
    content_language: Mapped[str | None] = mapped_column(String(8))
    taxonomy: Mapped[dict[str, Any]]
    """{"domains": [..], "skills": [..]}: what tasks may be labelled with"""
    guideline_n: Mapped[int] = mapped_column(default=0)
    """version in force; 0 = none yet"""
    rubric_n: Mapped[int] = mapped_column(default=0)
    agreement_n: Mapped[int] = mapped_column(default=0)
    """version that contributors sign; 0 = the project asks for none"""
    goal_tokens: Mapped[int | None]
    created_by: Mapped[UUID] = mapped_column(ForeignKey("users.id"))
    created_at: Mapped[datetime]
    state_changed_at: Mapped[datetime]


class GuidelineVersion(Base):
    """One published wording of the guideline; never edited."""

    __tablename__ = "guideline_versions"
    __table_args__ = (UniqueConstraint("project_id", "n"),)

    id: Mapped[UUID] = mapped_column(primary_key=True, default=new_id)
    project_id: Mapped[UUID] = mapped_column(ForeignKey("projects.id"))
    n: Mapped[int]
    body: Mapped[str] = mapped_column(String(GUIDELINE_MAX_CHARS))
    summary: Mapped[str] = mapped_column(String(500), default="")
    """what changed, in a sentence"""
    created_by: Mapped[UUID] = mapped_column(ForeignKey("users.id"))
    created_at: Mapped[datetime]


class GuidelineAcknowledgement(Base):
    """A member has read one version; needed before work on it."""

    __tablename__ = "guideline_acknowledgements"

    user_id: Mapped[UUID] = mapped_column(ForeignKey("users.id"), primary_key=True)
    project_id: Mapped[UUID] = mapped_column(ForeignKey("projects.id"), primary_key=True)
    n: Mapped[int] = mapped_column(primary_key=True)
    at: Mapped[datetime]


class RubricVersion(Base):
    """One published rubric: criteria with weights; old scores keep their version."""

    __tablename__ = "rubric_versions"
    __table_args__ = (UniqueConstraint("project_id", "n"),)

    id: Mapped[UUID] = mapped_column(primary_key=True, default=new_id)
    project_id: Mapped[UUID] = mapped_column(ForeignKey("projects.id"))
    n: Mapped[int]
    criteria: Mapped[list[Any]]
    """[{"id", "name", "question", "weight", "max_score"}], in the order shown"""
    created_by: Mapped[UUID] = mapped_column(ForeignKey("users.id"))
    created_at: Mapped[datetime]


class AgreementVersion(Base):
    """One published wording of what contributors agree to, with its terms as facts; never edited."""

    __tablename__ = "agreement_versions"
    __table_args__ = (UniqueConstraint("project_id", "n"),)

    id: Mapped[UUID] = mapped_column(primary_key=True, default=new_id)
    project_id: Mapped[UUID] = mapped_column(ForeignKey("projects.id"))
    n: Mapped[int]
    body: Mapped[str] = mapped_column(String(AGREEMENT_MAX_CHARS))
    """the agreement itself, in Markdown"""
    plain: Mapped[str] = mapped_column(String(PLAIN_MAX_CHARS))
    """what it means, in plain words"""
    funder: Mapped[str] = mapped_column(String(TERM_MAX_CHARS))
    recipients: Mapped[list[Any]]
    """values of RecipientClass"""
    publication: Mapped[Publication]
    model_training: Mapped[bool]
    attribution: Mapped[Attribution]
    rights: Mapped[str] = mapped_column(String(TERM_MAX_CHARS))
    """licence or assignment, in words"""
    pay: Mapped[str] = mapped_column(String(TERM_MAX_CHARS))
    """what is paid, in words"""
    summary: Mapped[str] = mapped_column(String(500), default="")
    """what changed, in a sentence"""
    created_by: Mapped[UUID] = mapped_column(ForeignKey("users.id"))
    created_at: Mapped[datetime]


_STANDS = text("replaced_at IS NULL AND withdrawn_at IS NULL")


class AgreementSignature(Base):
    """A member has signed one version; at most one signature of a person stands in a project, and none is deleted."""

    __tablename__ = "agreement_signatures"
    __table_args__ = (
        CheckConstraint("replaced_at IS NULL OR withdrawn_at IS NULL", name="ended_in_one_way"),
        Index(
            "uq_agreement_signatures_standing",
            "project_id",
            "user_id",
            unique=True,
            postgresql_where=_STANDS,
            sqlite_where=_STANDS,
        ),
    )

    id: Mapped[UUID] = mapped_column(primary_key=True, default=new_id)
    version_id: Mapped[UUID] = mapped_column(ForeignKey("agreement_versions.id"))
    project_id: Mapped[UUID] = mapped_column(ForeignKey("projects.id"))
    user_id: Mapped[UUID] = mapped_column(ForeignKey("users.id"))
    signed_at: Mapped[datetime]
    replaced_at: Mapped[datetime | None]
    """when they signed another version"""
    withdrawn_at: Mapped[datetime | None]
    """when they took their consent back"""

    @classmethod
    def stands(cls) -> ColumnElement[bool]:
        """Say in SQL that it is neither replaced nor withdrawn."""
        return and_(cls.replaced_at.is_(None), cls.withdrawn_at.is_(None))
