"""Preference pairs from what the workflow has decided: which version of a task's work is better than which."""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from enum import StrEnum
from itertools import zip_longest
from typing import Any

from pydantic import Field

from app.datasets.queries.records import Record
from app.exports.formats.base import Choice, Options, Row
from app.exports.formats.judged import Fate, Version, versions_of
from app.exports.formats.texts import metadata_of

CLEAR_POINTS = 2
"""By so many points of a rubric better work is ahead, and behind in no criterion."""
TIERS = "BAS"
"""From the weakest verification to the strongest."""
PER_TASK = 10
OF_THE_TASK = ("task_id", "external_id", "domain", "skill", "difficulty", "language", "licence", "source")


class Kind(StrEnum):
    """Where a pair comes from, in the order in which a task's pairs are taken."""

    EDITED = "edited_over_original"
    """a reviewer's accepted edits over what they edited"""
    REVISED = "approved_over_returned"
    """the approved version over one that was sent back, of the same author"""
    REJECTED = "approved_over_rejected"
    """approved work over another author's rejected work"""
    RETURNED = "approved_over_returned_of_another"
    """approved work over a version of another author's that was sent back"""
    BETTER = "better_over_approved"
    """the best approved work over other approved work that is clearly behind it"""


_ORDER = {kind: n for n, kind in enumerate(Kind)}


class Pairing(Choice):
    """Which kinds of pairs are taken."""

    ALL = "all", "every kind of pair"
    DECIDED = "decided", "approved over returned or rejected, edited over original"
    ONE_AUTHOR = "one_author", "versions of one author: approved over returned, edited over original"
    EDITED = "edited", "edited over original"
    BETTER = "better", "better over other approved work"


_WANTED: dict[Pairing, frozenset[Kind]] = {
    Pairing.ALL: frozenset(Kind),
    Pairing.DECIDED: frozenset(Kind) - {Kind.BETTER},
    Pairing.ONE_AUTHOR: frozenset({Kind.EDITED, Kind.REVISED}),
    Pairing.EDITED: frozenset({Kind.EDITED}),
    Pairing.BETTER: frozenset({Kind.BETTER}),
}


class PairOptions(Options):
    """Options of pairs, whatever their layout."""

    pairs: Pairing = Field(default=Pairing.ALL, title="Pairs", description="Which kinds of pairs are taken.")
    per_task: int = Field(
        default=PER_TASK, ge=1, le=1000, title="Pairs of a task", description="At most so many, one author's first."
    )
    system: str = Field(
        default="", max_length=4000, title="System message", description="Stands before every row; empty for none."
    )


@dataclass(frozen=True, slots=True)
class Pair:
    """Two versions of work on one task, of which one is better."""

    kind: Kind
    chosen: Version
    rejected: Version

    @property
    def name(self) -> str:
        """A stable id."""
        return f"{self.chosen.name}-{self.rejected.name}"

    @property
    def texts(self) -> tuple[str, str]:
        """Both sides in the form under which texts count as the same."""
        return self.chosen.key, self.rejected.key

    @property
    def first_difference(self) -> int:
        """Count from 0 to the first rendered step that differs; the number of steps where only the answer does."""
        steps = zip_longest(self.chosen.steps, self.rejected.steps)
        return next((n for n, (a, b) in enumerate(steps) if a != b), len(self.chosen.steps))

    def metadata(self) -> dict[str, Any]:
        """Collect where both sides come from: opaque ids, pseudonyms, labels; nothing that a reviewer wrote."""
        chosen, rejected = (metadata_of(side.record) for side in (self.chosen, self.rejected))
        return {
            **{name: chosen[name] for name in OF_THE_TASK},
            "pair": str(self.kind),
            "first_difference": self.first_difference,
            "chosen": _side(self.chosen, chosen),
            "rejected": _side(self.rejected, rejected),
        }


def _side(version: Version, metadata: Row) -> Row:
    facts = {name: value for name, value in metadata.items() if name not in OF_THE_TASK}
    return {**facts, "decision": str(version.fate)}


def pairs_of(records: Sequence[Record], options: PairOptions) -> tuple[list[Pair], dict[int, str]]:
    """Give the pairs of a task in a fixed order, and for each record that is in none of them why.

    No pair has two sides that read the same, none stands beside its reverse, none twice.
    """
    versions, reasons = versions_of(records, options.render)
    candidates = [pair for pair in _candidates(versions) if pair.kind in _WANTED[options.pairs]]
    candidates.sort(key=lambda pair: _ORDER[pair.kind])  # stable: within a kind the order of the snapshot
    every = {pair.texts for pair in candidates}
    taken: dict[tuple[str, str], Pair] = {}
    for pair in candidates:
        fault = _fault_of(pair, every)
        if fault is None and pair.texts in taken:
            fault = "another pair has the same texts"
        elif fault is None and len(taken) == options.per_task:
            fault = "its task has given pairs enough"
        if fault is None:
            taken[pair.texts] = pair
        else:
            for side in (pair.chosen, pair.rejected):
                reasons.setdefault(side.at, fault)
    pairs = list(taken.values())
    return pairs, _left_out(records, versions, pairs, reasons)


