"""Who acts: the person behind a request or a job, with what they may be in each project."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from enum import StrEnum
from uuid import UUID

STEP_UP_MINUTES = 10
RENEWED = "renewed"
"""Under which name a change leaves, in `Session.info`, the new secret of the browser session that asked for it."""


class Role(StrEnum):
    """What a member is in one project; a person may be several."""

    ANNOTATOR = "annotator"
    """Solves tasks and writes out the reasoning."""
    REVIEWER = "reviewer"
    """Judges submitted work of others."""
    MANAGER = "manager"
    """Runs the project: tasks, people, guideline, datasets."""


@dataclass(frozen=True, slots=True)
class Actor:
    """A signed-in person, or a token that acts for them, loaded afresh for each request."""

    user_id: UUID
    name: str
    is_admin: bool = False
    roles: Mapping[UUID, frozenset[Role]] = field(default_factory=dict)
    """project id → roles; only projects they belong to"""
    level: int = 1
    """highest review level they may decide (1 or 2)"""
    scopes: frozenset[str] | None = None
    """None for a browser session; else the resources:verbs of the API token"""
    token_project_id: UUID | None = None
    """the one project an API token is bound to, if any"""
    session_id: UUID | None = None
    stepped_up_at: datetime | None = None
    """when the password was last given in this session"""

    def is_in(self, project_id: UUID) -> bool:
        """Tell whether they belong to the project in any role."""
        return project_id in self.roles

    def has(self, role: Role, project_id: UUID) -> bool:
        """Tell whether they hold `role` in the project."""
        return role in self.roles.get(project_id, frozenset())

    def projects_as(self, role: Role) -> list[UUID]:
        """List the projects in which they hold `role`, in a stable order."""
        return sorted(project for project, roles in self.roles.items() if role in roles)

    def may(self, scope: str) -> bool:
        """Tell whether the token's scopes (if it is one) cover `scope`, for example ``tasks:write``."""
        return self.scopes is None or scope in self.scopes

    def stepped_up(self, now: datetime) -> bool:
        """Tell whether the password was given within the last ten minutes; a token never counts."""
        return self.stepped_up_at is not None and now - self.stepped_up_at <= timedelta(minutes=STEP_UP_MINUTES)
