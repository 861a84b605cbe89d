"""The delivery of one export: note that it was handed over, give a new link, note what the recipient has said."""

from uuid import UUID

from fastapi import APIRouter, Request, Response
from fastapi.responses import RedirectResponse
from sqlalchemy.orm import Session

from app.accounts.deps import CurrentActor
from app.config import Settings
from app.core import clock, mail
from app.core.actor import Actor
from app.core.errors import Conflict
from app.deliveries import queries
from app.deliveries.access import get_delivery
from app.deliveries.models import Delivery
from app.deliveries.schemas import AcknowledgementIn, DeliveryIn
from app.deliveries.service import delivering
from app.exports.access import get_export
from app.exports.models import Export
from app.exports.pages.frame import frame
from app.exports.queries import files_to_read
from app.web.deps import CurrentSettings, Reading, Writing
from app.web.flash import flash
from app.web.forms import Form, PostedForm, parse
from app.web.templating import render

router = APIRouter()


@router.get("/exports/{export_id}/delivery", name="deliveries.export")
def delivery_page(
    request: Request, actor: CurrentActor, session: Reading, settings: CurrentSettings, export_id: UUID
) -> Response:
    """Show what was handed to the recipient of an export, and what it said."""
    return _page(request, session, settings, actor, get_export(session, actor, export_id), Form())


def _page(
    request: Request,
    session: Session,
    settings: Settings,
    actor: Actor,
    export: Export,
    form: Form,
    *,
    link: str | None = None,
) -> Response:
    delivery = queries.delivery_of(session, export.id)
    return render(
        request,
        "deliveries/export.html",
        status=422 if form.errors else 200,
        export=export,
        recipient=export.recipient,
        delivery=delivery,
        files=files_to_read(session, export.id),
        manifest_sha256=queries.manifest_hash(session, export.id),
        delivered_by=queries.name_of(session, delivery.delivered_by) if delivery else "",
        noted_by=queries.name_of(session, delivery.acknowledged_by) if delivery else "",
        form=form,
        link=f"{settings.public_url.rstrip('/')}{link}" if link else None,
        mails=mail.is_configured(settings),
        **frame(session, actor, export.snapshot),
    )


@router.post("/exports/{export_id}/delivery", name="deliveries.deliver")
def deliver(
    request: Request,
    actor: CurrentActor,
    session: Writing,
    settings: CurrentSettings,
    export_id: UUID,
    posted: PostedForm,
) -> Response:
    """Note that the export was handed over; the link is shown once, unless it goes out by mail."""
    export = get_export(session, actor, export_id)
    wanted, form = parse(DeliveryIn, posted)
    if wanted is None:
        return _page(request, session, settings, actor, export, form)
    _, link = delivering.deliver(session, export, wanted, actor=actor, settings=settings, now=clock.now())
    return _after(request, session, settings, actor, export, link)


def _after(
    request: Request, session: Session, settings: Settings, actor: Actor, export: Export, link: str | None
) -> Response:
    if link is not None:
        session.flush()  # the page reads what was noted
        return _page(request, session, settings, actor, export, Form(), link=link)
    return _to_export(export.id, "The recipient gets its link by mail.")


def _to_export(export_id: UUID, sentence: str) -> Response:
    response = RedirectResponse(f"/exports/{export_id}/delivery", 303)
    flash(response, "done", sentence)
    return response


@router.post("/exports/{export_id}/delivery/link", name="deliveries.link")
def renew_link(
    request: Request, actor: CurrentActor, session: Writing, settings: CurrentSettings, export_id: UUID
) -> Response:
    """Make a new link for the recipient; the one before works no longer."""
    export = get_export(session, actor, export_id)
    link = delivering.renew_link(session, _delivered(session, export), actor=actor, settings=settings, now=clock.now())
    return _after(request, session, settings, actor, export, link)


def _delivered(session: Session, export: Export) -> Delivery:
    delivery = queries.delivery_of(session, export.id)
    if delivery is None:
        raise Conflict("This export was not handed over yet.")
    return delivery


@router.post("/exports/{export_id}/delivery/acknowledge", name="deliveries.acknowledge")
def acknowledge(
    request: Request,
    actor: CurrentActor,
    session: Writing,
    settings: CurrentSettings,
    export_id: UUID,
    posted: PostedForm,
) -> Response:
    """Note what the recipient has said elsewhere."""
    export = get_export(session, actor, export_id)
    delivery = _delivered(session, export)
    wanted, form = parse(AcknowledgementIn, posted)
    if wanted is None:
        return _page(request, session, settings, actor, export, form)
    delivering.acknowledge_by_hand(session, delivery, wanted, actor=actor, now=clock.now())
    return _to_export(export.id, "Noted.")


@router.post("/deliveries/{delivery_id}/acknowledge", name="deliveries.acknowledge_any")
def acknowledge_any(actor: CurrentActor, session: Writing, delivery_id: UUID, posted: PostedForm) -> Response:
    """Note what a recipient has said, from its own page: for admins, who may not see the project."""
    delivery = get_delivery(session, actor, delivery_id)
    back = f"/admin/recipients/{delivery.recipient_id}/deliveries"
    wanted, form = parse(AcknowledgementIn, posted)
    response = RedirectResponse(back, 303)
    if wanted is None:
        flash(response, "refused", f"Say who said so, and where: {' '.join(form.errors.values())}")
        return response
    delivering.acknowledge_by_hand(session, delivery, wanted, actor=actor, now=clock.now())
    flash(response, "done", "Noted.")
    return response
