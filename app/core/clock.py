"""The one place that asks what time it is."""

from datetime import UTC, datetime

from sqlalchemy import func, select
from sqlalchemy.orm import Session


def now() -> datetime:
    """Return the current moment as aware UTC."""
    return datetime.now(UTC)


def database_now(session: Session) -> datetime:
    """Return the database's own time, which decides leases when several machines serve one database.

    An embedded SQLite file lives on this machine, so there the two clocks are the same clock.
    """
    if session.get_bind().dialect.name != "postgresql":
        return now()
    moment = session.scalar(select(func.clock_timestamp()))
    if not isinstance(moment, datetime):
        raise TypeError("The database did not answer with a time.")
    return moment.astimezone(UTC)
