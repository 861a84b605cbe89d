"""Rules about the steps: that they exist, hang together and hold one idea each."""

import re
from collections import Counter
from collections.abc import Iterator, Mapping
from functools import lru_cache
from itertools import pairwise
from math import sqrt
from typing import Any

from app.text.diff import tokens_of
from app.text.fingerprints import normalise
from app.text.linter.answer_rules import numbers_in
from app.text.linter.work import Said, Work, body, rule
from app.text.words import count_words

STEP_MAX_WORDS = 120
ALIKE_COSINE = 0.95
ALIKE_MIN_COUNT = 11  # six words and the five pairs between them

COMPARED_MAX_CHARS = 2_000
"""Longer steps are alike only when they are equal; they are told to be split anyway."""
_GOES_ON = frozenset({"work", "plan", "assumption", "understand"})
_CITED = re.compile(
    r"\b[Ss]tep\s+(\d{1,3}(?!\.?\d))"
    r"|\b[Ss]teps\s+((?:\d{1,3}\s*(?:,|and|or|to|–|-)\s*)*\d{1,3}(?!\.?\d))"
    r"|第\s*(\d{1,3})\s*步|步骤\s*(\d{1,3}(?!\.?\d))"
)


@rule("no_steps", "blocker", "Write at least one step that says how you got there.")
def _no_steps(work: Work) -> Iterator[Said]:
    if not work.live:
        yield Said("There is no reasoning yet", field="steps")


@rule("empty_step", "warning", "Fill it or remove it.")
def _empty_step(work: Work) -> Iterator[Said]:
    for n, step in enumerate(work.steps, 1):
        if not body(step).strip():
            yield Said(f"Step {n} is empty", step["id"])


@rule("dead_end_open", "warning", "Add a backtrack that says where you went on, or a conclusion that says why it ends.")
def _dead_end_open(work: Work) -> Iterator[Said]:
    for index, step in enumerate(work.filled):
        if step["type"] == "dead_end" and not _is_left(work.filled[index + 1 :]):
            yield Said(f"The dead end in step {work.place(step)} leads nowhere", step["id"])


def _is_left(following: list[Mapping[str, Any]]) -> bool:
    """Say whether a backtrack or a conclusion comes before the work goes on as if nothing had happened."""
    for step in following:
        if step["type"] in ("backtrack", "conclusion"):
            return True
        if step["type"] in _GOES_ON:
            return False
    return False


@rule("backtrack_target", "warning", "Choose the step it goes back to.")
def _backtrack_target(work: Work) -> Iterator[Said]:
    for n, step in enumerate(work.steps, 1):
        if step["type"] == "backtrack" and not 0 < work.places.get(step.get("to") or "", 0) < n:
            yield Said(f"The backtrack in step {n} does not say to which earlier step", step["id"])


@rule("refs", "warning", "Name steps that exist and come earlier.")
def _refs(work: Work) -> Iterator[Said]:
    for n, step in enumerate(work.steps, 1):
        for ref in step.get("refs") or []:
            target = work.places.get(ref)
            if target is None:
                yield Said(f"Step {n} uses a step that is gone", step["id"])
            elif target >= n:
                which = "itself" if target == n else f"step {target}, which comes later"
                yield Said(f"Step {n} uses {which}", step["id"])


@rule("cited_number", "warning", "Correct the number; steps may have moved.")
def _cited_number(work: Work) -> Iterator[Said]:
    for part in work.step_parts:
        gone = [number for number in _cited(part.prose) if not 1 <= number <= len(work.steps)]
        if gone:
            yield part.said(f"speaks of step {gone[0]}, which does not exist")


@rule("uses_nothing", "warning", "A step of work names what it rests on.")
def _uses_nothing(work: Work) -> Iterator[Said]:
    worked = [step for step in work.live if step["type"] == "work"]
    for step in worked[1:]:
        if not step.get("refs") and not _cited(body(step)):
            yield Said(f"Step {work.place(step)} uses nothing", step["id"])


@rule("long_step", "warning", "One idea in a step: split it.")
def _long_step(work: Work) -> Iterator[Said]:
    for step in work.filled:
        words = count_words(body(step))
        if words > STEP_MAX_WORDS:
            yield Said(f"Step {work.place(step)} has {words} words", step["id"])


@rule("restated", "warning", "Keep one of them, or say what is new.")
def _restated(work: Work) -> Iterator[Said]:
    for before, step in pairwise(work.filled):
        if _are_alike(body(before), body(step)):
            yield Said(f"Step {work.place(step)} says nearly the same as step {work.place(before)}", step["id"])


@rule("no_conclusion", "warning", "End with a step of that kind.")
def _no_conclusion(work: Work) -> Iterator[Said]:
    if work.live and not any(step["type"] == "conclusion" for step in work.live):
        yield Said("No conclusion yet", field="steps")


def _cited(text: str) -> list[int]:
    cited = " ".join(group for match in _CITED.finditer(text) for group in match.groups() if group)
    return [int(number) for number in re.findall(r"\d+", cited)]


def _are_alike(old: str, new: str) -> bool:
    """Say whether two texts tell the same; the same sentence with other figures is another case."""
    if max(len(old), len(new)) > COMPARED_MAX_CHARS:
        return old.strip() == new.strip()
    ours, theirs = _profile(old), _profile(new)
    if min(ours.total(), theirs.total()) < ALIKE_MIN_COUNT or _cosine(ours, theirs) <= ALIKE_COSINE:
        return False
    return sorted(numbers_in(old)) == sorted(numbers_in(new))


# A draft is checked at every save, and most of its steps have not changed since the last one.
@lru_cache(maxsize=512)
def _profile(text: str) -> Counter[tuple[str, ...]]:
    """Count the words and formulas of a text and the pairs of neighbours; without pairs, order would say nothing."""
    tokens = [token for token in tokens_of(normalise(text)) if any(char.isalnum() for char in token)]
    return Counter([*((token,) for token in tokens), *pairwise(tokens)])


def _cosine(old: Counter[tuple[str, ...]], new: Counter[tuple[str, ...]]) -> float:
    """Give the cosine between two counts: 1 for the same words in the same shares."""
    together = sum(count * new[token] for token, count in old.items())
    return together / sqrt(sum(n * n for n in old.values()) * sum(n * n for n in new.values()))
