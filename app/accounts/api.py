"""The session for the front end, and one's news, as JSON."""

from fastapi import APIRouter, Request, Response

from app.accounts import queries, service
from app.accounts.deps import CurrentActor, MaybeActor
from app.accounts.pages.entering import DOES_NOT_FIT, door_of
from app.accounts.schemas import NotificationOut, SessionOut, SignIn
from app.core import clock
from app.core.errors import NotAllowed, NotSignedIn
from app.web.csrf import token_for
from app.web.deps import CurrentSettings, Reading, Writing
from app.web.errors import answer
from app.web.sessions import clear_secret, read_secret, set_secret

router = APIRouter(prefix="/api/v1")


@router.get("/session", name="api.accounts.session")
def session_of(request: Request, actor: CurrentActor, session: Reading) -> SessionOut:
    """Say who is signed in and which token writing requests carry."""
    del session
    secret = read_secret(request)
    if secret is None:
        raise NotSignedIn("There is no browser session.")
    user = {"id": actor.user_id, "name": actor.name, "is_admin": actor.is_admin}
    return SessionOut(csrf_token=token_for(secret), user=user)


@router.post("/session", name="api.accounts.session.post", status_code=204)
def sign_in(request: Request, session: Writing, settings: CurrentSettings, wanted: SignIn) -> Response:
    """Sign in in place, for a page whose session has ended while somebody was writing."""
    secret = service.sign_in(session, wanted.email, wanted.password, door=door_of(request), now=clock.now())
    if secret is None:
        return answer(request, 401, "not_signed_in", DOES_NOT_FIT)
    response = Response(status_code=204)
    set_secret(response, settings, secret)
    return response


@router.delete("/session", name="api.accounts.session.delete", status_code=204)
def sign_out(actor: MaybeActor, session: Writing, settings: CurrentSettings) -> Response:
    """Sign out."""
    if actor is not None and actor.session_id is not None:
        service.end_session(session, actor.session_id, actor=actor, now=clock.now())
    response = Response(status_code=204)
    clear_secret(response, settings)
    return response


@router.get("/notifications", name="api.accounts.news")
def news(actor: CurrentActor, session: Reading) -> list[NotificationOut]:
    """List one's latest news."""
    if actor.scopes is not None and not actor.may("work:read"):
        raise NotAllowed("This token does not have the scope work:read.")
    return [NotificationOut.model_validate(found) for found in queries.news_of(session, actor.user_id)]
