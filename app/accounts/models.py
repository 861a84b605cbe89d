"""Tables of people: users, sessions, tokens, one-time links, memberships, failed attempts, notifications."""

from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import CheckConstraint, ForeignKey, Index, String, UniqueConstraint, text
from sqlalchemy.orm import Mapped, mapped_column, relationship

from app.accounts.states import LinkPurpose, NotificationKind, UserState
from app.core.actor import Role
from app.core.db import Base
from app.core.ids import new_id

EMAIL_MAX_CHARS = 254
NAME_MAX_CHARS = 80
_UNREAD = text("read_at IS NULL")


class User(Base):
    """A person with an account. Reviewers and authors are compared by this id."""

    __tablename__ = "users"
    __table_args__ = (CheckConstraint("level IN (1, 2)", name="level"),)

    id: Mapped[UUID] = mapped_column(primary_key=True, default=new_id)
    email: Mapped[str] = mapped_column(String(EMAIL_MAX_CHARS))
    email_key: Mapped[str] = mapped_column(String(EMAIL_MAX_CHARS), unique=True)
    """case-folded form, so that one address cannot have two accounts"""
    name: Mapped[str] = mapped_column(String(NAME_MAX_CHARS))
    pseudonym: Mapped[UUID] = mapped_column(unique=True, default=new_id)
    """what exports call them; tells nothing about the person"""
    password_hash: Mapped[str | None] = mapped_column(String(255))
    """Argon2id; None until a password is set (invited, or signed in elsewhere later)"""
    is_admin: Mapped[bool] = mapped_column(default=False)
    level: Mapped[int] = mapped_column(default=1)
    """highest review level they may decide"""
    state: Mapped[UserState] = mapped_column(default=UserState.ACTIVE)
    locale: Mapped[str] = mapped_column(String(8), default="en")
    mail_notifications: Mapped[bool] = mapped_column(default=True)
    preferences: Mapped[dict[str, Any]] = mapped_column(default=dict)
    """how this person likes the pages: {"task_columns": […]}; nothing that a rule depends on"""
    created_at: Mapped[datetime]
    password_changed_at: Mapped[datetime | None]


class UserSession(Base):
    """A browser that is signed in; the cookie's secret is stored only as SHA-256."""

    __tablename__ = "user_sessions"

    id: Mapped[UUID] = mapped_column(primary_key=True, default=new_id)
    secret_sha256: Mapped[str] = mapped_column(String(64), unique=True)
    user_id: Mapped[UUID] = mapped_column(ForeignKey("users.id"), index=True)
    created_at: Mapped[datetime]
    last_active_at: Mapped[datetime]
    """last real action; polling does not count"""
    stepped_up_at: Mapped[datetime | None]
    ended_at: Mapped[datetime | None]
    user_agent: Mapped[str] = mapped_column(String(200), default="")
    user: Mapped[User] = relationship(lazy="raise")


class ApiToken(Base):
    """A key for programs: acts as its owner within its scopes, until it expires or is revoked."""

    __tablename__ = "api_tokens"

    id: Mapped[UUID] = mapped_column(primary_key=True, default=new_id)
    secret_sha256: Mapped[str] = mapped_column(String(64), unique=True)
    user_id: Mapped[UUID] = mapped_column(ForeignKey("users.id"), index=True)
    name: Mapped[str] = mapped_column(String(80))
    scopes: Mapped[list[str]]
    project_id: Mapped[UUID | None] = mapped_column(ForeignKey("projects.id"))
    created_at: Mapped[datetime]
    expires_at: Mapped[datetime]
    revoked_at: Mapped[datetime | None]
    last_used_at: Mapped[datetime | None]
    user: Mapped[User] = relationship(lazy="raise")


class OneTimeLink(Base):
    """An invitation, a password reset or the first set-up; works once and not for long."""

    __tablename__ = "one_time_links"

    id: Mapped[UUID] = mapped_column(primary_key=True, default=new_id)
    secret_sha256: Mapped[str] = mapped_column(String(64), unique=True)
    purpose: Mapped[LinkPurpose]
    email: Mapped[str | None] = mapped_column(String(EMAIL_MAX_CHARS))
    user_id: Mapped[UUID | None] = mapped_column(ForeignKey("users.id"))
    project_id: Mapped[UUID | None] = mapped_column(ForeignKey("projects.id"))
    roles: Mapped[list[str]]
    created_by: Mapped[UUID | None] = mapped_column(ForeignKey("users.id"))
    created_at: Mapped[datetime]
    expires_at: Mapped[datetime]
    used_at: Mapped[datetime | None]
    revoked_at: Mapped[datetime | None]


class Membership(Base):
    """One role of one person in one project."""

    __tablename__ = "memberships"
    __table_args__ = (UniqueConstraint("user_id", "project_id", "role"), Index(None, "project_id", "role"))

    id: Mapped[UUID] = mapped_column(primary_key=True, default=new_id)
    user_id: Mapped[UUID] = mapped_column(ForeignKey("users.id"))
    project_id: Mapped[UUID] = mapped_column(ForeignKey("projects.id"))
    role: Mapped[Role]
    created_at: Mapped[datetime]
    created_by: Mapped[UUID | None] = mapped_column(ForeignKey("users.id"))
    user: Mapped[User] = relationship(lazy="raise", foreign_keys=[user_id])


class FailedAttempt(Base):
    """A wrong password, code or link, kept for the growing pause; `subject` is a keyed hash, no address."""

    __tablename__ = "failed_attempts"
    __table_args__ = (Index(None, "subject", "at"),)

    id: Mapped[UUID] = mapped_column(primary_key=True, default=new_id)
    subject: Mapped[str] = mapped_column(String(64))
    at: Mapped[datetime]


class Notification(Base):
    """One sentence for one person, with the place it speaks of."""

    __tablename__ = "notifications"
    __table_args__ = (
        Index(None, "user_id", "created_at"),
        Index(
            "ix_notifications_unread",
            "user_id",
            postgresql_where=text("read_at IS NULL"),
            sqlite_where=text("read_at IS NULL"),
        ),
    )

    id: Mapped[UUID] = mapped_column(primary_key=True, default=new_id)
    user_id: Mapped[UUID] = mapped_column(ForeignKey("users.id"))
    kind: Mapped[NotificationKind]
    sentence: Mapped[str] = mapped_column(String(500))
    path: Mapped[str] = mapped_column(String(300))
    """where it leads, below the installation's address"""
    dedup_key: Mapped[str | None] = mapped_column(String(200), unique=True)
    """so that the same news is told once (a lease that is ending)"""
    created_at: Mapped[datetime]
    read_at: Mapped[datetime | None]
    mailed_at: Mapped[datetime | None]
