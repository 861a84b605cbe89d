"""What people type to come in and to look after their account, and what goes out about them."""

from datetime import datetime
from typing import Annotated, Any
from uuid import UUID

from pydantic import AfterValidator, BaseModel, ConfigDict, Field, field_validator

from app.accounts.models import EMAIL_MAX_CHARS, NAME_MAX_CHARS
from app.text.identifiers import check_email, check_name

PASSWORD_MAX_CHARS = 1024
SCOPES = (
    "projects:read",
    "projects:write",
    "tasks:read",
    "tasks:write",
    "work:read",
    "work:write",
    "reviews:read",
    "reviews:write",
    "datasets:read",
    "datasets:write",
    "exports:read",
    "exports:write",
)
"""What an API token may be allowed; nothing reaches accounts, roles, sessions or tokens."""

Email = Annotated[str, Field(max_length=EMAIL_MAX_CHARS), AfterValidator(check_email)]
PersonName = Annotated[str, Field(max_length=NAME_MAX_CHARS), AfterValidator(check_name)]
Password = Annotated[str, Field(min_length=1, max_length=PASSWORD_MAX_CHARS)]


class Strict(BaseModel):
    """Refuses fields it does not know."""

    model_config = ConfigDict(extra="forbid")


class SignIn(Strict):
    """Address and password. The address is not checked for form, so that every wrong one gets the same answer."""

    email: Annotated[str, Field(max_length=EMAIL_MAX_CHARS)]
    password: Annotated[str, Field(max_length=PASSWORD_MAX_CHARS)]
    next: str = Field(default="", max_length=2000)


class NewAccount(Strict):
    """Name and password of somebody who comes by a link."""

    name: PersonName
    password: Password


class FirstAdmin(NewAccount):
    """The same, with an address, for the first admin."""

    email: Email


class NewPassword(Strict):
    """A password chosen by a reset link."""

    password: Password


class PasswordChange(Strict):
    """The old and the new password."""

    old_password: Password
    password: Password


class StepUp(Strict):
    """The password once more, and where to go then."""

    password: Password
    next: str = Field(default="", max_length=2000)


class Profile(Strict):
    """What somebody says of themselves."""

    name: PersonName
    locale: Annotated[str, Field(pattern="^(en|zh)$")] = "en"
    mail_notifications: bool = False


class ResetRequest(Strict):
    """The address of somebody who cannot sign in."""

    email: Annotated[str, Field(max_length=EMAIL_MAX_CHARS)]


class TokenIn(Strict):
    """A wish for an API token."""

    name: Annotated[str, Field(min_length=1, max_length=80)]
    scopes: list[str] = Field(min_length=1)
    days: int = Field(default=90, ge=1, le=365)
    project_id: UUID | None = None

    @field_validator("project_id", mode="before")
    @classmethod
    def _blank_is_none(cls, value: object) -> object:
        return None if value == "" else value


class Invitation(Strict):
    """Whom to invite into the installation; into a project they are invited from its people."""

    email: Email


class SessionOut(BaseModel):
    """Who is signed in, for the front end."""

    csrf_token: str
    user: dict[str, Any]


class NotificationOut(BaseModel):
    """One piece of news."""

    model_config = ConfigDict(from_attributes=True)

    id: UUID
    kind: str
    sentence: str
    path: str
    created_at: datetime
    read_at: datetime | None
