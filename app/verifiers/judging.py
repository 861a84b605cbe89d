"""What the kinds made of formulas have in common: read both sides, settle, and say what came out."""

import re
from collections.abc import Callable
from dataclasses import replace

from app.verifiers.answer_type import Spec, accepted_texts, faults_of_answer
from app.verifiers.formula.nodes import Apply, Node, Unreadable
from app.verifiers.formula.printing import to_tex
from app.verifiers.formula.readings import Readings, settle
from app.verifiers.formula.sameness import Judge, Verdict
from app.verifiers.formula.symbols import words
from app.verifiers.numbers import NumberText, read_number_of, read_number_text
from app.verifiers.outcome import Comparison, Given, Reading, failed, passed, undecided
from app.verifiers.phrases import unwrap

_LAYOUT = re.compile(r"\\(?:left|right|displaystyle|limits|quad|qquad)(?![a-zA-Z])|\\[,;:! ]")
_SPACE = re.compile(r"\s+(?!\w)|(?<!\w)\s+")
"""Between letters or digits a space may mean something; elsewhere it does not."""
_CONVERTIBLE = words(
    "cent cents second seconds sec min minute minutes hour hours hr day days week weeks month months year years s h "
    "mm cm m km inch inches in foot feet ft yard yards mile miles meter meters metre metres centimeters centimetres "
    "kilometers kilometres mg g kg gram grams kilogram kilograms ton tons tonne tonnes lb lbs pound pounds oz ounce "
    "ounces ml l L liter liters litre litres cup cups pint pints quart quarts gallon gallons degree degrees rad radian "
    "radians 分 角 秒 分钟 小时 时间 天 周 年 米 厘米 千米 公里 克 公斤 千克 分間 時間 日 週間 メートル キロ グラム"
)
"""Words after a number that may explain why it is another number than the expected one."""


def same_text(given: str, expected: str) -> bool:
    """Tell whether two formulas are written alike but for layout."""
    try:
        return _bare(given) == _bare(expected)
    except Unreadable:
        return False


def _bare(text: str) -> str:
    text = unwrap(text).text.replace("\\dfrac", "\\frac").replace("\\tfrac", "\\frac")
    text = re.sub(r"\\mathbb\s*\{(\w)\}", r"\\mathbb \1", _LAYOUT.sub(" ", text))
    return _SPACE.sub("", text)


def against_all(spec: Spec, compare: Callable[[str], Comparison]) -> Comparison:
    """Compare with each right answer: one pass is enough, and only when all fail it is wrong."""
    found = [compare(text) for text in accepted_texts(spec)]
    if not found:
        return undecided(detail="the specification holds no answer")
    ranked = sorted(found, key=lambda one: ("pass", "undecided", "fail").index(one.outcome))
    return ranked[0]


def said_of(verdict: Verdict, detail: str) -> Comparison:
    """Make a comparison of a verdict."""
    detail = f"{detail}: {verdict.note}" if verdict.note else detail
    if verdict.same is None:
        return undecided(verdict.method, detail)
    return passed(verdict.method, detail) if verdict.same else failed(verdict.method, detail)


def unreadable(error: Unreadable) -> Comparison:
    """Make the comparison of an answer that could not be read."""
    return undecided("reading", str(error), f"This answer could not be read by the machine: {error}.")


def compare_formulas(given: Given, spec: Spec, read: Callable[[str], Readings], judge: Judge) -> Comparison:
    """Read an answer by `read` and hold it against each right one by `judge`; either may raise Unreadable."""

    def compare_one(text: str) -> Comparison:
        detail = f"“{given.text.strip()}” against “{text.strip()}”"
        if same_text(given.text, text):
            return passed("exact", detail)
        try:
            return said_of(settle(judge, read(given.text), read(text)), detail)
        except Unreadable as error:
            return unreadable(error)

    return against_all(spec, compare_one)


def compare_numbers(given: Given, spec: Spec, judge: Judge, *, allows_about: bool = False) -> Comparison:
    """Read an answer as a number and compare it with each right one."""
    try:
        found = read_number_of(given)
    except Unreadable as error:
        return unreadable(error)
    found = replace(found, is_approximate=found.is_approximate and not allows_about)

    def compare_one(text: str) -> Comparison:
        try:
            expected = read_number_text(text)
        except Unreadable as error:
            return unreadable(error)
        verdict = judge_number(found, expected, judge, spec)
        return said_of(verdict, f"“{given.text.strip()}” against “{text.strip()}”")

    return against_all(spec, compare_one)


def judge_number(found: NumberText, expected: NumberText, judge: Judge, spec: Spec) -> Verdict:
    """Compare two numbers, with an eye on percent signs, degrees and units that stand on one side only."""
    if spec.get("percent"):
        found, expected = (_bare_number(one, "percent") for one in (found, expected))
    verdict = settle(judge, found.readings, expected.readings)
    if verdict.same is True and found.is_approximate:
        return Verdict(None, verdict.method, "it is called approximate, and an exact value is asked for")
    if verdict.same is not False:
        return verdict
    for head in ("percent", "degree"):
        if _is(found, head) == _is(expected, head):
            continue
        bare = settle(judge, _bare_number(found, head).readings, _bare_number(expected, head).readings)
        if bare.same is True and head == "degree" and _is(found, head):
            return bare
        if bare.same is not False:
            return Verdict(None, verdict.method, f"it is the same but for the sign of {head}")
    if any(word.strip(".,") in _CONVERTIBLE for word in found.words.split()):
        return Verdict(None, verdict.method, f"it is given in {found.words}")
    return verdict


def _is(found: NumberText, head: str) -> bool:
    return isinstance(found.node, Apply) and found.node.head == head


def _bare_number(found: NumberText, head: str) -> NumberText:
    if not _is(found, head):
        return found
    assert isinstance(found.node, Apply)  # noqa: S101 - seen by _is
    return NumberText(Readings(found.node.parts[0], {}, found.readings.is_uncertain), found.words, found.is_approximate)


def read_number(given: Given, noun: Callable[[Node], str]) -> Reading:
    """Say how an answer reads as a number."""
    try:
        found = read_number_of(given)
    except Unreadable as error:
        return not_read(error)
    return read_as(found.node, f"{noun(found.node)} ({found.words})" if found.words else noun(found.node))


def read_as(node: Node, noun: str) -> Reading:
    """Make the reading of a formula."""
    return Reading(True, f"reads as {noun}", to_tex(node))


def not_read(error: Unreadable) -> Reading:
    """Make the reading of what could not be read."""
    return Reading(False, f"cannot be read: {error}")


def faults_of_formula(spec: Spec, read: Callable[[str], object], noun: str) -> list[str]:
    """Say which of the expected answers is missing or cannot be read as what the kind is about."""
    faults = faults_of_answer(spec)
    if faults:
        return faults
    for text in accepted_texts(spec):
        try:
            read(text)
        except Unreadable as error:
            faults.append(f"“{_shortened(text)}” does not read as {noun}: {error}.")
    return faults


def _shortened(text: str) -> str:
    return text if len(text) <= 60 else f"{text[:60]}…"  # noqa: PLR2004 - enough to find it again
