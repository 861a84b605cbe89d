"""A test client that behaves like a browser on our own pages and sees only what was committed."""

from datetime import UTC, datetime
from types import TracebackType
from typing import Any, Self

from fastapi import FastAPI
from sqlalchemy.orm import Session
from starlette.testclient import TestClient

from app.accounts.models import ApiToken, UserSession
from app.accounts.queries import sha256
from app.core.clock import now
from app.core.ids import new_secret
from app.web.csrf import HEADER, token_for
from app.web.sessions import PLAIN_NAME
from tests.cast import Person


class Client:
    """Requests as somebody; before each one the test's session is committed and emptied, as in real life."""

    def __init__(self, app: FastAPI, session: Session, *, peer: str = "testclient"):
        self.app = app
        self._session = session
        self._http = TestClient(
            app,
            base_url="http://127.0.0.1:8000",
            raise_server_exceptions=False,
            follow_redirects=False,
            client=(peer, 50000),
        )
        self._http.headers["sec-fetch-site"] = "same-origin"

    def __enter__(self) -> Self:
        self._http.__enter__()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._http.__exit__(kind, error, trace)

    def as_(self, person: Person | None, *, stepped_up: bool = True) -> Self:
        """Be signed in as `person` from now on; None is nobody."""
        self._http.cookies.clear()
        self._http.headers.pop(HEADER, None)
        self._http.headers.pop("authorization", None)
        if person is not None:
            secret, moment = new_secret(), now()
            held = UserSession(
                secret_sha256=sha256(secret), user_id=person.id, created_at=moment, last_active_at=moment
            )
            held.stepped_up_at = moment if stepped_up else datetime(2000, 1, 1, tzinfo=UTC)
            self._session.add(held)
            self._hold(secret)
        return self

    def _hold(self, secret: str) -> None:
        """Keep one session cookie and send its token, which a browser would read from the next page."""
        for cookie in [one for one in self._http.cookies.jar if one.name == PLAIN_NAME]:
            self._http.cookies.jar.clear(cookie.domain, cookie.path, cookie.name)
        self._http.cookies.set(PLAIN_NAME, secret)
        self._http.headers[HEADER] = token_for(secret)

    @property
    def secret(self) -> str | None:
        """The secret of the session the browser holds."""
        return self._http.cookies.get(PLAIN_NAME)

    def with_token(self, person: Person, *scopes: str) -> Self:
        """Send an API token of `person` with these scopes instead of a cookie."""
        self.as_(None)
        secret, moment = new_secret(), now()
        token = ApiToken(
            secret_sha256=sha256(secret),
            user_id=person.id,
            name="test",
            scopes=list(scopes),
            created_at=moment,
            expires_at=moment.replace(year=moment.year + 1),
        )
        self._session.add(token)
        self._http.headers["authorization"] = f"Bearer {secret}"
        return self

    def request(self, method: str, url: str, **options: Any) -> Any:
        """Send one request after committing and emptying the test's session."""
        self._session.commit()
        self._session.expunge_all()
        answer = self._http.request(method, url, **options)
        if PLAIN_NAME in answer.cookies:
            self._hold(answer.cookies[PLAIN_NAME])
        return answer

    def get(self, url: str, **options: Any) -> Any:
        """GET."""
        return self.request("GET", url, **options)

    def post(self, url: str, **options: Any) -> Any:
        """POST."""
        return self.request("POST", url, **options)

    def put(self, url: str, **options: Any) -> Any:
        """PUT."""
        return self.request("PUT", url, **options)

    def patch(self, url: str, **options: Any) -> Any:
        """PATCH."""
        return self.request("PATCH", url, **options)

    def delete(self, url: str, **options: Any) -> Any:
        """DELETE."""
        return self.request("DELETE", url, **options)
