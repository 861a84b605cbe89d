"""Pages before an export: a snapshot, and the steps to its files, whose rows are looked at before they are written."""

from typing import Annotated, Any
from uuid import UUID

from fastapi import APIRouter, Query, Request, Response
from fastapi.responses import RedirectResponse
from sqlalchemy.orm import Session

from app.accounts.deps import CurrentActor
from app.accounts.service import require_step_up
from app.core import clock
from app.core.actor import Actor
from app.core.errors import Invalid
from app.datasets.access import get_snapshot
from app.datasets.models import Snapshot
from app.datasets.queries.corrections import last_number
from app.datasets.states import SnapshotState
from app.decontamination.queries.findings import snapshot_rows
from app.exports import queries, service
from app.exports.formats.base import Format
from app.exports.formats.registry import FORMATS, get_format
from app.exports.pages.frame import frame, job_of
from app.exports.pages.looking import json_tokens, option_fields, strip_of, words_of_options
from app.exports.schemas import LookQuery
from app.recipients.access import read_recipient
from app.recipients.queries import open_recipients
from app.web.deps import Reading, Writing
from app.web.forms import Form, PostedForm, with_error
from app.web.templating import render

router = APIRouter()


@router.get("/snapshots/{snapshot_id}", name="exports.snapshot")
def snapshot_page(request: Request, actor: CurrentActor, session: Reading, snapshot_id: UUID) -> Response:
    """Show a snapshot and its exports."""
    snapshot = get_snapshot(session, actor, snapshot_id)
    return render(
        request,
        "exports/snapshot.html",
        partial="exports/_freezing.html",
        job=job_of(session, snapshot.job_id),
        exports=queries.exports_of(session, snapshot.id),
        contamination=snapshot_rows(session, snapshot.id),
        corrections=last_number(session, snapshot.id),
        titles={found.name: found.title for found in FORMATS.values()},
        **frame(session, actor, snapshot),
    )


@router.get("/snapshots/{snapshot_id}/export", name="exports.choose")
def choose(
    request: Request,
    actor: CurrentActor,
    session: Reading,
    snapshot_id: UUID,
    asked: Annotated[LookQuery, Query()],
) -> Response:
    """Choose format and options, and look at the rows that would come of them."""
    snapshot = get_snapshot(session, actor, snapshot_id)
    chosen = get_format(asked.format)
    offered = _offered(snapshot)
    if chosen not in offered and "format" not in request.query_params:
        chosen = offered[0]
    defaults = chosen.options_model().model_dump(mode="json")
    given = {name: request.query_params.get(name, str(value)) for name, value in defaults.items()}
    # A textarea's line ends come as CRLF here as in a posted form.
    form = Form(values={name: value.replace("\r\n", "\n") for name, value in given.items()})
    return _choices(request, session, actor, snapshot, chosen, form, look=asked)


def _offered(snapshot: Snapshot) -> list[Format]:
    """List the formats for what the snapshot is for: training, or evaluation."""
    return [found for found in FORMATS.values() if snapshot.use in found.uses]


def _choices(
    request: Request,
    session: Session,
    actor: Actor,
    snapshot: Snapshot,
    chosen: Format,
    form: Form,
    *,
    look: LookQuery,
) -> Response:
    context = _looked_at(session, snapshot, chosen, form, look)
    names = {str(one.id): one.name for one in open_recipients(session)}
    return render(
        request,
        "exports/choose.html",
        partial="exports/_rows.html",
        status=422 if form.error else 200,
        formats=_offered(snapshot),
        chosen=chosen,
        is_chosen="format" in request.query_params,
        fields=option_fields(chosen),
        options_too=request.headers.get("hx-trigger") == "formats",
        form=form,
        is_ready=snapshot.state is SnapshotState.READY,
        recipients=[("", "This installation"), *names.items()],
        whom=Form(values={"recipient": look.recipient}),
        whom_name=names.get(look.recipient),
        **context,
        **frame(session, actor, snapshot),
    )


def _looked_at(session: Session, snapshot: Snapshot, chosen: Format, form: Form, look: LookQuery) -> dict[str, Any]:
    """Render the preview; options that the format refuses are told beside their fields and show no row."""
    try:
        found = service.preview(session, snapshot, chosen, service.read_options(chosen, form.values))
    except Invalid as error:
        with_error(form, error)
        return {"preview": None, "strip": None, "shown": None, "lines": [], "options": "", "asked": {}}
    asked = {name: str(value) for name, value in form.values.items() if name not in chosen.ignores}
    if look.recipient:
        asked["recipient"] = look.recipient
    query = {"format": chosen.name, **asked}
    strip = strip_of(f"/snapshots/{snapshot.id}/export", query, len(found.rows), look.row or 1, look.seen)
    shown = found.rows[strip.row - 1] if found.rows else None
    return {
        "preview": found,
        "strip": strip,
        "shown": shown,
        "lines": [(line.path, line.size_bytes, json_tokens(line.row)) for line in shown.lines] if shown else [],
        "reading": shown.parts if shown else [],
        "options": words_of_options(chosen, form.values),
        "asked": query,
    }


@router.post("/snapshots/{snapshot_id}/exports", name="exports.ask")
def ask(request: Request, actor: CurrentActor, session: Writing, snapshot_id: UUID, posted: PostedForm) -> Response:
    """Ask for an export and go to it; `looked` says that every row of the preview was shown."""
    now = clock.now()
    require_step_up(actor, now=now)
    snapshot = get_snapshot(session, actor, snapshot_id)
    chosen = get_format(posted["format"])
    options = {field.name: posted[field.name] for field in option_fields(chosen) if field.name in posted.fields}
    looked = posted["looked"] == "true"
    whom = read_recipient(session, actor, posted["recipient"])
    try:
        export = service.ask(
            session, snapshot, chosen.name, options, actor=actor, now=now, looked=looked, recipient=whom
        )
    except Invalid as error:
        form = with_error(Form(values=dict(options)), error)
        look = LookQuery(recipient=posted["recipient"])
        return _choices(request, session, actor, snapshot, chosen, form, look=look)
    return RedirectResponse(f"/exports/{export.id}", 303)
