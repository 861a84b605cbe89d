"""The contributor agreement: read and signed, withdrawn, compared, written with a preview; who has signed."""

from typing import Annotated, Any

from fastapi import APIRouter, Query, Request, Response
from fastapi.responses import RedirectResponse
from sqlalchemy.orm import Session

from app.accounts.deps import CurrentActor
from app.core import clock
from app.core.actor import Actor
from app.core.errors import Conflict, Invalid
from app.projects import queries
from app.projects.access import get_agreement, get_project
from app.projects.models import AgreementVersion, Project
from app.projects.pages.frame import frame
from app.projects.policy import can_annotate, can_manage_project, can_sign
from app.projects.schemas.agreement import AgreementIn
from app.projects.service import agreement as service
from app.projects.service.changes import changes_between
from app.projects.service.clauses import clauses_of
from app.projects.service.terms import (
    ATTRIBUTION_WORDS,
    PUBLICATION_WORDS,
    RECIPIENT_WORDS,
    changed_terms,
    terms_of,
)
from app.web.addresses import own_path
from app.web.deps import Reading, Writing
from app.web.flash import flash
from app.web.forms import Form, Posted, PostedForm, parse, with_error
from app.web.templating import render

router = APIRouter()
TEXTS = ("body", "plain", "funder", "publication", "attribution", "rights", "pay", "summary", "based_on")
LABELS = {
    "body": "Text",
    "plain": "In plain words",
    "funder": "Funder",
    "recipients": "May be handed to",
    "summary": "What changed",
}


@router.get("/projects/{slug}/agreement", name="agreement.current")
def current(
    request: Request,
    slug: str,
    actor: CurrentActor,
    session: Reading,
    onward: Annotated[str, Query(alias="next", max_length=200)] = "",
) -> Response:
    """Show the version in force with the form that signs it; `next` is where signing leads."""
    project = get_project(session, actor, slug)
    version = queries.current_agreement(session, project)
    if version is None:
        return render(request, "projects/agreement_none.html", **frame(session, actor, project, "guidelines"))
    return _show(request, session, actor, project, version, Form(values={"next": onward}))


@router.post("/projects/{slug}/agreement/sign", name="agreement.sign")
def sign(request: Request, slug: str, actor: CurrentActor, session: Writing, posted: PostedForm) -> Response:
    """Sign the version in force, which the form names."""
    project = get_project(session, actor, slug, can=can_sign)
    n = _number(posted["n"])
    here = f"/projects/{slug}/agreement"
    if posted["agreed"] != "true":
        version = get_agreement(session, project, n)
        errors = {"agreed": "Tick this to say that you agree; without it nothing is signed."}
        return _show(request, session, actor, project, version, Form({"next": posted["next"]}, errors), status=422)
    try:
        service.sign_agreement(session, project, n, actor=actor, now=clock.now())
    except Conflict as error:
        response = RedirectResponse(here, 303)
        flash(response, "caution", error.sentence)
        return response
    onward = own_path(posted["next"]) if posted["next"] else "/work" if can_annotate(actor, project) else here
    response = RedirectResponse(onward, 303)
    flash(response, "done", f"You have signed version {n} of the contributor agreement of {project.name}.")
    return response


@router.get("/projects/{slug}/agreement/withdraw", name="agreement.leave")
def leave(request: Request, slug: str, actor: CurrentActor, session: Reading) -> Response:
    """Say what withdrawing a signature does and cannot undo, with the button that does it."""
    project = get_project(session, actor, slug, can=can_sign)
    signature = queries.standing_signature(session, project, actor.user_id)
    context = frame(session, actor, project, "guidelines")
    return render(
        request,
        "projects/agreement_withdraw.html",
        signature=signature,
        annotates=can_annotate(actor, project),
        **context,
    )


@router.post("/projects/{slug}/agreement/withdraw", name="agreement.withdraw")
def withdraw(slug: str, actor: CurrentActor, session: Writing) -> Response:
    """Take one's signature back."""
    project = get_project(session, actor, slug, can=can_sign)
    service.withdraw_signature(session, project, actor=actor, now=clock.now())
    response = RedirectResponse(f"/projects/{slug}/agreement", 303)
    flash(response, "done", "Your signature is withdrawn. You get no new tasks here until you sign again.")
    return response


@router.get("/projects/{slug}/agreement/edit", name="agreement.edit")
def edit(request: Request, slug: str, actor: CurrentActor, session: Reading) -> Response:
    """Show the editor with the version in force."""
    project = get_project(session, actor, slug, can=can_manage_project)
    version = queries.current_agreement(session, project)
    values: dict[str, Any] = {"recipients": ["internal"], "publication": "none", "attribution": "pseudonym"}
    if version is not None:
        values = {name: getattr(version, name) for name in (*TEXTS[:-2], "recipients", "model_training")}
    values |= {"summary": "", "based_on": project.agreement_n}
    return _editor(request, actor, session, project, Form(values=values))


