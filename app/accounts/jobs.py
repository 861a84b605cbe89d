"""Mail, and what is swept away after a while."""

from collections import defaultdict
from datetime import datetime, timedelta
from uuid import UUID

from sqlalchemy import delete, or_, select, update

from app.accounts.models import FailedAttempt, Notification, OneTimeLink, User, UserSession
from app.accounts.queries import ABSOLUTE, project_name
from app.accounts.service.links import PATHS, give_secret, renewed_reset_secret
from app.accounts.states import LinkPurpose, UserState
from app.core import clock, jobs, mail
from app.core.jobs import Handler, JobRefused, JobRun
from app.core.mail import Letter, letter_of

ATTEMPTS_KEPT = timedelta(days=1)
ENDED_KEPT = timedelta(days=30)
NEWS_MAX_AGE = timedelta(days=1)
NEWS_AT_ONCE = 500


def send_mail(run: JobRun) -> None:
    """Job ``mail.send``: write and send one letter; the payload says which (kind) and about what (an id).

    A link gets its secret here, as its letter is written, so that no table ever holds one. When the letter fails and
    is tried again, only the link of the last try works.
    """
    if not mail.is_configured(run.settings):
        raise JobRefused("No mail server is configured (WORKINGS_SMTP_HOST, WORKINGS_MAIL_FROM).")
    letter = {"invitation": _invitation, "reset": _reset, "news": _news}[run.payload["kind"]](run, clock.now())
    if letter is not None:
        mail.send(run.settings, letter)


def _address(run: JobRun, path: str) -> str:
    return f"{run.settings.public_url.rstrip('/')}{path}"


def _invitation(run: JobRun, now: datetime) -> Letter | None:
    with run.database.change() as session:
        link = session.get(OneTimeLink, UUID(run.payload["link_id"]))
        if link is None or link.email is None or link.used_at or link.revoked_at or link.expires_at <= now:
            return None
        inviter = session.scalar(select(User.name).where(User.id == link.created_by))
        project = project_name(session, link.project_id) if link.project_id else None
        purpose = f", to work in {project} ({', '.join(link.roles)})" if project else ""
        values = {"inviter": inviter or "An admin", "purpose": purpose}
        path = PATHS[LinkPurpose.INVITATION] + give_secret(link)
        return letter_of("invitation", link.email, link=_address(run, path), **values)


def _reset(run: JobRun, now: datetime) -> Letter | None:
    if run.payload["user_id"] is None:
        return None  # asked for by an address that nobody has here; the asker is told the same
    with run.database.change() as session:
        user = session.get(User, UUID(run.payload["user_id"]))
        if user is None or user.state is not UserState.ACTIVE:
            return None
        path = PATHS[LinkPurpose.RESET] + renewed_reset_secret(session, user, created_by=None, now=now)
        return letter_of("reset", user.email, name=user.name, link=_address(run, path))


def _news(run: JobRun, now: datetime) -> Letter | None:
    del now
    wanted = [UUID(value) for value in run.payload["notification_ids"]]
    with run.database.reading() as session:
        user = session.get(User, UUID(run.payload["user_id"]))
        news = session.scalars(
            select(Notification)
            .where(Notification.id.in_(wanted), Notification.read_at.is_(None))
            .order_by(Notification.id)
        ).all()
        if user is None or user.state is not UserState.ACTIVE or not user.mail_notifications or not news:
            return None
        lines = "".join(f"{found.sentence}\n{_address(run, found.path)}\n\n" for found in news)
        subject = news[0].sentence if len(news) == 1 else f"{len(news)} pieces of news in Workings"
        return letter_of(
            "news", user.email, subject=subject.replace("\n", " "), news=lines, account=_address(run, "/account")
        )


def gather_news(run: JobRun) -> None:
    """Job ``accounts.gather_news``: make one letter for each person who wants it of the news they have not seen."""
    if not mail.is_configured(run.settings):
        return
    now = clock.now()
    with run.database.change() as session:
        query = (
            select(Notification.user_id, Notification.id)
            .join(User, User.id == Notification.user_id)
            .where(Notification.mailed_at.is_(None), Notification.read_at.is_(None))
            .where(Notification.created_at > now - NEWS_MAX_AGE)
            .where(User.mail_notifications, User.state == UserState.ACTIVE)
            .order_by(Notification.id)
            .limit(NEWS_AT_ONCE)
            .with_for_update(of=Notification, skip_locked=True)  # another worker gathers the others
        )
        by_person: defaultdict[UUID, list[UUID]] = defaultdict(list)
        for user_id, notification_id in session.execute(query).all():
            by_person[user_id].append(notification_id)
        for user_id, news in by_person.items():
            session.execute(update(Notification).where(Notification.id.in_(news)).values(mailed_at=now))
            payload = {"kind": "news", "user_id": str(user_id), "notification_ids": [str(one) for one in news]}
            jobs.enqueue(session, "mail.send", payload, now=now, priority=4)


def sweep(run: JobRun) -> None:
    """Job ``accounts.sweep``: forget old failures, end sessions that have run out, delete what ended a month ago."""
    now = clock.now()
    with run.database.change() as session:
        session.execute(delete(FailedAttempt).where(FailedAttempt.at < now - ATTEMPTS_KEPT))
        stale = (UserSession.ended_at.is_(None), UserSession.created_at < now - ABSOLUTE)
        session.execute(update(UserSession).where(*stale).values(ended_at=now))
        session.execute(delete(UserSession).where(UserSession.ended_at < now - ENDED_KEPT))
        over = or_(
            OneTimeLink.expires_at < now - ENDED_KEPT,
            OneTimeLink.used_at < now - ENDED_KEPT,
            OneTimeLink.revoked_at < now - ENDED_KEPT,
        )
        session.execute(delete(OneTimeLink).where(over))


HANDLERS: dict[str, Handler] = {
    "mail.send": send_mail,
    "accounts.gather_news": gather_news,
    "accounts.sweep": sweep,
}
PERIODIC: dict[str, int] = {"accounts.gather_news": 30, "accounts.sweep": 600}
