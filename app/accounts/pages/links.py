"""What one-time links open: the first set-up, invitations, a new password.

Each change first looks at the link and hashes the password, and only then opens its transaction.
"""

from collections.abc import Callable
from typing import Annotated

from fastapi import APIRouter, Query, Request, Response
from fastapi.responses import RedirectResponse
from sqlalchemy.orm import Session

from app.accounts import service
from app.accounts.access import get_user
from app.accounts.deps import InPerson, MaybeActor, door_of
from app.accounts.models import User
from app.accounts.schemas import FirstAdmin, NewAccount, NewPassword, ResetRequest
from app.accounts.service import LinkFacts
from app.accounts.states import LinkPurpose
from app.core import clock, mail
from app.core.errors import Invalid, NotFound
from app.web.deps import CurrentSettings, Reading, Writing
from app.web.errors import answer
from app.web.flash import flash
from app.web.forms import Form, PostedForm, parse, with_error
from app.web.sessions import read_secret, set_secret
from app.web.templating import render

router = APIRouter()
Act = Callable[[LinkFacts], Response]


def _enter(request: Request, session: Session, user: User) -> Response:
    agent, replaces = door_of(request).user_agent, read_secret(request)
    now = clock.now()
    secret = service.start_session(session, user, user_agent=agent, now=now, stepped_up=True, replaces=replaces)
    response = RedirectResponse("/", 303)
    set_secret(response, request.app.state.settings, secret)
    return response


def _by_link(request: Request, session: Session, secret: str, purpose: LinkPurpose, act: Act) -> Response:
    """Act on what a link is for; a link that does not work is answered here, so that the try is counted."""
    door, now = door_of(request), clock.now()
    try:
        facts = service.peek(request.app.state.database, secret, purpose, door=door, now=now)
    except NotFound as error:
        service.note_failure(session, door.network, now=now)
        return answer(request, 404, error.code, error.sentence)
    return act(facts)


@router.get("/setup", name="accounts.setup.ask")
def ask_for_code(
    request: Request, session: Reading, code: Annotated[str, Query(max_length=100, pattern="^[A-Za-z0-9_-]*$")] = ""
) -> Response:
    """Ask for the one-time code when nobody is here yet."""
    if service.anybody_here(session):
        return RedirectResponse("/sign-in", 303)
    if code:
        return RedirectResponse(f"/setup/{code}", 303)
    return render(request, "accounts/setup_code.html")


@router.get("/setup/{secret}", name="accounts.setup")
def setup_form(request: Request, session: Reading, secret: str) -> Response:
    """Show the form for the first admin while the code works."""
    service.read_facts(session, secret, LinkPurpose.SETUP, now=clock.now())
    return render(request, "accounts/setup.html", form=Form())


@router.post("/setup/{secret}", name="accounts.setup.post")
def setup(request: Request, session: Writing, secret: str, posted: PostedForm) -> Response:
    """Make the first admin and let them in."""
    wanted, form = parse(FirstAdmin, posted)
    form.values.pop("password", None)

    def act(_facts: LinkFacts) -> Response:
        if wanted is not None:
            try:
                hashed = service.hash_new(wanted.password, email=wanted.email, name=wanted.name)
                user = service.set_up_first_admin(session, secret, wanted.email, wanted.name, hashed, now=clock.now())
                return _enter(request, session, user)
            except Invalid as error:
                with_error(form, error)
        return render(request, "accounts/setup.html", form=form, status=422)

    return _by_link(request, session, secret, LinkPurpose.SETUP, act)


@router.get("/invitations/{secret}", name="accounts.invitation")
def invitation_form(request: Request, actor: MaybeActor, session: Reading, secret: str) -> Response:
    """Show an invitation: join at once when it is yours, sign in when you have an account, else make one."""
    facts = service.read_facts(session, secret, LinkPurpose.INVITATION, now=clock.now())
    if actor is None:
        return _invitation(request, secret, facts, Form(values={"name": facts.name}))
    mine = get_user(session, actor, actor.user_id).email
    return _invitation(request, secret, facts, Form(), signed_in_as=mine)


def _invitation(
    request: Request, secret: str, facts: LinkFacts, form: Form, *, signed_in_as: str | None = None, status: int = 200
) -> Response:
    is_mine = signed_in_as is not None and signed_in_as.casefold() == facts.email.casefold()
    return render(
        request,
        "accounts/invitation.html",
        form=form,
        facts=facts,
        secret=secret,
        signed_in_as=signed_in_as,
        is_mine=is_mine,
        status=status,
    )


@router.post("/invitations/{secret}", name="accounts.invitation.post")
def accept(request: Request, session: Writing, secret: str, posted: PostedForm) -> Response:
    """Make an account by an invitation and let its owner in."""
    wanted, form = parse(NewAccount, posted)
    form.values.pop("password", None)

    def act(facts: LinkFacts) -> Response:
        if wanted is not None and not facts.has_password:
            try:
                hashed = service.hash_new(wanted.password, email=facts.email, name=wanted.name)
                user = service.accept_invitation(session, secret, wanted.name, hashed, now=clock.now())
                return _enter(request, session, user)
            except Invalid as error:
                with_error(form, error)
        return _invitation(request, secret, facts, form, status=422)

    return _by_link(request, session, secret, LinkPurpose.INVITATION, act)


@router.post("/invitations/{secret}/join", name="accounts.invitation.join")
def join(actor: InPerson, session: Writing, secret: str) -> Response:
    """Join by an invitation with the account one is signed in with; the session gets a new id."""
    service.join_by_invitation(session, secret, actor=actor, now=clock.now())
    response = RedirectResponse("/", 303)
    flash(response, "done", "You have joined.")
    return response


@router.get("/password", name="accounts.forgotten")
def forgotten_form(request: Request, settings: CurrentSettings) -> Response:
    """Say how to come in again."""
    return _forgotten(request, Form(), mails=mail.is_configured(settings), sent=False)


def _forgotten(request: Request, form: Form, *, mails: bool, sent: bool) -> Response:
    status = 422 if form.errors else 200
    return render(request, "accounts/forgotten.html", form=form, mails=mails, sent=sent, status=status)


@router.post("/password", name="accounts.forgotten.post")
def forgotten(request: Request, session: Writing, settings: CurrentSettings, posted: PostedForm) -> Response:
    """Mail a link if there is such an account; the page is the same if there is none."""
    wanted, form = parse(ResetRequest, posted)
    if wanted is not None:
        service.ask_for_reset(session, wanted.email, door=door_of(request), settings=settings, now=clock.now())
        form = Form()
    return _forgotten(request, form, mails=mail.is_configured(settings), sent=wanted is not None)


@router.get("/password/{secret}", name="accounts.reset")
def reset_form(request: Request, session: Reading, secret: str) -> Response:
    """Show the form for a new password while the link works."""
    service.read_facts(session, secret, LinkPurpose.RESET, now=clock.now())
    return render(request, "accounts/reset.html", form=Form())


@router.post("/password/{secret}", name="accounts.reset.post")
def reset(request: Request, session: Writing, secret: str, posted: PostedForm) -> Response:
    """Set the new password and let them in."""
    wanted, form = parse(NewPassword, posted)
    form.values.clear()

    def act(facts: LinkFacts) -> Response:
        if wanted is not None:
            try:
                hashed = service.hash_new(wanted.password, email=facts.email, name=facts.name)
                return _enter(request, session, service.reset_password(session, secret, hashed, now=clock.now()))
            except Invalid as error:
                with_error(form, error)
        return render(request, "accounts/reset.html", form=form, status=422)

    return _by_link(request, session, secret, LinkPurpose.RESET, act)
