"""What an admin asks of the lists, and what goes out about jobs and events."""

from datetime import UTC, date, datetime, time, timedelta
from enum import StrEnum
from typing import Annotated, Any
from uuid import UUID

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field

from app.core.jobs import Job, JobState


def _blank_is_none(value: object) -> object:
    return None if isinstance(value, str) and not value.strip() else value


Blank = BeforeValidator(_blank_is_none)


class EventFilter(BaseModel):
    """Which events of the audit log to show; what is left out does not restrict. Days are whole days of UTC."""

    model_config = ConfigDict(extra="ignore", str_strip_whitespace=True)

    who: str = Field(default="", max_length=254)
    """the mail address of who did it"""
    verb: str = Field(default="", max_length=64)
    """the beginning of what was done (``review.``)"""
    thing: Annotated[UUID | None, Blank] = None
    project: str = Field(default="", max_length=60)
    """slug"""
    since: Annotated[date | None, Blank] = None
    until: Annotated[date | None, Blank] = None

    @property
    def since_at(self) -> datetime | None:
        """The first moment that counts."""
        return datetime.combine(self.since, time(), UTC) if self.since else None

    @property
    def until_at(self) -> datetime | None:
        """The first moment that no longer counts."""
        return datetime.combine(self.until + timedelta(days=1), time(), UTC) if self.until else None

    def as_query(self) -> dict[str, str]:
        """Return what stands in the address of this list."""
        values = self.model_dump(mode="json")
        return {name: str(value) for name, value in values.items() if value}


class UserAct(StrEnum):
    """What an admin does with an account."""

    DISABLE = "disable"
    ENABLE = "enable"
    MAKE_ADMIN = "make-admin"
    NO_ADMIN = "no-admin"
    LEVEL_1 = "level-1"
    LEVEL_2 = "level-2"
    SIGN_OUT = "sign-out"


class JobAct(StrEnum):
    """What somebody does with a job."""

    RETRY = "retry"
    CANCEL = "cancel"


class JobOut(BaseModel):
    """A background job, for who waits for it."""

    id: UUID
    kind: str
    state: JobState
    progress_done: int
    progress_total: int | None
    message: str
    result: dict[str, Any] | None
    error: str | None
    """what to do about it, when the job said so itself"""
    created_at: datetime
    finished_at: datetime | None

    @classmethod
    def of(cls, job: Job) -> "JobOut":
        """Say what may be told of a job; a traceback stays with the admins."""
        told = job.last_error if job.last_error and not job.last_error.startswith("Traceback") else None
        if job.state is JobState.DEAD and told is None:
            told = "It failed for a reason of ours; an admin sees it on the page of jobs."
        return cls(
            id=job.id,
            kind=job.kind,
            state=job.state,
            progress_done=job.progress_done,
            progress_total=job.progress_total,
            message=job.message,
            result=job.result,
            error=told,
            created_at=job.created_at,
            finished_at=job.finished_at,
        )
