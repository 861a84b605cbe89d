"""Sign in, sign out, give the password once more."""

from typing import Annotated

from fastapi import APIRouter, Depends, Query, Request, Response
from fastapi.responses import RedirectResponse

from app.accounts import service
from app.accounts.deps import InPerson, MaybeActor, door_of
from app.accounts.pages.cast import CAST, NAMES, is_open
from app.accounts.schemas import SignIn, StepUp
from app.accounts.service import Proof
from app.core import clock
from app.core.actor import Actor
from app.core.errors import TooManyRequests
from app.web.addresses import own_path
from app.web.deps import CurrentSettings, Reading, Writing
from app.web.errors import status_of
from app.web.forms import Form, PostedForm, parse
from app.web.sessions import clear_secret, read_secret, set_secret
from app.web.templating import render

router = APIRouter()
Onward = Annotated[str, Query(alias="next", max_length=2000)]
DOES_NOT_FIT = "That mail address and password do not fit together."


@router.get("/sign-in", name="accounts.sign_in")
def sign_in_form(request: Request, actor: MaybeActor, session: Reading, onward: Onward = "") -> Response:
    """Show the door; lead on who is in already, and to the set-up when nobody can be."""
    if actor is not None:
        return RedirectResponse(own_path(onward), 303)
    if not service.anybody_here(session):
        return RedirectResponse("/setup", 303)
    return _door(request, Form(values={"next": onward}))


def _door(request: Request, form: Form, status: int = 200) -> Response:
    cast = CAST if is_open(request) else ()
    return render(request, "accounts/sign_in.html", form=form, cast=cast, status=status)


@router.post("/sign-in", name="accounts.sign_in.post")
def sign_in(request: Request, session: Writing, settings: CurrentSettings, posted: PostedForm) -> Response:
    """Let somebody in, with a new session."""
    wanted, form = parse(SignIn, posted)
    form.values.pop("password", None)
    if wanted is None:
        return _door(request, form, 422)
    door, now = door_of(request), clock.now()
    try:
        proof = service.prove_by_address(request.app.state.database, wanted.email, wanted.password, door=door, now=now)
        replaces = read_secret(request)
        secret = service.sign_in(session, wanted.email, proof, door=door, now=now, replaces=replaces)
    except TooManyRequests as error:
        return _wait(_door(request, _refused(form, error.sentence), status_of(error)), error)
    if secret is None:
        return _door(request, _refused(form, DOES_NOT_FIT), 422)
    response = RedirectResponse(own_path(wanted.next), 303)
    set_secret(response, settings, secret)
    return response


def _refused(form: Form, sentence: str) -> Form:
    form.error = sentence
    return form


def _wait(response: Response, error: TooManyRequests) -> Response:
    response.headers["retry-after"] = str(error.retry_after_seconds)
    return response


@router.post("/sign-out", name="accounts.sign_out")
def sign_out(actor: MaybeActor, session: Writing, settings: CurrentSettings, posted: PostedForm) -> Response:
    """End the session; the browser forgets its copies of pages.

    What is kept on the device for an unfinished text is wiped only when the page says that it is stored here, or that
    the person gave it up (`drafts` = synced or discarded).
    """
    if actor is not None and actor.session_id is not None:
        service.end_session(session, actor.session_id, actor=actor, now=clock.now())
    response = RedirectResponse("/sign-in", 303)
    clear_secret(response, settings)
    nothing_lost = posted["drafts"] in {"synced", "discarded"}
    response.headers["clear-site-data"] = '"cache", "storage"' if nothing_lost else '"cache"'
    return response


@router.get("/step-up", name="accounts.step_up")
def step_up_form(request: Request, actor: InPerson, session: Reading, onward: Onward = "") -> Response:
    """Ask for the password once more."""
    del session
    return _step_up_page(request, actor, Form(values={"next": onward}))


def _own_proof(request: Request, posted: PostedForm) -> Proof | None:
    """Compare the password before the transaction of this request begins: hashing takes long."""
    secret, password = read_secret(request), posted["password"]
    if secret is None or not password:
        return None
    return service.prove_own(request.app.state.database, secret, password, door=door_of(request), now=clock.now())


@router.post("/step-up", name="accounts.step_up.post")
def step_up(
    request: Request,
    proof: Annotated[Proof | None, Depends(_own_proof)],
    actor: InPerson,
    session: Writing,
    posted: PostedForm,
) -> Response:
    """Check the password and go back to what was being done."""
    wanted, form = parse(StepUp, posted)
    form.values.pop("password", None)
    if wanted is not None and proof is not None:
        if service.step_up(session, actor, proof, door=door_of(request), now=clock.now()):
            return RedirectResponse(own_path(wanted.next), 303)
        form.errors["password"] = "This does not fit."  # noqa: S105 - a sentence
    return _step_up_page(request, actor, form, status=422)


def _step_up_page(request: Request, actor: Actor, form: Form, *, status: int = 200) -> Response:
    # The demo's people have no password; for them the door they came in by is open once more.
    door = f"/enter/{actor.name.lower()}" if is_open(request) and actor.name.lower() in NAMES else None
    return render(request, "accounts/step_up.html", form=form, name=actor.name, door=door, status=status)
