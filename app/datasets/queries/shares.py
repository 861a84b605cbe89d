"""One author's share of a dataset: how many tokens a person may have in it, and which pieces are too many."""

from collections.abc import Sequence
from typing import Any

from sqlalchemy import Select, Subquery, case, func, select
from sqlalchemy.orm import Session

from app.core.errors import Invalid
from app.submissions.models import Revision, Submission

ROUNDS = 40


def ranked(candidates: Select[*tuple[Any, ...]], *more: Any) -> Subquery:
    """Add up the tokens of each author piece by piece: id, author_id, tokens, running, and what else is named.

    The order is that of the content's hash: nobody chooses it, and it is the same each time.
    """
    running = func.sum(Revision.tokens).over(
        partition_by=Submission.author_id, order_by=(Revision.sha256, Submission.id), rows=(None, 0)
    )
    columns = (Submission.id, Submission.author_id, Revision.tokens, running.label("running"), *more)
    return candidates.with_only_columns(*columns).subquery("ranked")


def tokens_allowed(session: Session, candidates: Select[*tuple[Any, ...]], percent: int) -> int | None:
    """Say how many tokens each author may have, so that nobody has more than `percent` of what is then left.

    None when nobody has more already. Pieces whose running number of tokens is larger are cut; Invalid when there are
    too few people for such a share.
    """
    rows = ranked(candidates)
    per_author = select(func.sum(rows.c.tokens)).group_by(rows.c.author_id)
    totals = sorted((int(total) for total in session.scalars(per_author)), reverse=True)
    if not totals or totals[0] * 100 <= percent * sum(totals):
        return None
    allowed = _level(totals, percent)
    for _ in range(ROUNDS):
        fitting = func.max(case((rows.c.running <= allowed, rows.c.running), else_=0))
        kept = [int(one) for one in session.scalars(select(fitting).group_by(rows.c.author_id))]
        if allowed == 0 or max(kept) == 0:
            break
        if max(kept) * 100 <= percent * sum(kept):
            return allowed
        allowed = percent * sum(kept) // 100
    raise _too_few(len(totals), percent)


def _level(totals: Sequence[int], percent: int) -> int:
    """Solve L = percent of the sum of min(total, L) over all authors; `totals` are sorted, the largest first."""
    for capped in range(1, len(totals)):
        rest, parts = sum(totals[capped:]), 100 - capped * percent
        if parts <= 0:
            break
        allowed = percent * rest // parts
        if totals[capped] <= allowed:
            return allowed
    raise _too_few(len(totals), percent)


def _too_few(authors: int, percent: int) -> Invalid:
    people = "one person" if authors == 1 else f"{authors} people"
    sentence = f"Work of {people} cannot be cut so that nobody has more than {percent} % of it; allow a larger share."
    return Invalid(sentence, fields={"author_percent": sentence})
