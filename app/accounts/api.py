"""The session for the front end, and one's news, as JSON."""

from typing import Annotated, Any

from fastapi import APIRouter, Depends, Request, Response

from app.accounts import queries, service
from app.accounts.access import get_user
from app.accounts.deps import CurrentActor, InPerson, MaybeActor, door_of, require_scope
from app.accounts.pages.entering import DOES_NOT_FIT
from app.accounts.policy import can_read_news
from app.accounts.schemas import NotificationOut, SessionOut, SignIn
from app.core import clock
from app.core.errors import NotAllowed, NotSignedIn
from app.web.csrf import token_for
from app.web.deps import CurrentSettings, Reading, Writing
from app.web.errors import answer
from app.web.jsonbody import RawBody, parse_body
from app.web.sessions import clear_secret, read_secret, set_secret

router = APIRouter(prefix="/api/v1")
IN_PERSON: dict[str, Any] = {"security": [{"session": []}]}
"""For the OpenAPI document: a token has no session."""


@router.get("/session", name="api.accounts.session", openapi_extra=IN_PERSON)
def session_of(request: Request, actor: InPerson, session: Reading) -> SessionOut:
    """Say who is signed in and which token writing requests carry."""
    secret = read_secret(request)
    if secret is None:
        raise NotSignedIn("There is no browser session.")
    email = get_user(session, actor, actor.user_id).email
    user = {"id": actor.user_id, "name": actor.name, "email": email, "is_admin": actor.is_admin}
    return SessionOut(csrf_token=token_for(secret), user=user)


def _sign_in_body(raw: RawBody) -> SignIn:
    return parse_body(SignIn, raw)


@router.post("/session", name="api.accounts.session.post", status_code=204, openapi_extra={"security": []})
def sign_in(
    request: Request, session: Writing, settings: CurrentSettings, wanted: Annotated[SignIn, Depends(_sign_in_body)]
) -> Response:
    """Sign in in place, for a page whose session has ended while somebody was writing; counts as a step-up too."""
    door, now = door_of(request), clock.now()
    proof = service.prove_by_address(request.app.state.database, wanted.email, wanted.password, door=door, now=now)
    secret = service.sign_in(session, wanted.email, proof, door=door, now=now, replaces=read_secret(request))
    if secret is None:
        return answer(request, 401, "not_signed_in", DOES_NOT_FIT)
    response = Response(status_code=204)
    set_secret(response, settings, secret)
    return response


@router.delete("/session", name="api.accounts.session.delete", status_code=204, openapi_extra=IN_PERSON)
def sign_out(actor: MaybeActor, session: Writing, settings: CurrentSettings) -> Response:
    """Sign out."""
    if actor is not None and actor.session_id is not None:
        service.end_session(session, actor.session_id, actor=actor, now=clock.now())
    response = Response(status_code=204)
    clear_secret(response, settings)
    return response


@router.get("/notifications", name="api.accounts.news", dependencies=[require_scope("work:read")])
def news(actor: CurrentActor, session: Reading) -> list[NotificationOut]:
    """List one's latest news."""
    if not can_read_news(actor):
        raise NotAllowed("News speaks of all your projects; a token that is bound to one does not read it.")
    return [NotificationOut.model_validate(found) for found in queries.news_of(session, actor.user_id)]
