"""What comes in and goes out of projects, for forms and JSON alike."""

from collections.abc import Iterable
from datetime import datetime
from typing import Annotated, Any, Literal, Self
from uuid import UUID

from pydantic import (
    AfterValidator,
    BaseModel,
    BeforeValidator,
    ConfigDict,
    Field,
    StringConstraints,
    field_validator,
    model_validator,
)

from app.accounts.models import EMAIL_MAX_CHARS
from app.core.actor import Role
from app.projects.models import GUIDELINE_MAX_CHARS, NAME_MAX_CHARS, SLUG_MAX_CHARS
from app.projects.schemas.base import Strict, one_line
from app.projects.states import ProjectState, Template
from app.text.identifiers import check_email, check_slug

LABEL_MAX_CHARS = 80
LABELS_MAX = 200
CRITERIA_MAX = 20
WEIGHT_MAX = 100
SCORE_MAX = 10
LANGUAGE_PATTERN = r"^[a-z]{2,3}(-[A-Z][a-z]{3})?$"


def _digit_is_number(value: object) -> object:
    # Literal compares without converting, and a form sends text.
    return int(value) if isinstance(value, str) and value in {"1", "2"} else value


Levels = Annotated[Literal[1, 2], BeforeValidator(_digit_is_number)]
Slug = Annotated[str, Field(min_length=1, max_length=SLUG_MAX_CHARS), AfterValidator(check_slug)]
Name = Annotated[str, Field(min_length=1, max_length=NAME_MAX_CHARS), AfterValidator(one_line)]
Label = Annotated[str, Field(min_length=1, max_length=LABEL_MAX_CHARS), AfterValidator(one_line)]
Language = Annotated[str, Field(pattern=LANGUAGE_PATTERN, max_length=8)]


class Taxonomy(Strict):
    """What tasks may be labelled with."""

    domains: list[Label] = Field(default_factory=list, max_length=LABELS_MAX)
    skills: list[Label] = Field(default_factory=list, max_length=LABELS_MAX)

    @field_validator("domains", "skills", mode="before")
    @classmethod
    def _lines(cls, value: object) -> object:
        return [line for line in value.splitlines() if line.strip()] if isinstance(value, str) else value

    @field_validator("domains", "skills")
    @classmethod
    def _no_twins(cls, value: list[str]) -> list[str]:
        return _distinct(value, "label")


class Criterion(Strict):
    """One question of the rubric, with its weight and the best score."""

    id: str = Field(pattern=r"^[a-z0-9][a-z0-9_-]{0,39}$")
    """stays the same over versions, so that old scores can be read beside new ones"""
    name: Label
    question: str = Field(min_length=1, max_length=500)
    weight: int = Field(ge=1, le=WEIGHT_MAX)
    max_score: int = Field(default=3, ge=1, le=SCORE_MAX)


def _distinct(values: Iterable[str], what: str) -> list[str]:
    seen: dict[str, str] = {}
    for value in values:
        if value.casefold() in seen:
            raise ValueError(f"The {what} “{value}” is there twice.")
        seen[value.casefold()] = value
    return list(seen.values())


class RubricIn(Strict):
    """A rubric as a whole; `based_on` is the version it was edited from, so that no other edit is lost."""

    criteria: list[Criterion] = Field(min_length=1, max_length=CRITERIA_MAX)
    based_on: int = Field(ge=0)

    @model_validator(mode="after")
    def _no_twins(self) -> Self:
        _distinct((criterion.id for criterion in self.criteria), "criterion id")
        _distinct((criterion.name for criterion in self.criteria), "criterion")
        return self


class GuidelineIn(Strict):
    """A new wording of the guideline; `based_on` is the version it was edited from."""

    model_config = ConfigDict(extra="forbid", str_strip_whitespace=False)

    body: str = Field(min_length=1, max_length=GUIDELINE_MAX_CHARS)
    summary: str = Field(default="", max_length=500)
    """what changed, in a sentence; needed from the second version on"""
    based_on: int = Field(ge=0)

    @field_validator("body")
    @classmethod
    def _has_text(cls, value: str) -> str:
        if not value.strip():
            raise ValueError("Write the guideline; a blank page guides nobody.")
        return value


