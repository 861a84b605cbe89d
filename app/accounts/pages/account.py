"""One's own account: profile, password, sessions, tokens."""

from dataclasses import dataclass
from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Depends, Request, Response
from fastapi.responses import RedirectResponse
from sqlalchemy.orm import Session

from app.accounts import queries, service
from app.accounts.access import get_own_session, get_own_token, get_user
from app.accounts.deps import InPerson, door_of
from app.accounts.schemas import SCOPES, PasswordChange, Profile, TokenIn
from app.accounts.service import Proof
from app.core import clock
from app.core.actor import Actor
from app.core.errors import Invalid
from app.web.deps import CurrentSettings, Reading, Writing
from app.web.flash import flash
from app.web.forms import Form, PostedForm, parse, with_error
from app.web.sessions import clear_secret, read_secret
from app.web.templating import render

router = APIRouter(prefix="/account")
TOKEN_DAYS = 90


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
    user, now = get_user(session, actor, actor.user_id), clock.now()
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
        token=token or Form(values={"days": TOKEN_DAYS, "scopes": []}),
        secret=secret,
        scopes=SCOPES,
        projects=list(queries.project_names(session, actor.roles).items()),
        may_make_tokens=actor.stepped_up(now),
        sessions=queries.open_sessions(session, actor.user_id, now=now),
        session_id=actor.session_id,
        tokens=queries.tokens_of(session, actor.user_id),
        now=now,
    )


def _back(sentence: str) -> Response:
    response = RedirectResponse("/account", 303)
    flash(response, "done", sentence)
    return response


@router.get("", name="accounts.account")
def account(request: Request, actor: InPerson, session: Reading) -> Response:
    """Show one's account."""
    return _page(request, session, actor)


@router.post("", name="accounts.account.post")
def change_profile(request: Request, actor: InPerson, session: Writing, posted: PostedForm) -> Response:
    """Change name, language and mail."""
    wanted, form = parse(Profile, posted)
    if wanted is None:
        return _page(request, session, actor, profile=form)
    user = get_user(session, actor, actor.user_id)
    service.change_profile(session, user, wanted, actor=actor, now=clock.now())
    return _back("Saved.")


@dataclass(frozen=True, slots=True)
class _Wish:
    """A change of password, with everything that takes long done before the request's transaction begins."""

    form: Form
    proof: Proof | None = None
    new_hash: str | None = None


def _password_wish(request: Request, posted: PostedForm) -> _Wish:
    wanted, form = parse(PasswordChange, posted)
    form.values.clear()
    secret = read_secret(request)
    if wanted is None or secret is None:
        return _Wish(form)
    database, door, now = request.app.state.database, door_of(request), clock.now()
    with database.reading() as session:
        actor = queries.actor_of_session(session, secret, now=now)
        email = get_user(session, actor, actor.user_id).email if actor else ""
    proof = service.prove_own(database, secret, wanted.old_password, door=door, now=now)
    try:
        new_hash = service.hash_new(wanted.password, email=email, name=actor.name if actor else "")
    except Invalid as error:
        return _Wish(with_error(form, error), proof)
    return _Wish(form, proof, new_hash)


@router.post("/password", name="accounts.password.post")
def change_password(
    request: Request, wish: Annotated[_Wish, Depends(_password_wish)], actor: InPerson, session: Writing
) -> Response:
    """Change the password; other sessions end, and this one gets a new id."""
    if wish.proof is None:
        return _page(request, session, actor, password=wish.form)
    now = clock.now()
    if not service.step_up(session, actor, wish.proof, door=door_of(request), now=now):
        refusal = Invalid("The old password does not fit.", fields={"old_password": "This does not fit."})
        return _page(request, session, actor, password=with_error(wish.form, refusal))
    if wish.new_hash is None:
        return _page(request, session, actor, password=wish.form)
    service.change_password(session, wish.proof, wish.new_hash, actor=actor, now=now)
    return _back("The password is changed. Everywhere else you are signed out.")


@router.post("/sessions/{session_id}/end", name="accounts.session.end")
def end_session(actor: InPerson, session: Writing, session_id: UUID) -> Response:
    """End one of one's sessions."""
    held = get_own_session(session, actor, session_id)
    service.end_session(session, held.id, actor=actor, now=clock.now())
    return _back("That session has ended.")


@router.post("/sessions/end", name="accounts.sessions.end")
def end_sessions(actor: InPerson, session: Writing, settings: CurrentSettings) -> Response:
    """Sign out everywhere, here too."""
    service.sign_out_everywhere(session, actor, now=clock.now())
    response = RedirectResponse("/sign-in", 303)
    clear_secret(response, settings)
    response.headers["clear-site-data"] = '"cache"'
    flash(response, "done", "You are signed out everywhere.")
    return response


@router.post("/tokens", name="accounts.token.create")
def create_token(request: Request, actor: InPerson, session: Writing, posted: PostedForm) -> Response:
    """Make a token and show it, this once."""
    now = clock.now()
    service.require_step_up(actor, now=now)
    chosen = posted.fields.get("scopes", [])
    wanted, form = parse(TokenIn, posted, scopes=[chosen] if isinstance(chosen, str) else chosen)
    if wanted is None:
        return _page(request, session, actor, token=form)
    try:
        secret = service.create_token(
            session,
            actor,
            name=wanted.name,
            scopes=wanted.scopes,
            days=wanted.days,
            project_id=wanted.project_id,
            now=now,
        )
    except Invalid as error:
        return _page(request, session, actor, token=with_error(form, error))
    session.flush()  # the list below shows it
    return _page(request, session, actor, secret=secret)


@router.post("/tokens/{token_id}/revoke", name="accounts.token.revoke")
def revoke_token(actor: InPerson, session: Writing, token_id: UUID) -> Response:
    """Make a token useless."""
    token = get_own_token(session, actor, token_id)
    service.revoke_token(session, token, actor=actor, now=clock.now())
    return _back("The token is revoked.")
