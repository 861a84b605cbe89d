"""Somebody of the cast in a browser: signed in, and watched for errors of the page."""

from playwright.sync_api import BrowserContext, Page
from sqlalchemy.orm import Session

from app.accounts.models import UserSession
from app.accounts.queries import sha256
from app.core.clock import now
from app.core.ids import new_secret
from app.web.sessions import PLAIN_NAME
from tests.cast import Person


def sign_in(session: Session, context: BrowserContext, person: Person, address: str) -> None:
    """Give the browser a session of this person."""
    secret, moment = new_secret(), now()
    held = UserSession(secret_sha256=sha256(secret), user_id=person.id, created_at=moment, last_active_at=moment)
    held.stepped_up_at = moment
    session.add(held)
    session.commit()
    context.add_cookies([{"name": PLAIN_NAME, "value": secret, "url": address}])


def watched(page: Page) -> list[str]:
    """Collect what a script of the page throws or the security policy refuses."""
    errors: list[str] = []
    page.on("pageerror", lambda error: errors.append(str(error)))
    page.on("console", lambda said: errors.append(said.text) if "Content Security Policy" in said.text else None)
    return errors
