"""What a recipient sees behind its one-time link: what was handed over, and the button that says it has it.

No account is needed; whoever has the link is the recipient. A wrong link is counted, as at the doors of accounts.
"""

from fastapi import APIRouter, Request, Response
from sqlalchemy.orm import Session

from app.core import clock
from app.deliveries import queries
from app.deliveries.access import open_receipt
from app.deliveries.models import Delivery
from app.deliveries.pages.links import behind_link
from app.deliveries.schemas import ReceiptIn
from app.deliveries.service.delivering import acknowledge_by_link
from app.exports.queries import files_to_read
from app.web.deps import Reading, Writing
from app.web.forms import Form, PostedForm, parse
from app.web.templating import render

router = APIRouter()


@router.get("/receipts/{secret}", name="deliveries.receipt")
def receipt(request: Request, session: Reading, secret: str) -> Response:
    """Show what was handed over while the link works."""
    return _page(request, session, secret, open_receipt(session, secret, now=clock.now()), Form())


def _page(request: Request, session: Session, secret: str, delivery: Delivery, form: Form) -> Response:
    return render(
        request,
        "deliveries/receipt.html",
        status=422 if form.errors else 200,
        secret=secret,
        delivery=delivery,
        snapshot=delivery.export.snapshot,
        files=files_to_read(session, delivery.export_id),
        sender=queries.name_of(session, delivery.delivered_by),
        form=form,
    )


@router.post("/receipts/{secret}", name="deliveries.receive")
def receive(request: Request, session: Writing, secret: str, posted: PostedForm) -> Response:
    """Take the recipient's word that it has what is listed and accepts the terms."""
    now = clock.now()
    delivery = behind_link(request, session, lambda: open_receipt(session, secret, now=now), now=now)
    if isinstance(delivery, Response):
        return delivery
    wanted, form = parse(ReceiptIn, posted)
    if wanted is None:
        if "accepts" in form.errors:
            form.errors["accepts"] = "Tick this, or tell whoever handed you the files what you do not accept."
        return _page(request, session, secret, delivery, form)
    acknowledge_by_link(session, delivery, wanted, now=now)
    return render(request, "deliveries/received.html", delivery=delivery, snapshot=delivery.export.snapshot)
