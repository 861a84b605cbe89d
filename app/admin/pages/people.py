"""The accounts of the installation: find, invite, disable, promote, help back in."""

from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Query, Request, Response
from fastapi.responses import RedirectResponse
from sqlalchemy.orm import Session

from app.accounts import queries as account_queries
from app.accounts import service as accounts
from app.accounts.access import get_user
from app.accounts.deps import CurrentActor
from app.accounts.models import User
from app.accounts.schemas import Invitation
from app.admin import queries
from app.admin.access import get_installation_invitation
from app.admin.schemas import UserAct
from app.core import clock, mail
from app.core.actor import Actor
from app.web.deps import CurrentSettings, Reading, Writing
from app.web.flash import flash
from app.web.forms import Form, PostedForm, parse
from app.web.templating import render

router = APIRouter()
DONE = {
    UserAct.DISABLE: "is shut out: sessions and tokens are dead. What they wrote stays.",
    UserAct.ENABLE: "may sign in again.",
    UserAct.MAKE_ADMIN: "is an admin now and signs in anew.",
    UserAct.NO_ADMIN: "is no admin any more and signs in anew.",
    UserAct.LEVEL_1: "may decide reviews of level 1 and signs in anew.",
    UserAct.LEVEL_2: "may decide reviews of levels 1 and 2 and signs in anew.",
    UserAct.SIGN_OUT: "is signed out everywhere.",
}


@router.get("/users", name="admin.users")
def users(
    request: Request,
    actor: CurrentActor,
    session: Reading,
    settings: CurrentSettings,
    search: Annotated[str, Query(max_length=100)] = "",
    cursor: Annotated[str | None, Query(max_length=500)] = None,
) -> Response:
    """List the accounts."""
    return _people(request, session, actor, mails=mail.is_configured(settings), search=search, cursor=cursor)


def _people(
    request: Request,
    session: Session,
    actor: Actor,
    *,
    mails: bool,
    search: str = "",
    cursor: str | None = None,
    form: Form | None = None,
    link: str | None = None,
) -> Response:
    now = clock.now()
    return render(
        request,
        "admin/users.html",
        partial="admin/_users.html",
        status=422 if form is not None and form.errors else 200,
        page=queries.people_page(session, search=search, cursor=cursor),
        search=search,
        form=form or Form(),
        link=link,
        mails=mails,
        invitations=account_queries.open_invitations(session, None, now=now),
        stepped_up=actor.stepped_up(now),
    )


@router.post("/users", name="admin.user.invite")
def invite(
    request: Request, actor: CurrentActor, session: Writing, settings: CurrentSettings, posted: PostedForm
) -> Response:
    """Invite somebody into the installation; the link is shown, this once, when no mail is configured."""
    now = clock.now()
    accounts.require_step_up(actor, now=now)
    wanted, form = parse(Invitation, posted)
    mails = mail.is_configured(settings)
    if wanted is None:
        return _people(request, session, actor, mails=mails, form=form)
    path = accounts.invite(session, wanted.email, project_id=None, roles=(), actor=actor, settings=settings, now=now)
    if path is None:
        response = RedirectResponse("/admin/users", 303)
        flash(response, "done", f"An invitation is on its way to {wanted.email}.")
        return response
    session.flush()  # the list of invitations shows it
    return _people(request, session, actor, mails=mails, link=f"{settings.public_url.rstrip('/')}{path}")


@router.post("/invitations/{link_id}/revoke", name="admin.invitation.revoke")
def revoke(actor: CurrentActor, session: Writing, link_id: UUID) -> Response:
    """Take an invitation back."""
    link = get_installation_invitation(session, actor, link_id)
    accounts.revoke_link(session, link, actor=actor, now=clock.now())
    response = RedirectResponse("/admin/users", 303)
    flash(response, "done", "The invitation is taken back; its link works no longer.")
    return response


@router.get("/users/{user_id}", name="admin.user")
def person(request: Request, actor: CurrentActor, session: Reading, user_id: UUID) -> Response:
    """Show one account."""
    return _person(request, session, actor, get_user(session, actor, user_id))


def _person(request: Request, session: Session, actor: Actor, user: User, *, link: str | None = None) -> Response:
    now = clock.now()
    return render(
        request,
        "admin/user.html",
        user=user,
        is_me=user.id == actor.user_id,
        places=queries.places_of(session, user.id),
        sessions=account_queries.open_sessions(session, user.id, now=now),
        tokens=[token for token, _ in account_queries.tokens_of(session, user.id)],
        link=link,
        now=now,
        stepped_up=actor.stepped_up(now),
    )


@router.post("/users/{user_id}/reset", name="admin.user.reset")
def reset(
    request: Request, actor: CurrentActor, session: Writing, settings: CurrentSettings, user_id: UUID
) -> Response:
    """Make a link with which somebody chooses a new password, and show it, this once."""
    now = clock.now()
    accounts.require_step_up(actor, now=now)
    user = get_user(session, actor, user_id)
    path = accounts.reset_link(session, user, actor=actor, now=now)
    return _person(request, session, actor, user, link=f"{settings.public_url.rstrip('/')}{path}")


@router.post("/users/{user_id}/{act}", name="admin.user.change")
def change_user(actor: CurrentActor, session: Writing, user_id: UUID, act: UserAct) -> Response:
    """Disable, enable, promote, demote, set the review level, or sign out."""
    accounts.require_step_up(actor, now=clock.now())
    user = get_user(session, actor, user_id)
    _apply(session, user, act, actor)
    response = RedirectResponse(f"/admin/users/{user.id}", 303)
    flash(response, "done", f"{user.name} {DONE[act]}")
    return response


def _apply(session: Session, user: User, act: UserAct, actor: Actor) -> None:
    now = clock.now()
    match act:
        case UserAct.DISABLE:
            accounts.disable(session, user, actor=actor, now=now)
        case UserAct.ENABLE:
            accounts.enable(session, user, actor=actor, now=now)
        case UserAct.MAKE_ADMIN | UserAct.NO_ADMIN:
            accounts.set_admin(session, user, is_admin=act is UserAct.MAKE_ADMIN, actor=actor, now=now)
        case UserAct.LEVEL_1 | UserAct.LEVEL_2:
            accounts.set_level(session, user, level=1 if act is UserAct.LEVEL_1 else 2, actor=actor, now=now)
        case UserAct.SIGN_OUT:
            accounts.end_sessions_of(session, user, actor=actor, now=now)