@router.post("/projects/{slug}/agreement/edit", name="agreement.publish")
def publish(request: Request, slug: str, actor: CurrentActor, session: Writing, posted: PostedForm) -> Response:
    """Publish the text as the next version, or only show how it will look."""
    project = get_project(session, actor, slug, can=can_manage_project)
    sent = posted.fields.get("recipients", [])
    values: dict[str, Any] = {name: posted[name] for name in TEXTS}
    values["recipients"] = [sent] if isinstance(sent, str) else sent
    values["model_training"] = posted["model_training"] == "true"
    if posted["act"] == "preview":
        return _editor(request, actor, session, project, Form(values=values))
    data, form = parse(AgreementIn, Posted(values, {}))
    form.values = values
    if data is None:
        form.error = form.errors.pop("form", form.error)
        return _editor(request, actor, session, project, form, status=422)
    try:
        version = service.publish_agreement(session, project, data, actor=actor, now=clock.now())
    except Invalid as error:
        return _editor(request, actor, session, project, with_error(form, error), status=422)
    except Conflict as error:
        form.error = error.sentence
        return _editor(request, actor, session, project, form, status=409)
    response = RedirectResponse(f"/projects/{slug}/agreement", 303)
    flash(response, "done", f"Version {version.n} is in force. Members sign it before their next task or hand-in.")
    return response


@router.get("/projects/{slug}/agreement/signatures", name="agreement.signatures")
def signatures(request: Request, slug: str, actor: CurrentActor, session: Reading) -> Response:
    """List who has signed which version, and who has withdrawn."""
    project = get_project(session, actor, slug, can=can_manage_project)
    signers = queries.signers_of(session, project)
    context = frame(session, actor, project, "guidelines")
    return render(request, "projects/agreement_signatures.html", signers=signers, **context)


@router.get("/projects/{slug}/agreement/{n}", name="agreement.version")
def version_page(request: Request, slug: str, n: int, actor: CurrentActor, session: Reading) -> Response:
    """Show one version, in force or older."""
    project = get_project(session, actor, slug)
    return _show(request, session, actor, project, get_agreement(session, project, n), Form())


@router.get("/projects/{slug}/agreement/{n}/changes", name="agreement.changes")
def changes(
    request: Request, slug: str, n: int, actor: CurrentActor, session: Reading, since: int | None = None
) -> Response:
    """Show what version `n` says otherwise than `since` (default: the one before it): terms first, then the text."""
    project = get_project(session, actor, slug)
    new = get_agreement(session, project, n)
    known = [one for one, _ in queries.agreements_of(session, project)]
    earlier = [one.n for one in known if one.n < n]
    old = get_agreement(session, project, since or max(earlier)) if since or earlier else None
    return render(
        request,
        "projects/agreement_changes.html",
        **frame(session, actor, project, "guidelines"),
        old=old,
        new=new,
        versions=known,
        terms=changed_terms(old, new) if old is not None else [],
        changes=changes_between(old.body if old else "", new.body),
    )


def _number(text: str) -> int:
    return int(text) if text.isdecimal() and len(text) < 9 else 0  # noqa: PLR2004 - digits


def _show(
    request: Request,
    session: Session,
    actor: Actor,
    project: Project,
    shown: AgreementVersion,
    form: Form,
    *,
    status: int = 200,
) -> Response:
    signature = queries.standing_signature(session, project, actor.user_id)
    signed = session.get_one(AgreementVersion, signature.version_id) if signature is not None else None
    is_open = shown.n == project.agreement_n and can_sign(actor, project)
    return render(
        request,
        "projects/agreement.html",
        status=status,
        **frame(session, actor, project, "guidelines"),
        shown=shown,
        terms=terms_of(shown),
        clauses=clauses_of(shown.body),
        versions=queries.agreements_of(session, project),
        form=form,
        signature=signature,
        signed=signed,
        to_sign=is_open and (signed is None or signed.id != shown.id),
        news=changed_terms(signed, shown) if signed is not None and signed.id != shown.id and is_open else [],
        annotates=can_annotate(actor, project),
    )


def _editor(
    request: Request, actor: Actor, session: Session, project: Project, form: Form, *, status: int = 200
) -> Response:
    in_force = queries.current_agreement(session, project)
    body = str(form.values.get("body", ""))
    form.values["body"] = body
    return render(
        request,
        "projects/agreement_edit.html",
        partial="projects/_preview.html",
        status=status,
        **frame(session, actor, project, "guidelines"),
        form=form,
        labels=LABELS,
        in_force=in_force,
        is_stale=str(form.values["based_on"]) != str(project.agreement_n),
        clauses=clauses_of(body),
        changes=changes_between(in_force.body if in_force else "", body),
        recipients=[(one.value, words) for one, words in RECIPIENT_WORDS.items()],
        publications=[(one.value, words.capitalize()) for one, words in PUBLICATION_WORDS.items()],
        attributions=[(one.value, words.capitalize()) for one, words in ATTRIBUTION_WORDS.items()],
    )
