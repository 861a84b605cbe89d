"""Recipients as JSON: for admins in person, and their names for managers, who choose among them."""

from typing import Any
from uuid import UUID

from fastapi import APIRouter, Depends

from app.accounts.access import require_admin
from app.accounts.deps import CurrentActor, InPerson, require_scope
from app.accounts.service import require_step_up
from app.core import clock
from app.core.errors import NotAllowed
from app.recipients import queries, service
from app.recipients.access import get_recipient
from app.recipients.policy import can_choose_recipients
from app.recipients.schemas import RecipientIn, RecipientName, RecipientOut
from app.web.deps import CurrentSettings, Reading, Writing


async def _admins_only(actor: InPerson) -> None:
    require_admin(actor)


router = APIRouter(prefix="/api/v1")
admins = APIRouter(prefix="/recipients", dependencies=[Depends(_admins_only)])
IN_PERSON: dict[str, Any] = {"security": [{"session": []}]}


@router.get("/recipient-names", name="api.recipients.names", dependencies=[require_scope("exports:read")])
def names(actor: CurrentActor, session: Reading) -> list[RecipientName]:
    """List the recipients that exports can be asked for, by name."""
    if not can_choose_recipients(actor):
        raise NotAllowed("Only who manages a project exports to recipients.")
    return [RecipientName.model_validate(found) for found in queries.open_recipients(session)]


@admins.get("", name="api.recipients.index", openapi_extra=IN_PERSON)
def index(session: Reading) -> list[RecipientOut]:
    """List all recipients, those that are open first."""
    return [RecipientOut.model_validate(found) for found in queries.all_recipients(session)]


@admins.post("", name="api.recipients.add", openapi_extra=IN_PERSON, status_code=201)
def add(actor: InPerson, session: Writing, settings: CurrentSettings, wanted: RecipientIn) -> RecipientOut:
    """Add a recipient; its key is made now and shown to nobody."""
    now = clock.now()
    require_step_up(actor, now=now)
    added = service.add_recipient(session, wanted, data_dir=settings.data_dir, actor=actor, now=now)
    return RecipientOut.model_validate(added)


@admins.put("/{recipient_id}", name="api.recipients.edit", openapi_extra=IN_PERSON)
def edit(actor: InPerson, session: Writing, recipient_id: UUID, wanted: RecipientIn) -> RecipientOut:
    """Change what is said of a recipient; what was delivered keeps the terms of its day."""
    now = clock.now()
    require_step_up(actor, now=now)
    recipient = get_recipient(session, actor, recipient_id)
    service.edit_recipient(session, recipient, wanted, actor=actor, now=now)
    return RecipientOut.model_validate(recipient)


@admins.post("/{recipient_id}/close", name="api.recipients.close", openapi_extra=IN_PERSON)
def close(actor: InPerson, session: Writing, recipient_id: UUID) -> RecipientOut:
    """Let nothing new be exported for it."""
    now = clock.now()
    require_step_up(actor, now=now)
    recipient = get_recipient(session, actor, recipient_id)
    service.close_recipient(session, recipient, actor=actor, now=now)
    session.refresh(recipient)
    return RecipientOut.model_validate(recipient)


@admins.post("/{recipient_id}/reopen", name="api.recipients.reopen", openapi_extra=IN_PERSON)
def reopen(actor: InPerson, session: Writing, recipient_id: UUID) -> RecipientOut:
    """Let things be exported for it again."""
    now = clock.now()
    require_step_up(actor, now=now)
    recipient = get_recipient(session, actor, recipient_id)
    service.reopen_recipient(session, recipient, actor=actor, now=now)
    session.refresh(recipient)
    return RecipientOut.model_validate(recipient)


router.include_router(admins)
