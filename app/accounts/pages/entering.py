"""Sign in, sign out, give the password once more."""

from typing import Annotated

from fastapi import APIRouter, Query, Request, Response
from fastapi.responses import RedirectResponse

from app.accounts import service
from app.accounts.deps import CurrentActor, MaybeActor
from app.accounts.schemas import SignIn, StepUp
from app.accounts.service.sessions import Door
from app.core import clock
from app.web.deps import CurrentSettings, Reading, Writing
from app.web.forms import Form, PostedForm, parse
from app.web.sessions import clear_secret, set_secret
from app.web.templating import render

router = APIRouter()
Onward = Annotated[str, Query(alias="next", max_length=2000)]
DOES_NOT_FIT = "That mail address and password do not fit together."
CAST = (
    ("Ed", "a piece came back to him"),
    ("Eve", "in the middle of a program"),
    ("Rae", "work waits for her"),
    ("Ron", "second opinions"),
    ("Mona", "runs both projects"),
    ("Ada", "looks after everything"),
)


def door_of(request: Request) -> Door:
    """Say where the request comes from, for the counters of failed attempts."""
    ip = request.client.host if request.client else ""
    return Door(key=request.app.state.keys["subjects"], ip=ip, user_agent=request.headers.get("user-agent", ""))


def safe_next(path: str) -> str:
    """Return a path of our own to go to: one leading slash, no backslash, no control character; else home."""
    fine = path.startswith("/") and not path.startswith("//") and "\\" not in path and path.isprintable()
    return path if fine else "/"


@router.get("/sign-in", name="accounts.sign_in")
def sign_in_form(request: Request, actor: MaybeActor, onward: Onward = "") -> Response:
    """Show the door."""
    if actor is not None:
        return RedirectResponse(safe_next(onward), 303)
    return _door(request, Form(values={"next": onward}))


def _door(request: Request, form: Form, status: int = 200) -> Response:
    cast = CAST if request.app.state.settings.demo else ()
    return render(request, "accounts/sign_in.html", form=form, cast=cast, status=status)


@router.post("/sign-in", name="accounts.sign_in.post")
def sign_in(request: Request, session: Writing, settings: CurrentSettings, posted: PostedForm) -> Response:
    """Let somebody in, with a new session."""
    wanted, form = parse(SignIn, posted)
    form.values.pop("password", None)
    if wanted is None:
        return _door(request, form, 422)
    secret = service.sign_in(session, wanted.email, wanted.password, door=door_of(request), now=clock.now())
    if secret is None:
        form.error = DOES_NOT_FIT
        return _door(request, form, 422)
    response = RedirectResponse(safe_next(wanted.next), 303)
    set_secret(response, settings, secret)
    return response


@router.post("/sign-out", name="accounts.sign_out")
def sign_out(actor: MaybeActor, session: Writing, settings: CurrentSettings) -> Response:
    """End the session; the browser forgets its copies of pages."""
    if actor is not None and actor.session_id is not None:
        service.end_session(session, actor.session_id, actor=actor, now=clock.now())
    response = RedirectResponse("/sign-in", 303)
    clear_secret(response, settings)
    response.headers["clear-site-data"] = '"cache"'
    return response


@router.get("/step-up", name="accounts.step_up")
def step_up_form(request: Request, actor: CurrentActor, session: Reading, onward: Onward = "") -> Response:
    """Ask for the password once more."""
    del session
    return render(request, "accounts/step_up.html", form=Form(values={"next": onward}), name=actor.name)


@router.post("/step-up", name="accounts.step_up.post")
def step_up(request: Request, actor: CurrentActor, session: Writing, posted: PostedForm) -> Response:
    """Check the password and go back to what was being done."""
    wanted, form = parse(StepUp, posted)
    form.values.pop("password", None)
    if wanted is not None:
        if service.step_up(session, actor, wanted.password, door=door_of(request), now=clock.now()):
            return RedirectResponse(safe_next(wanted.next), 303)
        form.errors["password"] = "This does not fit."  # noqa: S105 - a sentence
    return render(request, "accounts/step_up.html", form=form, name=actor.name, status=422)
