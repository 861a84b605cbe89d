"""What comes in about work: saves, hand-ins, signs of work, reasons, programs to run, answers to read."""

from typing import Annotated, Literal, Self
from uuid import UUID

from pydantic import AfterValidator, BaseModel, ConfigDict, Field, model_validator

from app.submissions.schemas.content import Content

MUTATION_ID_PATTERN = r"^[A-Za-z0-9_-]{8,64}$"
REASON_MAX_CHARS = 2000
Sha256 = Annotated[str, Field(pattern=r"^[0-9a-f]{64}$")]


class DraftIn(BaseModel):
    """One save: the whole document. `If-Match` names the save it is based on."""

    model_config = ConfigDict(extra="forbid")

    content: Content
    client_mutation_id: str = Field(pattern=MUTATION_ID_PATTERN)
    """made by the client, new for each save; the same one twice is applied once"""
    fencing: int = Field(ge=0, strict=True)
    """number of the lease the client believes to hold"""


class SubmitIn(BaseModel):
    """What is handed in: the save that the author has read through, by number and hash."""

    model_config = ConfigDict(extra="forbid")

    n: int = Field(ge=1, strict=True)
    sha256: Sha256


class NextIn(BaseModel):
    """A wish when asking for the next task."""

    model_config = ConfigDict(extra="forbid")

    domain: Annotated[str, Field(min_length=1, max_length=80)] | None = None


class NextOut(BaseModel):
    """Where the new work is: for programs, and as a page."""

    submission_id: UUID
    work: str
    page: str


class HeartbeatIn(BaseModel):
    """A sign of work every thirty seconds while the page is visible or the work goes on on paper."""

    model_config = ConfigDict(extra="forbid")

    on_paper: bool = False
    paused: bool = False


class ReasonIn(BaseModel):
    """Why somebody puts work aside."""

    model_config = ConfigDict(extra="forbid", str_strip_whitespace=True)

    reason: str = Field(min_length=3, max_length=REASON_MAX_CHARS)


def _read(value: bool) -> bool:  # noqa: FBT001 - pydantic calls it
    if not value:
        raise ValueError("Tick this when you have read it.")
    return value


Understood = Annotated[bool, AfterValidator(_read)]
"""A word of whoever withdraws that they know what it cannot undo."""


class WithdrawIn(ReasonIn):
    """Why work is withdrawn, from the page."""

    understood: Understood = Field(default=False, validate_default=True)


class WithdrawManyIn(ReasonIn):
    """Which of one's own pieces are withdrawn: those named, or all that were handed in."""

    is_all: bool = False
    work: list[UUID] = Field(default_factory=list, max_length=150)

    @model_validator(mode="after")
    def _names_some(self) -> Self:
        if not self.is_all and not self.work:
            raise ValueError("Choose what is withdrawn: pieces of the list, or all of them.")
        return self


class WithdrawManyForm(WithdrawManyIn):
    """The same from the page."""

    understood: Understood = Field(default=False, validate_default=True)


class ExplainIn(BaseModel):
    """Why something that a machine found does not keep the work from being handed in."""

    model_config = ConfigDict(extra="forbid", str_strip_whitespace=True)

    n: int = Field(ge=1)
    """number of the save that was read through"""
    waiver_key: str = Field(min_length=1, max_length=60)
    reason: str = Field(min_length=3, max_length=500)


class SettleIn(BaseModel):
    """How a conflict ends: `mine` makes the kept copy the head, `theirs` keeps the head; both stay readable."""

    model_config = ConfigDict(extra="forbid")

    take: Literal["mine", "theirs"]
    base_n: int = Field(ge=0)
    """number of the head that was compared with"""
