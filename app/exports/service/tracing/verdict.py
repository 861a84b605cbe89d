"""What a sample says of each recipient: the evidence of each carrier, a p-value, and words for what it cannot say."""

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from uuid import UUID

from app.exports.service.fingerprint import MISSING_SHARE, Fingerprint
from app.exports.service.tracing.matching import Match, Matching, Missing
from app.exports.service.tracing.statistics import ln_agreeing, ln_missing, ln_ordered, ln_together

NAMED_BELOW = 0.001
COLLUSION = (
    "Recipients who compare their copies see where they differ and can wash all of it out; a sample mixed from several"
    " copies names several, or nobody."
)
TEST = (
    "p is how likely a key that has nothing to do with the sample agrees with it so well: wordings by the binomial"
    " distribution, order by Kendall's count of pairs that stand the wrong way round, missing rows by the"
    " hypergeometric one; the three are combined by Fisher's method and multiplied by the number of recipients"
    " (Bonferroni)."
)


@dataclass(frozen=True)
class Evidence:
    """What speaks for one recipient; each p-value is of one side, its natural logarithm is given."""

    name: str
    agreeing: int
    bits: int
    """wordings that are those of its copy, of so many"""
    ln_wordings: float
    wrong_pairs: int
    pairs: int
    """pairs of rows that stand the other way round in its copy, of so many"""
    ln_order: float
    held: int
    missing: int
    """rows of the sample that its copy goes without, of so many in all"""
    ln_missing: float
    ln_p: float
    """of all three together, for as many recipients as were compared"""

    @property
    def p(self) -> float:
        """The p-value that decides."""
        return math.exp(self.ln_p)

    @property
    def is_named(self) -> bool:
        """Whether chance alone is no explanation."""
        return self.ln_p < math.log(NAMED_BELOW)


@dataclass(frozen=True)
class Traced:
    """What came of holding a sample against one snapshot."""

    snapshot: str
    format: str
    rows: int
    """of the sample"""
    found: int
    """rows of the sample that are certainly of this snapshot"""
    evidence: list[Evidence]
    """the most likely recipient first"""
    words: list[str]
    """what a person has to know to read it"""

    @property
    def named(self) -> list[Evidence]:
        """The recipients that it points at."""
        return [one for one in self.evidence if one.is_named]


def judge(snapshot: str, matching: Matching, missing: Mapping[str, Missing], *, compared: int | None = None) -> Traced:
    """Weigh what was found for each recipient by name; `compared`: how many in all, over several formats."""
    found = matching.found
    count = compared or len(missing)
    evidence = [_evidence(name, found, matching.groups, one, count) for name, one in missing.items()]
    evidence.sort(key=lambda one: (one.ln_p, one.name))
    words = [TEST, *_doubts(matching, found, evidence, count), COLLUSION]
    return Traced(snapshot, matching.format.name, len(matching.sample), len(found), evidence, words)


def _evidence(name: str, found: Sequence[Match], groups: int, missing: Missing, compared: int) -> Evidence:
    mark = missing.mark
    agreed = [worded.agreeing(mark) for worded in {one: None for match in found for one in match.worded}]
    agreeing, bits = sum(one for one, _ in agreed), sum(count for _, count in agreed)
    ln_wordings = ln_agreeing(agreeing, bits) if bits else 0.0
    ln_order, wrong = ln_ordered([mark.order(match.group_id, match.n) for match in found]) if found else (0.0, 0)
    ids: set[UUID] = {match.group_id for match in found}
    held = len(ids & missing.ids)
    ln_held = ln_missing(held, len(ids), len(missing.ids), groups) if ids else 0.0
    together = ln_together([ln_wordings, ln_order, ln_held])
    return Evidence(
        name=name,
        agreeing=agreeing,
        bits=bits,
        ln_wordings=ln_wordings,
        wrong_pairs=wrong,
        pairs=len(found) * (len(found) - 1) // 2,
        ln_order=ln_order,
        held=held,
        missing=len(missing.ids),
        ln_missing=ln_held,
        ln_p=min(0.0, together + math.log(compared)),
    )


def _doubts(matching: Matching, found: Sequence[Match], evidence: Sequence[Evidence], compared: int) -> list[str]:
    """Say what this sample cannot say."""
    said = []
    if matching.sample.is_cut:
        said.append(f"Only the first {len(matching.sample):,} rows were looked at.")
    if any(one.is_named for one in evidence):
        return said
    bits = max((one.bits for one in evidence), default=0)
    if not found:
        return [*said, "No row of the sample is certainly one of this snapshot."]
    if ln_together([-bits * math.log(2), -math.lgamma(len(found) + 1), 0.0]) + math.log(compared) > math.log(
        NAMED_BELOW
    ):
        return [*said, f"It cannot tell: {len(found):,} rows are too few, even if all of them agreed."]
    if not bits:
        needed = math.ceil(math.log(NAMED_BELOW / compared) / math.log(1 - MISSING_SHARE))
        said.append(
            "It carries no wording of ours: its format has none, or the texts were changed. If its rows were put in"
            f" another order, only those that miss can tell, and that takes about {needed:,} rows."
        )
    said.append("Nobody is named: it is a copy of somebody else, or what told the copies apart was washed out.")
    return said


def mark_missing(marks: Mapping[str, Fingerprint]) -> dict[str, Missing]:
    """Begin to collect what each recipient's copy goes without."""
    return {name: Missing(mark) for name, mark in marks.items()}
