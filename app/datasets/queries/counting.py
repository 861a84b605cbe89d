"""How much a rule selects now, of which tier, what a snapshot would leave out, and where the rest fails."""

from collections import Counter
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import ColumnElement, Select, String, and_, case, cast, false, func, literal, null, select, true
from sqlalchemy.orm import Session

from app.datasets.queries.consent import lacks_consent
from app.datasets.queries.corrections import anything_superseded, is_superseded
from app.datasets.queries.held_out import anything_held_out, is_family_held_out, is_task_held_out
from app.datasets.queries.selection import handed_in, is_firm, parts_of, selected
from app.datasets.queries.shares import ranked, tokens_allowed
from app.datasets.queries.tiers import tier_of_submission
from app.datasets.schemas import Rule, RuleCount
from app.datasets.states import DatasetUse, LeftOut
from app.submissions.models import Revision, Submission

SAMPLED_FROM = ((800_000, "00", 256), (100_000, "0", 16))
"""From so many pieces on only those are looked at whose id ends so, one in so many: an answer comes in a second or two.
The end of an id is chance, and the same each time."""
Reason = tuple[LeftOut, ColumnElement[bool]]
IN = "in"
PART_WORDS = {
    "state": "state",
    "edits": "edits settled with the author",
    "activity": "kind of work",
    "domain": "domain",
    "skill": "skill",
    "difficulty": "level",
    "language": "language",
    "origin": "who wrote the task",
    "unedited": "no edits of a reviewer",
    "tokens": "tokens",
    "time": "active time",
    "submitted": "day it was handed in",
    "method": "verification method",
    "agreement": "agreement of the reviewers",
    "tier": "tier",
}
"""part of a rule → how it is called"""


def reasons_of(session: Session, project_id: UUID, rule: Rule, use: DatasetUse, cut_at: datetime) -> list[Reason]:
    """List why a piece that a rule selects may be left out, as (reason, condition); the first that holds counts.

    An author's share is not among them: it depends on all that is left after these.
    """
    reasons: list[Reason] = [(LeftOut.UNDO, ~is_firm(cut_at))]
    if anything_superseded(session, project_id):
        reasons.append((LeftOut.SUPERSEDED, is_superseded()))
    if use is DatasetUse.TRAINING and anything_held_out(session, project_id):
        reasons += [
            (LeftOut.TASK, is_task_held_out(project_id)),
            (LeftOut.FAMILY, is_family_held_out(project_id)),
        ]
    if rule.consent is not None:
        reasons.append((LeftOut.CONSENT, lacks_consent(session, project_id, rule.consent)))
    return reasons


def count_selected(
    session: Session, project_id: UUID, rule: Rule, *, now: datetime, use: DatasetUse = DatasetUse.TRAINING
) -> RuleCount:
    """Count what a rule selects now and what a snapshot would hold of it.

    Near-duplicates of what is held out are found only while freezing. Invalid when an author's share cannot be kept.
    Of very many pieces a sample is counted, and the figures are so many times what was found (`one_in`).
    """
    reasons = reasons_of(session, project_id, rule, use, now)
    is_counted, one_in = _sample(session, project_id)
    rows = session.execute(_fates(project_id, rule, reasons, is_counted)).all()
    pieces: Counter[tuple[str, str | None]] = Counter()
    words: Counter[str | None] = Counter()
    tokens: Counter[str | None] = Counter()
    for fate, tier, count, word_sum, token_sum in rows:
        pieces[fate, tier] += count
        if fate == IN:
            words[tier] += int(word_sum)
            tokens[tier] += int(token_sum)
    if rule.author_percent is not None:
        candidates = selected(project_id, rule).where(is_counted, *(~holds for _, holds in reasons))
        for tier, count, word_sum, token_sum in _over_share(session, candidates, rule.author_percent):
            pieces[IN, tier] -= count
            pieces[LeftOut.SHARE, tier] += count
            words[tier] -= int(word_sum)
            tokens[tier] -= int(token_sum)
    return _said(pieces, words, tokens, one_in)


def _sample(session: Session, project_id: UUID) -> tuple[ColumnElement[bool], int]:
    """Say in SQL which pieces of a project are looked at, and of how many each is one."""
    pieces = session.scalar(select(func.count()).where(Submission.project_id == project_id)) or 0
    for least, end, one_in in SAMPLED_FROM:
        if pieces >= least:
            return cast(Submission.id, String).like(f"%{end}"), one_in
    return true(), 1


def _fates(
    project_id: UUID, rule: Rule, reasons: list[Reason], is_counted: ColumnElement[bool]
) -> Select[*tuple[Any, ...]]:
    parts = parts_of(rule)
    # What is unknown of a piece, such as a label that its task does not have, is not what was asked for.
    failing = [(~func.coalesce(holds, false()), literal(f"rule:{name}")) for name, holds in parts]
    fate = case(*failing, *((holds, literal(reason.value)) for reason, holds in reasons), else_=literal(IN))
    tier = case((and_(*(holds for _, holds in parts)), tier_of_submission()), else_=null())
    inner = (
        handed_in(project_id)
        .where(is_counted)
        .with_only_columns(fate.label("fate"), tier.label("tier"), Revision.words, Revision.tokens)
        .subquery()
    )
    columns = (inner.c.fate, inner.c.tier)
    return select(*columns, func.count(), func.sum(inner.c.words), func.sum(inner.c.tokens)).group_by(*columns)


def _over_share(session: Session, candidates: Select[*tuple[Any, ...]], percent: int) -> list[Any]:
    allowed = tokens_allowed(session, candidates, percent)
    if allowed is None:
        return []
    rows = ranked(candidates, Revision.words, tier_of_submission().label("tier"))
    query = select(rows.c.tier, func.count(), func.sum(rows.c.words), func.sum(rows.c.tokens))
    return list(session.execute(query.where(rows.c.running > allowed).group_by(rows.c.tier)))


def _said(
    pieces: Counter[tuple[str, str | None]], words: Counter[str | None], tokens: Counter[str | None], one_in: int
) -> RuleCount:
    pieces, words, tokens = (
        Counter({key: count * one_in for key, count in pieces.items()}),
        Counter({key: count * one_in for key, count in words.items()}),
        Counter({key: count * one_in for key, count in tokens.items()}),
    )
    by_tier = {str(tier): pieces[IN, tier] for tier in sorted(words, key=str) if pieces[IN, tier]}
    left_out: Counter[str] = Counter()
    not_selected: Counter[str] = Counter()
    for (fate, _), count in pieces.items():
        if fate.startswith("rule:"):
            not_selected[fate.removeprefix("rule:")] += count
        elif fate != IN:
            left_out[str(fate)] += count
    items = sum(by_tier.values())
    return RuleCount(
        selected=items + left_out.total(),
        items=items,
        words=words.total(),
        tokens=tokens.total(),
        by_tier=by_tier,
        tokens_by_tier={tier: tokens[tier] for tier in by_tier},
        left_out=dict(sorted(left_out.items())),
        not_selected=dict(sorted(not_selected.items())),
        one_in=one_in,
    )
