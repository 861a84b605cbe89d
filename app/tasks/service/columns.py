"""Choose which columns of the task table one sees."""

from sqlalchemy.orm import Session

from app.accounts.service import prefer
from app.core.actor import Actor
from app.tasks.queries import COLUMNS
from app.tasks.schemas import ColumnsIn


def choose_columns(session: Session, actor: Actor, wanted: ColumnsIn | None) -> None:
    """Keep the columns for this person in every project; None goes back to the usual ones."""
    prefer(session, actor, COLUMNS, None if wanted is None else [str(column) for column in wanted.columns])
