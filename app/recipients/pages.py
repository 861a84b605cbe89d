"""The recipients of the installation, for admins: list, add, change, close."""

from uuid import UUID

from fastapi import APIRouter, Depends, Request, Response
from fastapi.responses import RedirectResponse
from sqlalchemy.orm import Session

from app.accounts.access import require_admin
from app.accounts.deps import CurrentActor
from app.accounts.service import require_step_up
from app.core import clock
from app.core.actor import Actor
from app.core.errors import Invalid
from app.projects.states import RecipientClass
from app.recipients import queries, service
from app.recipients.access import get_recipient
from app.recipients.models import Recipient
from app.recipients.schemas import RecipientIn
from app.web.deps import CurrentSettings, Reading, Writing
from app.web.flash import flash
from app.web.forms import Form, PostedForm, parse, with_error
from app.web.templating import render

KINDS = {
    RecipientClass.INTERNAL: "This organisation",
    RecipientClass.RESEARCH: "Research",
    RecipientClass.COMPANY: "Company",
    RecipientClass.PUBLIC: "Public",
}


async def _admins_only(actor: CurrentActor) -> None:
    require_admin(actor)


router = APIRouter(prefix="/admin/recipients", dependencies=[Depends(_admins_only)], include_in_schema=False)


@router.get("", name="recipients.index")
def index(request: Request, actor: CurrentActor, session: Reading) -> Response:
    """List the recipients, and let one be added."""
    return _index(request, session, actor, Form(values={"kind": RecipientClass.RESEARCH}))


def _index(request: Request, session: Session, actor: Actor, form: Form) -> Response:
    return render(
        request,
        "recipients/index.html",
        status=422 if form.errors or form.error else 200,
        recipients=queries.all_recipients(session),
        form=form,
        kinds=KINDS,
        stepped_up=actor.stepped_up(clock.now()),
    )


@router.post("", name="recipients.add")
def add(
    request: Request, actor: CurrentActor, session: Writing, settings: CurrentSettings, posted: PostedForm
) -> Response:
    """Add a recipient with a key of its own."""
    now = clock.now()
    require_step_up(actor, now=now)
    wanted, form = parse(RecipientIn, posted)
    if wanted is None:
        return _index(request, session, actor, form)
    try:
        added = service.add_recipient(session, wanted, data_dir=settings.data_dir, actor=actor, now=now)
    except Invalid as error:
        return _index(request, session, actor, with_error(form, error))
    return _back(added, f"{added.name} is there; managers can export for it now.")


@router.get("/{recipient_id}", name="recipients.recipient")
def recipient_page(request: Request, actor: CurrentActor, session: Reading, recipient_id: UUID) -> Response:
    """Show a recipient, to be changed or closed."""
    recipient = get_recipient(session, actor, recipient_id)
    values = {name: getattr(recipient, name) for name in RecipientIn.model_fields}
    return _page(request, actor, recipient, Form(values=values))


def _page(request: Request, actor: Actor, recipient: Recipient, form: Form) -> Response:
    return render(
        request,
        "recipients/recipient.html",
        status=422 if form.errors or form.error else 200,
        recipient=recipient,
        form=form,
        kinds=KINDS,
        stepped_up=actor.stepped_up(clock.now()),
    )


@router.post("/{recipient_id}", name="recipients.edit")
def edit(request: Request, actor: CurrentActor, session: Writing, recipient_id: UUID, posted: PostedForm) -> Response:
    """Change what is said of a recipient."""
    now = clock.now()
    require_step_up(actor, now=now)
    recipient = get_recipient(session, actor, recipient_id)
    wanted, form = parse(RecipientIn, posted)
    if wanted is None:
        return _page(request, actor, recipient, form)
    try:
        service.edit_recipient(session, recipient, wanted, actor=actor, now=now)
    except Invalid as error:
        session.refresh(recipient)
        return _page(request, actor, recipient, with_error(form, error))
    return _back(recipient, "Changed. What was delivered keeps the terms of its day.")


@router.post("/{recipient_id}/close", name="recipients.close")
def close(actor: CurrentActor, session: Writing, recipient_id: UUID) -> Response:
    """Let nothing new be exported for it."""
    now = clock.now()
    require_step_up(actor, now=now)
    recipient = get_recipient(session, actor, recipient_id)
    service.close_recipient(session, recipient, actor=actor, now=now)
    return _back(recipient, f"{recipient.name} gets no new exports.")


@router.post("/{recipient_id}/reopen", name="recipients.reopen")
def reopen(actor: CurrentActor, session: Writing, recipient_id: UUID) -> Response:
    """Let things be exported for it again."""
    now = clock.now()
    require_step_up(actor, now=now)
    recipient = get_recipient(session, actor, recipient_id)
    service.reopen_recipient(session, recipient, actor=actor, now=now)
    return _back(recipient, f"Managers can export for {recipient.name} again.")


def _back(recipient: Recipient, sentence: str) -> Response:
    response = RedirectResponse(f"/admin/recipients/{recipient.id}", 303)
    flash(response, "done", sentence)
    return response
