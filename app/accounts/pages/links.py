"""What one-time links open: the first set-up, invitations, a new password."""

from fastapi import APIRouter, Request, Response
from fastapi.responses import RedirectResponse
from sqlalchemy.orm import Session

from app.accounts import service
from app.accounts.deps import MaybeActor
from app.accounts.models import User
from app.accounts.pages.entering import door_of
from app.accounts.schemas import FirstAdmin, NewAccount, NewPassword, ResetRequest
from app.accounts.service import throttle
from app.accounts.states import LinkPurpose
from app.core import clock
from app.core.errors import Invalid
from app.web.deps import CurrentSettings, Reading, Writing
from app.web.flash import flash
from app.web.forms import Form, PostedForm, parse, with_error
from app.web.sessions import set_secret
from app.web.templating import render

router = APIRouter()


def _enter(request: Request, session: Session, user: User) -> Response:
    door = door_of(request)
    secret = service.start_session(session, user, user_agent=door.user_agent, now=clock.now(), stepped_up=True)
    response = RedirectResponse("/", 303)
    set_secret(response, request.app.state.settings, secret)
    return response


@router.get("/setup/{secret}", name="accounts.setup")
def setup_form(request: Request, session: Reading, secret: str) -> Response:
    """Show the form for the first admin while the code works."""
    service.open_link(session, secret, LinkPurpose.SETUP, now=clock.now())
    return render(request, "accounts/setup.html", form=Form())


@router.post("/setup/{secret}", name="accounts.setup.post")
def setup(request: Request, session: Writing, secret: str, posted: PostedForm) -> Response:
    """Make the first admin and let them in."""
    wanted, form = parse(FirstAdmin, posted)
    form.values.pop("password", None)
    if wanted is not None:
        try:
            user = service.set_up_first_admin(
                session, secret, wanted.email, wanted.name, wanted.password, now=clock.now()
            )
        except Invalid as error:
            with_error(form, error)
        else:
            return _enter(request, session, user)
    return render(request, "accounts/setup.html", form=form, status=422)


@router.get("/invitations/{secret}", name="accounts.invitation")
def invitation_form(request: Request, actor: MaybeActor, session: Reading, secret: str) -> Response:
    """Show an invitation: join at once when signed in, else make an account."""
    link = service.open_link(session, secret, LinkPurpose.INVITATION, now=clock.now())
    return render(request, "accounts/invitation.html", form=Form(), email=link.email, signed_in=actor is not None)


@router.post("/invitations/{secret}", name="accounts.invitation.post")
def accept(request: Request, actor: MaybeActor, session: Writing, secret: str, posted: PostedForm) -> Response:
    """Join by an invitation."""
    if actor is not None:
        service.join_by_invitation(session, secret, actor=actor, now=clock.now())
        response = RedirectResponse("/projects", 303)
        flash(response, "done", "You have joined.")
        return response
    link = service.open_link(session, secret, LinkPurpose.INVITATION, now=clock.now())
    wanted, form = parse(NewAccount, posted)
    form.values.pop("password", None)
    if wanted is not None:
        try:
            user = service.accept_invitation(session, secret, wanted.name, wanted.password, now=clock.now())
        except Invalid as error:
            with_error(form, error)
        else:
            return _enter(request, session, user)
    return render(request, "accounts/invitation.html", form=form, email=link.email, signed_in=False, status=422)


@router.get("/password", name="accounts.forgotten")
def forgotten_form(request: Request, settings: CurrentSettings) -> Response:
    """Say how to come in again."""
    return render(request, "accounts/forgotten.html", form=Form(), mails=settings.smtp_host is not None, sent=False)


@router.post("/password", name="accounts.forgotten.post")
def forgotten(request: Request, session: Writing, settings: CurrentSettings, posted: PostedForm) -> Response:
    """Mail a link if there is such an account; the page is the same if there is none."""
    wanted, form = parse(ResetRequest, posted)
    if wanted is not None:
        door, now = door_of(request), clock.now()
        subject = throttle.subject_of(door.key, "reset", door.ip)
        throttle.require_patience(session, subject, free=throttle.FREE_FAILURES, now=now)
        throttle.note_failure(session, subject, now=now)
        service.ask_for_reset(session, wanted.email, settings=settings, now=now)
    mails = settings.smtp_host is not None
    return render(request, "accounts/forgotten.html", form=form, mails=mails, sent=wanted is not None)


@router.get("/password/{secret}", name="accounts.reset")
def reset_form(request: Request, session: Reading, secret: str) -> Response:
    """Show the form for a new password while the link works."""
    service.open_link(session, secret, LinkPurpose.RESET, now=clock.now())
    return render(request, "accounts/reset.html", form=Form())


@router.post("/password/{secret}", name="accounts.reset.post")
def reset(request: Request, session: Writing, secret: str, posted: PostedForm) -> Response:
    """Set the new password and let them in."""
    wanted, form = parse(NewPassword, posted)
    form.values.clear()
    if wanted is not None:
        try:
            user = service.reset_password(session, secret, wanted.password, now=clock.now())
        except Invalid as error:
            with_error(form, error)
        else:
            return _enter(request, session, user)
    return render(request, "accounts/reset.html", form=form, status=422)
