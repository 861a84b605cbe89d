"""Corrections of what was handed over: what is outstanding, a delivery's lines, and what its recipient sees."""

from uuid import UUID

from fastapi import APIRouter, Request, Response
from fastapi.responses import RedirectResponse
from sqlalchemy.orm import Session

from app.accounts.access import require_admin
from app.accounts.deps import CurrentActor
from app.config import Settings
from app.core import clock, mail
from app.core.signing import Signer
from app.datasets.models import Snapshot
from app.datasets.service import note_taken_lists, signed_list
from app.datasets.states import ListFile
from app.deliveries import queries
from app.deliveries.access import get_delivery, open_notice
from app.deliveries.models import Delivery
from app.deliveries.pages.links import behind_link
from app.deliveries.schemas import AcknowledgementIn, NoticeIn
from app.deliveries.service import notifying
from app.exports.models import Export
from app.web.deps import CurrentSettings, Reading, Writing
from app.web.flash import flash
from app.web.forms import Form, PostedForm, parse
from app.web.headers import CSP_FILE
from app.web.templating import render

router = APIRouter()


@router.get("/admin/notices", name="deliveries.notices")
def notices_page(request: Request, actor: CurrentActor, session: Reading) -> Response:
    """List the corrections that recipients have not acknowledged, for admins; what is overdue is marked."""
    require_admin(actor)
    return render(request, "deliveries/notices.html", found=notifying.outstanding(session), now=clock.now())


@router.get("/deliveries/{delivery_id}/corrections", name="deliveries.corrections")
def corrections_page(
    request: Request, actor: CurrentActor, session: Reading, settings: CurrentSettings, delivery_id: UUID
) -> Response:
    """Show what the recipient of a delivery was told, and what it has said to it."""
    return _page(request, session, settings, get_delivery(session, actor, delivery_id), Form())


def _page(
    request: Request, session: Session, settings: Settings, delivery: Delivery, form: Form, link: str | None = None
) -> Response:
    lines = notifying.lines_of(session, delivery.id, outstanding=False)
    snapshot = _snapshot(session, delivery)
    return render(
        request,
        "deliveries/corrections.html",
        status=422 if form.errors else 200,
        delivery=delivery,
        snapshot=snapshot,
        lines=lines,
        is_open=any(line.notice.acknowledged_at is None for line in lines),
        now=clock.now(),
        form=form,
        link=f"{settings.public_url.rstrip('/')}{link}" if link else None,
        mails=mail.is_configured(settings),
    )


def _snapshot(session: Session, delivery: Delivery) -> Snapshot:
    snapshot = session.get_one(Export, delivery.export_id).snapshot_id
    found = session.get_one(Snapshot, snapshot)
    session.refresh(found, ["dataset"])
    return found


@router.post("/deliveries/{delivery_id}/corrections/link", name="deliveries.notice_link")
def renew_link(
    request: Request, actor: CurrentActor, session: Writing, settings: CurrentSettings, delivery_id: UUID
) -> Response:
    """Make a new link for the recipient, shown once, or mail one; the one before works no longer."""
    delivery, mails = get_delivery(session, actor, delivery_id), mail.is_configured(settings)
    link = notifying.renew_link(session, delivery, mails=mails, actor=actor, now=clock.now())
    if link is None:
        return _back(delivery, "The recipient gets its link by mail.")
    return _page(request, session, settings, delivery, Form(), link)


@router.post("/deliveries/{delivery_id}/corrections/acknowledge", name="deliveries.notice_by_hand")
def acknowledge_by_hand(
    request: Request,
    actor: CurrentActor,
    session: Writing,
    settings: CurrentSettings,
    delivery_id: UUID,
    posted: PostedForm,
) -> Response:
    """Note what the recipient has said elsewhere of all that is outstanding."""
    delivery = get_delivery(session, actor, delivery_id)
    wanted, form = parse(AcknowledgementIn, posted)
    if wanted is None:
        return _page(request, session, settings, delivery, form)
    notifying.acknowledge_by_hand(session, delivery, wanted, actor=actor, now=clock.now())
    return _back(delivery, "Noted.")


def _back(delivery: Delivery, sentence: str) -> Response:
    response = RedirectResponse(f"/deliveries/{delivery.id}/corrections", 303)
    flash(response, "done", sentence)
    return response


@router.get("/notices/{secret}", name="deliveries.notice")
def notice(request: Request, session: Reading, secret: str) -> Response:
    """Show a recipient what is corrected of what it has, while its link works. No account is needed."""
    return _told(request, session, secret, open_notice(session, secret, now=clock.now()), Form())


def _told(request: Request, session: Session, secret: str, delivery: Delivery, form: Form) -> Response:
    lines = notifying.lines_of(session, delivery.id)
    return render(
        request,
        "deliveries/notice.html",
        status=422 if form.errors else 200,
        secret=secret,
        delivery=delivery,
        snapshot=delivery.export.snapshot,
        lines=lines,
        up_to=max((line.correction.n for line in lines), default=0),
        files=list(ListFile),
        sender=queries.name_of(session, delivery.delivered_by),
        form=form,
    )


@router.post("/notices/{secret}", name="deliveries.heard")
def heard(request: Request, session: Writing, secret: str, posted: PostedForm) -> Response:
    """Take the recipient's word that it has heard of the lines it was shown, and has taken withdrawn rows out."""
    now = clock.now()
    delivery = behind_link(request, session, lambda: open_notice(session, secret, now=now), now=now)
    if isinstance(delivery, Response):
        return delivery
    wanted, form = parse(NoticeIn, posted)
    if wanted is None:
        if "heard" in form.errors:
            form.errors["heard"] = "Tick this when it is done, or tell whoever handed you the files why it cannot be."
        return _told(request, session, secret, delivery, form)
    count = notifying.acknowledge_by_link(session, delivery, wanted.name, wanted.up_to, now=now)
    snapshot = delivery.export.snapshot
    return render(request, "deliveries/heard.html", delivery=delivery, snapshot=snapshot, count=count)


@router.post("/notices/{secret}/{name}", name="deliveries.notice_list")
def list_of(request: Request, session: Writing, settings: CurrentSettings, secret: str, name: str) -> Response:
    """Let a recipient download a signed list of the snapshot it has, or its signature."""
    now = clock.now()
    delivery = behind_link(request, session, lambda: open_notice(session, secret, now=now), now=now)
    if isinstance(delivery, Response):
        return delivery
    snapshot = delivery.export.snapshot
    data = signed_list(session, snapshot, Signer(settings.data_dir), name)
    note_taken_lists(session, snapshot, name, actor=None, now=now)
    headers = {"content-disposition": f'attachment; filename="{name}"', "content-security-policy": CSP_FILE}
    return Response(data, media_type="application/octet-stream", headers=headers)
