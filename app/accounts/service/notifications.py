"""News for one person: shown in the program, mailed when the installation can and the person wants it."""

from contextlib import suppress
from datetime import datetime
from uuid import UUID

from sqlalchemy import select, update
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from app.accounts.models import Notification
from app.accounts.states import NotificationKind
from app.core.actor import Actor
from app.core.ids import new_id

SENTENCE_MAX_CHARS = 500


def notify(
    session: Session,
    user_id: UUID,
    kind: NotificationKind,
    sentence: str,
    path: str,
    *,
    now: datetime,
    dedup_key: str | None = None,
) -> None:
    """Tell somebody something; with `dedup_key` the same news is told only once, even by two at the same time.

    A letter with it goes out within a minute, by job, when the installation sends mail and the person wants it.
    """
    news = Notification(
        id=new_id(),
        user_id=user_id,
        kind=kind,
        sentence=sentence[:SENTENCE_MAX_CHARS],
        path=path,
        dedup_key=dedup_key,
        created_at=now,
    )
    if dedup_key is None:
        session.add(news)
        return
    if session.scalar(select(Notification.id).where(Notification.dedup_key == dedup_key)) is not None:
        return
    # Another transaction may tell the same in this moment: the savepoint keeps our caller's change alive then.
    with suppress(IntegrityError), session.begin_nested():
        session.add(news)


def mark_read(news: Notification, *, now: datetime) -> None:
    """Note that one piece of news was seen."""
    news.read_at = news.read_at or now


def mark_all_read(session: Session, actor: Actor, *, now: datetime) -> None:
    """Note that all one's news was seen."""
    unread = (Notification.user_id == actor.user_id, Notification.read_at.is_(None))
    session.execute(update(Notification).where(*unread).values(read_at=now))
