"""What one wording of the guideline says otherwise than another, clause by clause."""

from dataclasses import dataclass
from difflib import SequenceMatcher
from typing import Literal

from app.projects.service.clauses import Clause, clauses_of
from app.text.diff import Span, diff_words


@dataclass(frozen=True, slots=True)
class ClauseChange:
    """One clause that came, went or was reworded."""

    id: str | None
    title: str
    kind: Literal["added", "removed", "changed"]
    spans: list[Span]


@dataclass(frozen=True, slots=True)
class Changes:
    """The clauses that differ, in the order of the new wording, and how many stayed as they were."""

    clauses: list[ClauseChange]
    unchanged: int


def changes_between(old: str, new: str) -> Changes:
    """Compare two wordings; clauses are paired by number, or by title where they have none."""
    before, after = clauses_of(old), clauses_of(new)
    matcher = SequenceMatcher(None, [_key(one) for one in before], [_key(one) for one in after], autojunk=False)
    found: list[ClauseChange] = []
    unchanged = 0
    for kind, i, i_end, j, j_end in matcher.get_opcodes():
        if kind != "equal":
            found += [ClauseChange(c.id, c.title, "removed", [Span("del", c.body.rstrip())]) for c in before[i:i_end]]
            found += [ClauseChange(c.id, c.title, "added", [Span("add", c.body.rstrip())]) for c in after[j:j_end]]
            continue
        for one, other in zip(before[i:i_end], after[j:j_end], strict=True):
            if one.body.rstrip() == other.body.rstrip():
                unchanged += 1
            else:
                spans = diff_words(one.body.rstrip(), other.body.rstrip())
                found.append(ClauseChange(other.id, other.title, "changed", spans))
    return Changes(found, unchanged)


def _key(clause: Clause) -> str:
    return clause.id or f"# {clause.title.casefold()}"
