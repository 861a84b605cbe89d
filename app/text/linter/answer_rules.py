"""Rules about the answer, the program and what is said of them."""

import re
import unicodedata
from collections.abc import Iterator
from decimal import Decimal

from app.text.linter.work import Said, Work, body, rule
from app.text.scripts import CJK

_NUMBER = re.compile(r"(?<![\d.])(?:\d{1,3}(?:,\d{3})+(?!\d)|\d+)(?:\.\d+)?|(?<![\w.])\.\d+")
_FRACTION = re.compile(r"\\[dt]?frac\s*\{?(\d+)\}?\s*\{?(\d+)\}?")
_GROUPING = re.compile(r"(?<=\d)(?:\{,\}|\\,|\\ |\\;|\u202f|\u2009|\xa0)(?=\d{3}(?!\d))")
_HAS_UNIT = re.compile(rf"\d\s*(?:\\(?:mathrm|text|,)|[A-Za-zµΩ°%‰${CJK}])|[€£¥$]\s*\d")


@rule("no_answer", "blocker", "Write the final answer.")
def _no_answer(work: Work) -> Iterator[Said]:
    wanted = work.brief.activity == "solve" or (work.brief.activity == "open" and work.brief.answer_expected)
    if wanted and not str(work.answer.get("text") or "").strip():
        yield Said("The answer is empty", field="answer")


@rule("no_program", "blocker", "Write the source code.")
def _no_program(work: Work) -> Iterator[Said]:
    program = work.content.get("program") or {}
    if work.brief.activity == "program" and not str(program.get("source") or "").strip():
        yield Said("The program is empty", field="program")


@rule("unit", "warning", "Give the unit, or 1 when the quantity has none.")
def _unit(work: Work) -> Iterator[Said]:
    text = str(work.answer.get("text") or "")
    has_unit = str(work.answer.get("unit") or "").strip() or _HAS_UNIT.search(text)
    if work.brief.unit_expected and text.strip() and not has_unit:
        yield Said("The answer has no unit", field="unit")


@rule("answer_number", "warning", "Show in a step where it comes from.")
def _answer_number(work: Work) -> Iterator[Said]:
    if not work.filled:
        return
    reasoning = {number for step in work.live for number in numbers_in(body(step))}
    unseen = [number for number in numbers_in(str(work.answer.get("text") or "")) if number not in reasoning]
    shown = list(dict.fromkeys(f"{number:f}" for number in unseen))
    if shown:
        verb = "appears" if len(shown) == 1 else "appear"
        yield Said(f"The answer's {', '.join(shown[:3])} {verb} in no step", field="answer")


@rule("confidence", "warning", "Choose one to five bars.")
def _confidence(work: Work) -> Iterator[Said]:
    if work.content.get("confidence") is None:
        yield Said("You have not said how sure you are", field="confidence")


@rule("wrong", "warning", "Name the weakest point.")
def _wrong(work: Work) -> Iterator[Said]:
    if not str(work.content.get("what_would_make_this_wrong") or "").strip():
        yield Said("Nothing is said of what would make this wrong", field="wrong")


def numbers_in(text: str) -> list[Decimal]:
    r"""List the numbers of a text as values: 1,240 and 1{,}240 are 1240, 0.50 is 0.5, \frac{3}{7} has a 3 and a 7."""
    plain = _FRACTION.sub(r" \1 / \2 ", _GROUPING.sub("", unicodedata.normalize("NFKC", text)))
    found = [Decimal(number.replace(",", "")) for number in _NUMBER.findall(plain)]
    return [number.normalize() if number else Decimal(0) for number in found]
