"""Plausible wrong answers: what a slip, a guess or a forgotten factor would give instead of the expected one.

FrontierMath's rule: before a task opens, answers like these must be refused. They are proposals for the manager, who
knows better ones; none is the expected answer written differently, as far as its digits tell.
"""

import re
import string
from collections.abc import Iterator

from app.verifiers.answer_type import Spec, text_of, texts_of

PROPOSALS_MAX = 8
_NUMBER = re.compile(r"(?<![\w.])\d+(?:\.\d+)?(?![\w.])")


def propose_wrong(spec: Spec) -> list[str]:
    """List up to eight different answers that an expert may give by mistake; empty where the kind has none."""
    kind, answer = text_of(spec, "kind"), text_of(spec).strip()
    if kind in {"program", "rubric", "none", "by_assumption", ""} or not answer:
        return []
    made = _other_choices(spec) if kind == "choice" else _slips(answer)
    found: list[str] = []
    for one in made:
        if one != answer and one not in found:
            found.append(one)
    return found[:PROPOSALS_MAX]


def _other_choices(spec: Spec) -> Iterator[str]:
    options = spec.get("options")
    labels = list(options) if isinstance(options, dict) else string.ascii_uppercase[: len(texts_of(spec, "options"))]
    expected = spec.get("answer")
    right = {str(one).casefold() for one in (expected if isinstance(expected, list) else [expected])}
    yield from (label for label in labels if label.casefold() not in right)


def _slips(answer: str) -> Iterator[str]:
    """Change one number of the answer at a time, its sign, or a sign inside; a text without numbers gets cut."""
    numbers = list(_NUMBER.finditer(answer))
    for change in (_one_more, _one_less, _tenfold, _swapped, _doubled):
        for found in numbers[-1:] + numbers[:-1]:
            yield answer[: found.start()] + change(found[0]) + answer[found.end() :]
    if any(found[0].strip("0.") for found in numbers):
        yield answer[1:].strip() if answer.startswith("-") else f"-({answer})"
    if "+" in answer:
        yield answer.replace("+", "-", 1)
    if not numbers:
        yield from (f"not {answer}", f"{answer}{answer}", answer[: max(1, len(answer) // 2)], "0", "1", "2")


def _one_more(number: str) -> str:
    return _shift(number, 1)


def _one_less(number: str) -> str:
    return _shift(number, -1)


def _shift(number: str, by: int) -> str:
    digits, _, after = number.partition(".")
    moved = int(digits + after) + by * 10 ** len(after)
    if not after:
        return str(moved)
    sign, size = ("-" if moved < 0 else ""), str(abs(moved)).rjust(len(after) + 1, "0")
    return f"{sign}{size[: -len(after)]}.{size[-len(after) :]}"


def _tenfold(number: str) -> str:
    digits, _, after = number.partition(".")
    return f"{digits}{after[0]}.{after[1:] or '0'}" if after else f"{digits}0" if digits.strip("0") else "10"


def _swapped(number: str) -> str:
    plain = number.replace(".", "")
    can_swap = "." not in number[-2:] and plain[-1:] != plain[-2:-1] and plain[-2:-1]
    return number[:-2] + number[-1] + number[-2] if can_swap else _shift(number, 2)


def _doubled(number: str) -> str:
    digits, _, after = number.partition(".")
    twice = str(2 * int(digits + after)).rjust(len(after) + 1, "0")
    return f"{twice[: -len(after)]}.{twice[-len(after) :]}" if after else twice if twice != "0" else "3"
