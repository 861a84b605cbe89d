"""Which labels of an earlier revision still stand: those of steps unchanged word for word with all they rest on."""

import hashlib
from collections.abc import Mapping, Sequence

from app.submissions.schemas import Content, Step
from app.text.fingerprints import canonical_json


def fingerprints(content: Content) -> dict[str, str]:
    """Give each step a hash of itself and of everything it rests on, at any distance."""
    steps = {step.id: step for step in content.steps}
    known: dict[str, str] = {}
    for step in content.steps:
        _fingerprint(step, steps, known)
    return known


def _fingerprint(first: Step, steps: Mapping[str, Step], known: dict[str, str]) -> None:
    """Hash depth first without recursion: five hundred steps may rest on one another in a row."""
    waiting = [first]
    on_the_way = {first.id}
    while waiting:
        step = waiting[-1]
        missing = [ref for ref in step.refs if ref in steps and ref not in known and ref not in on_the_way]
        if missing:
            waiting.append(steps[missing[0]])
            on_the_way.add(missing[0])
            continue
        sources = [[ref, known.get(ref, ""), steps[ref].body if ref in steps else None] for ref in step.refs]
        facts = [step.type, step.body, step.status, step.to, sources]
        known[step.id] = hashlib.sha256(canonical_json(facts).encode()).hexdigest()
        on_the_way.discard(waiting.pop().id)


def unchanged_steps(old: Content, new: Content) -> frozenset[str]:
    """List the steps of `new` that stand in `old` word for word, with all they rest on."""
    before, after = fingerprints(old), fingerprints(new)
    return frozenset(step_id for step_id, digest in after.items() if before.get(step_id) == digest)


def rests_on_change(new: Content, changed: frozenset[str]) -> frozenset[str]:
    """List the steps of `new` that rest, at any distance, on one of `changed`."""
    touched = set(changed)
    grew = True
    while grew:
        more = {step.id for step in new.steps if step.id not in touched and touched.intersection(step.refs)}
        touched |= more
        grew = bool(more)
    return frozenset(touched - changed)


def moved_steps(old: Sequence[Step], new: Sequence[Step]) -> frozenset[str]:
    """List the kept steps that follow another kept step than before; moving one step names as few as possible."""
    place = {step.id: n for n, step in enumerate(old)}
    kept = [step.id for step in new if step.id in place]
    return frozenset(kept) - frozenset(_longest_rising(kept, place))


def _longest_rising(ids: Sequence[str], place: Mapping[str, int]) -> list[str]:
    """Find the longest run of steps that kept their order (patience sorting)."""
    tops: list[str] = []
    before: dict[str, str | None] = {}
    for step_id in ids:
        low, high = 0, len(tops)
        while low < high:
            middle = (low + high) // 2
            if place[tops[middle]] < place[step_id]:
                low = middle + 1
            else:
                high = middle
        before[step_id] = tops[low - 1] if low else None
        tops[low:] = [step_id, *tops[low + 1 :]]
    run: list[str] = []
    last: str | None = tops[-1] if tops else None
    while last is not None:
        run.append(last)
        last = before[last]
    return run