def notes_of(options: PairOptions) -> list[str]:
    """Say in the card what pairs are, and what would give more of them."""
    kinds = ", ".join(str(kind) for kind in Kind if kind in _WANTED[options.pairs])
    return [
        "steps are joined by one empty line; runs of programs that steps cite are left out of both sides",
        f"kinds of pairs: {kinds}; `pair` in the metadata names each one's",
        "`first_difference` in the metadata is the first step that differs, counted from 0",
        "both sides are human work on one task; no pair has two sides that read the same, or stands beside its reverse",
        "rejected work is in it only where the dataset's rule takes rejected work besides approved work",
    ]


def _candidates(versions: Sequence[Version]) -> Iterator[Pair]:
    approved = [version for version in versions if version.fate is Fate.APPROVED]
    for chosen in approved:
        for rejected in versions:
            kind = _kind_of(chosen, rejected)
            if kind is not None:
                yield Pair(kind, chosen, rejected)
    yield from _best_over_others(approved)


def _kind_of(chosen: Version, rejected: Version) -> Kind | None:
    is_own = chosen.at == rejected.at
    match rejected.fate:
        case Fate.EDITED:
            return Kind.EDITED if is_own else None
        case Fate.RETURNED:
            return Kind.REVISED if is_own else Kind.RETURNED
        case Fate.REJECTED:
            return Kind.REJECTED
    return None


def _best_over_others(approved: Sequence[Version]) -> Iterator[Pair]:
    behind = {(a.at, b.at) for a in approved for b in approved if a.at != b.at and _is_clearly_better(b, a)}
    beaten = {loser for loser, _ in behind}
    for chosen in approved:
        if chosen.at not in beaten:
            yield from (Pair(Kind.BETTER, chosen, other) for other in approved if (other.at, chosen.at) in behind)


def _is_clearly_better(one: Version, other: Version) -> bool:
    """Compare by tier and by the scores of one rubric; where the two disagree nothing is clear."""
    ahead = TIERS.index(one.record["tier"]) - TIERS.index(other.record["tier"])
    points = _points_ahead(one.record, other.record)
    if points is None:
        return ahead > 0
    if min(points) < 0 or ahead < 0:
        return False
    return ahead > 0 or sum(points) >= CLEAR_POINTS


def _points_ahead(one: Record, other: Record) -> list[float] | None:
    """Give the lead in each criterion; None unless both were scored by one version of a rubric, in the same ones."""
    version, scores = _scores_of(one)
    other_version, other_scores = _scores_of(other)
    if not scores or version != other_version or scores.keys() != other_scores.keys():
        return None
    return [scores[name] - other_scores[name] for name in scores]


def _scores_of(record: Record) -> tuple[int, dict[str, float]]:
    """Read the scores of the last approval, if all are numbers; that of an edited version judges the one before."""
    for review in reversed(record["reviews"]):
        is_approval = review["verdict"] in {"approve", "approve_with_edits"}
        if is_approval and review["revision"] >= record["revision"] - 1:
            scores = review["rubric_scores"]
            is_scored = all(isinstance(score, int | float) for score in scores.values())
            return review["rubric_version"], scores if is_scored else {}
    return 0, {}


def _fault_of(pair: Pair, every: set[tuple[str, str]]) -> str | None:
    chosen, rejected = pair.texts
    if pair.chosen.prompt != pair.rejected.prompt:
        return "its task was worded otherwise for the other side"
    if chosen == rejected:
        return "both sides read the same"
    return "the same two texts were judged both ways" if (rejected, chosen) in every else None


def _left_out(
    records: Sequence[Record], versions: Iterable[Version], pairs: Sequence[Pair], reasons: dict[int, str]
) -> dict[int, str]:
    shares = {side.at for pair in pairs for side in (pair.chosen, pair.rejected)}
    fates = {version.fate for version in versions}
    if Fate.APPROVED not in fates:
        default = "nothing approved on its task is in the snapshot"
    elif fates == {Fate.APPROVED}:
        default = "nothing rejected or returned on its task is in the snapshot"
    else:
        default = "no pair of the kinds asked for"
    return {at: reasons.get(at, default) for at in range(len(records)) if at not in shares}
