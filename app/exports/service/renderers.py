"""Large exports are rendered by processes beside the worker, which has only to write: stretch by stretch, in order."""

from collections.abc import Callable, Iterator

from app.core.db import Database
from app.core.processes import LARGE, side_by_side
from app.exports.service.rendering import Group, Plan, render

STRETCH = 200
"""So many items are handed to a process together: two such stretches of each process wait in memory."""
PROVEN_AT_ONCE = 20
"""Where an engine is asked about each item, so few are handed to a process together."""


def rendered(
    database: Database, plan: Plan, *, after: int, processes: int, waiting: Callable[[], None]
) -> Iterator[Group]:
    """Yield what comes of the items behind position `after`, in order, the same however many processes render.

    `waiting` is called four times a second while nothing has come, and may raise to stop. Raises JobRefused as `render`
    does, and RuntimeError when a process has died.
    """
    if plan.items - after < LARGE or processes == 1:
        yield from render(database, plan, after, plan.items)
        return
    step = PROVEN_AT_ONCE if plan.format.is_proven else STRETCH
    stretches = ((at, min(at + step, plan.items)) for at in range(after, plan.items, step))
    for groups in side_by_side(_rendered, database, plan, stretches, processes=processes, waiting=waiting):
        yield from groups


def _rendered(database: Database, plan: Plan, stretch: tuple[int, int]) -> list[Group]:
    return list(render(database, plan, *stretch))
