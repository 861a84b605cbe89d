"""Two versions of one document side by side: steps by their ids, words inside a step, and the parts around them."""

from dataclasses import dataclass
from typing import Literal
from uuid import UUID

from app.submissions.schemas import Content, Step
from app.submissions.states import StepType
from app.text.diff import Span, diff_words

Change = Literal["same", "changed", "added", "removed"]


@dataclass(frozen=True, slots=True)
class StepDifference:
    """One step in both versions. `n` is its number in the new version, or in the old one if it was removed."""

    n: int
    id: str
    type: StepType
    old_type: StepType | None
    """what it was before, when the type changed"""
    change: Change
    pieces: list[Span]
    runs: list[UUID]
    """ids of the program runs that it cites, in the version that it is shown of"""


@dataclass(frozen=True, slots=True)
class PartDifference:
    """One part beside the steps."""

    name: str
    change: Change
    pieces: list[Span]


@dataclass(frozen=True, slots=True)
class Difference:
    """All that differs, in the order of the new version; removed steps stand where they were."""

    steps: list[StepDifference]
    parts: list[PartDifference]


def compare(old: Content, new: Content, *, shows_effort: bool) -> Difference:
    """Compare two versions; `shows_effort` includes the confidence, which blind reviewers do not see."""
    before = {step.id: (n, step) for n, step in enumerate(old.steps, start=1)}
    steps: list[StepDifference] = []
    kept = {step.id for step in new.steps}
    waiting = [(n, step) for n, step in enumerate(old.steps, start=1) if step.id not in kept]
    for n, step in enumerate(new.steps, start=1):
        known = before.get(step.id)
        while known is not None and waiting and waiting[0][0] < known[0]:
            steps.append(_removed(*waiting.pop(0)))
        steps.append(_step(n, known[1] if known else None, step))
    steps += [_removed(number, step) for number, step in waiting]
    return Difference(steps, _parts(old, new, shows_effort=shows_effort))


def _step(n: int, old: Step | None, new: Step) -> StepDifference:
    if old is None:
        return StepDifference(n, new.id, new.type, None, "added", [Span("add", new.body)], new.runs)
    facts = [(step.body, step.type, step.status, step.refs, step.to, step.runs) for step in (old, new)]
    change: Change = "same" if facts[0] == facts[1] else "changed"
    pieces = diff_words(old.body, new.body)
    old_type = old.type if old.type != new.type else None
    return StepDifference(n, new.id, new.type, old_type, change, pieces, new.runs)


def _removed(n: int, step: Step) -> StepDifference:
    return StepDifference(n, step.id, step.type, None, "removed", [Span("del", step.body)], step.runs)


def _parts(old: Content, new: Content, *, shows_effort: bool) -> list[PartDifference]:
    pairs = [
        ("Answer", _answer(old), _answer(new)),
        ("Program", old.program.source if old.program else "", new.program.source if new.program else ""),
        ("What would make this wrong", old.what_would_make_this_wrong, new.what_would_make_this_wrong),
        ("Tools used", old.tools_used, new.tools_used),
        ("Note to the reviewer", old.note_to_reviewer, new.note_to_reviewer),
    ]
    if shows_effort:
        pairs.append(("Confidence", str(old.confidence or ""), str(new.confidence or "")))
    return [PartDifference(name, _change(a, b), diff_words(a, b)) for name, a, b in pairs if a or b]


def _answer(content: Content) -> str:
    answer = content.answer
    assumed = "".join(f"\nAssuming: {line}" for line in answer.assumptions)
    return f"{answer.text} {answer.unit}".strip() + assumed


def _change(old: str, new: str) -> Change:
    if old == new:
        return "same"
    return "added" if not old else "removed" if not new else "changed"
