"""One's own account: profile, password, sessions, tokens."""

from uuid import UUID

from fastapi import APIRouter, Request, Response
from fastapi.responses import RedirectResponse
from sqlalchemy.orm import Session

from app.accounts import queries, service
from app.accounts.access import get_own_session, get_own_token, get_user
from app.accounts.deps import CurrentActor
from app.accounts.schemas import SCOPES, PasswordChange, Profile, TokenIn
from app.core import clock
from app.core.actor import Actor
from app.core.errors import Invalid
from app.web.deps import Reading, Writing
from app.web.flash import flash
from app.web.forms import Form, PostedForm, parse, with_error
from app.web.templating import render

router = APIRouter(prefix="/account")


def _page(
    request: Request,
    session: Session,
    actor: Actor,
    *,
    profile: Form | None = None,
    password: Form | None = None,
    token: Form | None = None,
    secret: str | None = None,
) -> Response:
    user = get_user(session, actor, actor.user_id)
    values = {"name": user.name, "locale": user.locale, "mail_notifications": user.mail_notifications}
    forms = (profile, password, token)
    return render(
        request,
        "accounts/account.html",
        status=422 if any(form is not None and (form.error or form.errors) for form in forms) else 200,
        email=user.email,
        level=user.level,
        profile=profile or Form(values=values),
        password=password or Form(),
        token=token or Form(values={"days": 90}),
        secret=secret,
        scopes=SCOPES,
        sessions=queries.open_sessions(session, actor.user_id),
        session_id=actor.session_id,
        tokens=queries.tokens_of(session, actor.user_id),
        now=clock.now(),
    )


def _back(sentence: str) -> Response:
    response = RedirectResponse("/account", 303)
    flash(response, "done", sentence)
    return response


@router.get("", name="accounts.account")
def account(request: Request, actor: CurrentActor, session: Reading) -> Response:
    """Show one's account."""
    return _page(request, session, actor)


@router.post("", name="accounts.account.post")
def change_profile(request: Request, actor: CurrentActor, session: Writing, posted: PostedForm) -> Response:
    """Change name, language and mail."""
    wanted, form = parse(Profile, posted)
    if wanted is None:
        return _page(request, session, actor, profile=form)
    user = get_user(session, actor, actor.user_id)
    service.change_profile(session, user, wanted, actor=actor, now=clock.now())
    return _back("Saved.")


@router.post("/password", name="accounts.password.post")
def change_password(request: Request, actor: CurrentActor, session: Writing, posted: PostedForm) -> Response:
    """Change the password; other sessions end."""
    wanted, form = parse(PasswordChange, posted)
    form.values.clear()
    if wanted is not None:
        user = get_user(session, actor, actor.user_id)
        try:
            service.change_password(session, user, wanted.old_password, wanted.password, actor=actor, now=clock.now())
        except Invalid as error:
            with_error(form, error)
        else:
            return _back("The password is changed. Everywhere else you are signed out.")
    return _page(request, session, actor, password=form)


@router.post("/sessions/{session_id}/end", name="accounts.session.end")
def end_session(actor: CurrentActor, session: Writing, session_id: UUID) -> Response:
    """End one of one's sessions."""
    held = get_own_session(session, actor, session_id)
    service.end_session(session, held.id, actor=actor, now=clock.now())
    return _back("That session has ended.")


@router.post("/sessions/end", name="accounts.sessions.end")
def end_sessions(actor: CurrentActor, session: Writing) -> Response:
    """Sign out everywhere else."""
    service.end_all_sessions(session, actor.user_id, now=clock.now(), but=actor.session_id)
    return _back("You are signed out everywhere else.")


@router.post("/tokens", name="accounts.token.create")
def create_token(request: Request, actor: CurrentActor, session: Writing, posted: PostedForm) -> Response:
    """Make a token and show it, this once."""
    service.require_step_up(actor, now=clock.now())
    chosen = posted.fields.get("scopes", [])
    wanted, form = parse(TokenIn, posted, scopes=[chosen] if isinstance(chosen, str) else chosen)
    if wanted is None:
        return _page(request, session, actor, token=form)
    secret = service.create_token(
        session, actor, name=wanted.name, scopes=wanted.scopes, days=wanted.days, now=clock.now()
    )
    session.flush()  # the list below shows it
    return _page(request, session, actor, secret=secret)


@router.post("/tokens/{token_id}/revoke", name="accounts.token.revoke")
def revoke_token(actor: CurrentActor, session: Writing, token_id: UUID) -> Response:
    """Make a token useless."""
    token = get_own_token(session, actor, token_id)
    service.revoke_token(session, token, actor=actor, now=clock.now())
    return _back("The token is revoked.")
