"""The reference sets of the installation, for admins: list, add from a file, remove."""

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
from app.decontamination.access import get_reference_set
from app.decontamination.pages.receiving import receive_set
from app.decontamination.queries.findings import reference_rows
from app.decontamination.schemas import ReferenceIn
from app.decontamination.service.references import remove_reference_set
from app.decontamination.states import ReferenceState
from app.web.deps import CurrentSettings, Reading, Writing
from app.web.flash import flash
from app.web.forms import Form, Posted, PostedForm, parse, with_error
from app.web.templating import render

BADGES = {ReferenceState.READY: "live", ReferenceState.LOADING: "waiting", ReferenceState.FAILED: "bad"}


async def _admins_only(actor: CurrentActor) -> None:
    require_admin(actor)


router = APIRouter(prefix="/admin/references", dependencies=[Depends(_admins_only)])


@router.get("", name="decontamination.references")
def references(request: Request, actor: CurrentActor, session: Reading) -> Response:
    """List the reference sets, and let one be added."""
    return _page(request, session, actor, Form(values={"fields": "text"}))


def _page(request: Request, session: Session, actor: Actor, form: Form) -> Response:
    rows = reference_rows(session)
    return render(
        request,
        "decontamination/references.html",
        partial="decontamination/_references.html",
        status=422 if form.errors or form.error else 200,
        rows=rows,
        badges=BADGES,
        is_loading=any(row.item.state is ReferenceState.LOADING for row in rows),
        form=form,
        stepped_up=actor.stepped_up(clock.now()),
    )


@router.post("", name="decontamination.add")
def add(
    request: Request, actor: CurrentActor, session: Writing, settings: CurrentSettings, posted: PostedForm
) -> Response:
    """Take a file of texts; the worker hashes it."""
    require_step_up(actor, now=clock.now())
    texts = {name: posted[name] for name in ReferenceIn.model_fields if name in posted.fields}
    wanted, form = parse(ReferenceIn, Posted(texts, {}))
    if wanted is None:
        return _page(request, session, actor, form)
    try:
        added = receive_set(session, settings, actor, wanted, posted.files.get("file"))
    except Invalid as error:
        return _page(request, session, actor, with_error(form, error))
    response = RedirectResponse("/admin/references", 303)
    flash(response, "done", f"{added.name} is being hashed; then everything is held against it.")
    return response


@router.post("/{set_id}/remove", name="decontamination.remove")
def remove(actor: CurrentActor, session: Writing, settings: CurrentSettings, set_id: UUID) -> Response:
    """Delete a set with all that was found by it."""
    now = clock.now()
    require_step_up(actor, now=now)
    found = get_reference_set(session, actor, set_id)
    remove_reference_set(session, found, settings=settings, actor=actor, now=now)
    response = RedirectResponse("/admin/references", 303)
    flash(response, "done", f"{found.name} is removed, and with it what was found by it.")
    return response
