"""Mail, and what is swept away after a while."""

from datetime import timedelta

from sqlalchemy import delete, select, update

from app.accounts.models import FailedAttempt, Notification, User, UserSession
from app.accounts.queries import ABSOLUTE
from app.accounts.states import UserState
from app.core import clock, mail
from app.core.jobs import Handler, JobRun
from app.core.mail import Letter

ATTEMPTS_KEPT = timedelta(days=1)
NEWS_MAX_AGE = timedelta(days=1)
LETTERS_AT_ONCE = 50


def mail_news(run: JobRun) -> None:
    """Job ``accounts.mail_news``: mail the news of people who want it; marked before sending, so none goes twice."""
    if not mail.is_configured(run.settings):
        return
    now = clock.now()
    with run.database.change() as session:
        query = (
            select(Notification.id, Notification.sentence, Notification.path, User.email)
            .join(User, User.id == Notification.user_id)
            .where(Notification.mailed_at.is_(None), Notification.read_at.is_(None))
            .where(Notification.created_at > now - NEWS_MAX_AGE)
            .where(User.mail_notifications, User.state == UserState.ACTIVE)
            .order_by(Notification.id)
            .limit(LETTERS_AT_ONCE)
        )
        rows = session.execute(query).all()
        session.execute(update(Notification).where(Notification.id.in_([row[0] for row in rows])).values(mailed_at=now))
    for _id, sentence, path, email in rows:
        body = f"{sentence}\n\n{run.settings.public_url}{path}\n\nYou can turn these mails off in your account.\n"
        mail.send(run.settings, Letter(email, sentence[:120], body))


def sweep(run: JobRun) -> None:
    """Job ``accounts.sweep``: forget old failures and end sessions that have outlived their time."""
    now = clock.now()
    with run.database.change() as session:
        session.execute(delete(FailedAttempt).where(FailedAttempt.at < now - ATTEMPTS_KEPT))
        stale = (UserSession.ended_at.is_(None), UserSession.created_at < now - ABSOLUTE)
        session.execute(update(UserSession).where(*stale).values(ended_at=now))


HANDLERS: dict[str, Handler] = {"mail.send": mail.send_letter, "accounts.mail_news": mail_news, "accounts.sweep": sweep}
PERIODIC: dict[str, int] = {"accounts.mail_news": 30, "accounts.sweep": 600}
