"""The contributor agreement as it comes in and goes out: terms as facts, text, who signed."""

from datetime import datetime
from typing import Annotated, Literal, Self
from uuid import UUID

from pydantic import (
    AfterValidator,
    BaseModel,
    ConfigDict,
    Field,
    StringConstraints,
    field_validator,
    model_validator,
)

from app.projects.models import AGREEMENT_MAX_CHARS, PLAIN_MAX_CHARS, TERM_MAX_CHARS
from app.projects.schemas.base import Strict, one_line
from app.projects.states import Attribution, Publication, RecipientClass
from app.text.words import count_words

PLAIN_MAX_WORDS = 300
Term = Annotated[str, Field(min_length=1, max_length=TERM_MAX_CHARS), AfterValidator(one_line)]


class Terms(Strict):
    """What contributors agree to, as facts that a program can hold a use against."""

    funder: Term
    """who pays for the work and may see it"""
    recipients: list[RecipientClass] = Field(min_length=1)
    """to whom work may be handed"""
    publication: Publication
    model_training: bool
    attribution: Attribution
    rights: Term
    """licence or assignment, in words"""
    pay: Term
    """what is paid, in words"""

    @field_validator("recipients", mode="before")
    @classmethod
    def _one_is_a_list(cls, value: object) -> object:
        return [value] if isinstance(value, str) else value

    @field_validator("recipients")
    @classmethod
    def _each_once(cls, value: list[RecipientClass]) -> list[RecipientClass]:
        return [one for one in RecipientClass if one in value]

    @model_validator(mode="after")
    def _public_is_public(self) -> Self:
        if (RecipientClass.PUBLIC in self.recipients) != (self.publication is Publication.PUBLIC):
            raise ValueError("“Public” is said by both, recipients and publication, or by neither of them.")
        return self


class AgreementIn(Terms):
    """A new version of the contributor agreement; `based_on` is the version it was edited from."""

    body: Annotated[str, StringConstraints(strip_whitespace=False, max_length=AGREEMENT_MAX_CHARS)]
    plain: str = Field(min_length=1, max_length=PLAIN_MAX_CHARS)
    """what it means, in plain words: 300 at most"""
    summary: str = Field(default="", max_length=500)
    """what changed, in a sentence; needed from the second version on"""
    based_on: int = Field(ge=0)

    @field_validator("body")
    @classmethod
    def _has_text(cls, value: str) -> str:
        if not value.strip():
            raise ValueError("Write the agreement; nobody can sign a blank page.")
        return value

    @field_validator("plain")
    @classmethod
    def _is_short(cls, value: str) -> str:
        words = count_words(value)
        if words > PLAIN_MAX_WORDS:
            raise ValueError(f"These are {words} words; {PLAIN_MAX_WORDS} at most, so that everybody reads them.")
        return value


class AgreementOut(BaseModel):
    """One version of the contributor agreement."""

    model_config = ConfigDict(from_attributes=True)

    id: UUID
    n: int
    body: str
    plain: str
    funder: str
    recipients: list[RecipientClass]
    publication: Publication
    model_training: bool
    attribution: Attribution
    rights: str
    pay: str
    summary: str
    created_at: datetime


class MyAgreementOut(AgreementOut):
    """The version in force, and whether one has signed it."""

    signed_at: datetime | None


class SignatureOut(BaseModel):
    """How a member stands to the contributor agreement."""

    model_config = ConfigDict(from_attributes=True)

    user_id: UUID
    name: str
    n: int | None
    """version whose signature stands; None: none does"""
    signed_at: datetime | None
    withdrawn_at: datetime | None
    """when they withdrew last, if nothing was signed since"""


class SignIn(Strict):
    """The version that was read and is agreed to."""

    n: int = Field(ge=1)
    agreed: Literal[True]