class WorkflowIn(Strict):
    """How work runs in a project: who hands in how often, who judges, for how long a task is lent."""

    submissions_needed: int = Field(default=1, ge=1, le=20)
    """approved submissions wanted per new task"""
    review_levels: Levels = 1
    level2_share_percent: int = Field(default=20, ge=0, le=100)
    lease_hours: int = Field(default=24, ge=1, le=720)
    is_blind: bool = True
    tracks_time: bool = True
    opens_checked_only: bool = False
    """a task opens only when a machine has accepted its reference and refused the wrong answers"""
    tells_check: bool = True
    """authors learn before handing in whether a machine confirms their answer; never where guessing would do"""
    exports_threads: bool = False
    """issues and comments may leave in exports that ask for them, under pseudonyms"""
    tool_policy: str = Field(default="", max_length=2000)
    content_language: Language | None = None

    @field_validator("content_language", mode="before")
    @classmethod
    def _blank_is_none(cls, value: object) -> object:
        return None if value == "" else value


class InviteIn(Strict):
    """One person to bring in, by address, with the roles they get."""

    email: Annotated[str, Field(max_length=EMAIL_MAX_CHARS), AfterValidator(check_email)]
    roles: list[Role] = Field(min_length=1)

    @field_validator("roles", mode="before")
    @classmethod
    def _one_is_a_list(cls, value: object) -> object:
        return [value] if isinstance(value, str) else value

    @field_validator("roles")
    @classmethod
    def _each_once(cls, value: list[Role]) -> list[Role]:
        return sorted(set(value))


class ProjectIn(WorkflowIn):
    """A new project. What is left out comes from the template; `guideline` "" takes the template's wording."""

    name: Name
    slug: Slug | None = None
    """None: made from the name"""
    purpose: str = Field(default="", max_length=2000)
    template: Template
    guideline: Annotated[str, StringConstraints(strip_whitespace=False, max_length=GUIDELINE_MAX_CHARS)] | None = None
    criteria: list[Criterion] | None = Field(default=None, min_length=1, max_length=CRITERIA_MAX)
    taxonomy: Taxonomy | None = None
    goal_tokens: int | None = Field(default=None, ge=1, le=10**12)

    @field_validator("slug", "goal_tokens", mode="before")
    @classmethod
    def _blank_is_not_given(cls, value: object) -> object:
        return None if value == "" else value


class ProjectPatch(Strict):
    """Changes of a project's settings; what is left out stays."""

    name: Name | None = None
    purpose: str | None = Field(default=None, max_length=2000)
    submissions_needed: int | None = Field(default=None, ge=1, le=20)
    review_levels: Levels | None = None
    level2_share_percent: int | None = Field(default=None, ge=0, le=100)
    lease_hours: int | None = Field(default=None, ge=1, le=720)
    is_blind: bool | None = None
    tracks_time: bool | None = None
    opens_checked_only: bool | None = None
    tells_check: bool | None = None
    exports_threads: bool | None = None
    tool_policy: str | None = Field(default=None, max_length=2000)
    content_language: Language | None = None
    taxonomy: Taxonomy | None = None
    goal_tokens: int | None = Field(default=None, ge=1, le=10**12)
    state: ProjectState | None = None
    reason: str = Field(default="", max_length=2000)
    """why the state changes; needed to close"""


class ProjectOut(BaseModel):
    """What the API tells of a project."""

    model_config = ConfigDict(from_attributes=True)

    id: UUID
    slug: str
    name: str
    purpose: str
    template: Template
    state: ProjectState
    submissions_needed: int
    review_levels: int
    level2_share_percent: int
    lease_hours: int
    is_blind: bool
    tracks_time: bool
    opens_checked_only: bool
    tells_check: bool
    exports_threads: bool
    tool_policy: str
    content_language: str | None
    taxonomy: dict[str, Any]
    guideline_n: int
    rubric_n: int
    agreement_n: int
    goal_tokens: int | None
    created_at: datetime
    state_changed_at: datetime


class MemberOut(BaseModel):
    """A member of a project, as its managers see them."""

    model_config = ConfigDict(from_attributes=True)

    user_id: UUID
    name: str
    email: str
    roles: list[Role]
    since: datetime
    has_acknowledged: bool
    last_act_at: datetime | None


class BroughtOut(BaseModel):
    """How somebody came in: `invitation_path` is given where the installation sends no mail."""

    email: str
    name: str | None
    invitation_path: str | None


class GuidelineOut(BaseModel):
    """One version of the guideline."""

    model_config = ConfigDict(from_attributes=True)

    n: int
    body: str
    summary: str
    created_at: datetime
    acknowledged: bool


class RubricOut(BaseModel):
    """One version of the rubric."""

    model_config = ConfigDict(from_attributes=True)

    n: int
    criteria: list[Criterion]
    created_at: datetime


class RolesIn(Strict):
    """All roles a member shall have."""

    roles: list[Role] = Field(min_length=1)


class AcknowledgeIn(Strict):
    """The version that was read."""

    n: int = Field(ge=1)
