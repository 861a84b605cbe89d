"""A number with its unit: any unit of the same dimension is converted."""

import re
from dataclasses import dataclass
from fractions import Fraction
from typing import Any

from app.verifiers.answer_type import ALSO, AnswerType, Option, Spec, accepted_texts, not_guessable, text_of
from app.verifiers.formula.exact import exact_value
from app.verifiers.formula.nodes import Apply, Node, Number, Unreadable, letters, number, walk
from app.verifiers.formula.printing import to_tex
from app.verifiers.formula.readings import Readings, settle
from app.verifiers.formula.sameness import Verdict
from app.verifiers.judging import against_all, said_of, unreadable
from app.verifiers.numbers import read_number_text
from app.verifiers.outcome import Comparison, Given, Outcome, Reading, failed, undecided
from app.verifiers.phrases import unwrap
from app.verifiers.real import ABSOLUTE, RELATIVE, TOLERANCES, faults_of_tolerance, number_only, tolerances_of, within
from app.verifiers.units import Unit, read_unit

FIGURES_MAX = 30
_NAME = re.compile(r"^\\?[A-Za-z]\w*(?:_\{?\w+\}?)?\s*(?:=|≈|\\approx)\s*(?=\S)")
_MONEY_BEFORE = re.compile(r"^(\\?\$|€|£|¥|₹|US\$|USD|EUR|GBP|CNY|RMB)\s*(?=[\d.])")
_NUMERAL = re.compile(
    r"^[-+−–]?\s*(?:\^\s*\{[-+\d\s]*\}|[\d.,\s]|\{,\}|\\[,;: ](?=\d)|[-+−–*/^×·()⁰¹²³⁴⁵⁶⁷⁸⁹⁺⁻½¼¾√π]"
    r"|\\(?:times|cdot|pi)(?![a-zA-Z])\s*|\\[dt]?frac\s*\{[\d.]+\}\s*\{[\d.]+\}|\\sqrt\s*(?:\{[^{}]*\}|\d)|(?<=\d)[eE][-+]?\d+|\bpi\b)+"
)
_TRAILING = re.compile(r"(?:\s|\\[,;: ]|\\(?:times|cdot)\s*|[*×·~(])+$")


@dataclass(frozen=True, slots=True)
class Quantity:
    """A number as written, and its unit; None when there is none."""

    readings: Readings
    unit: Unit | None


def read_quantity(text: str, unit: str = "") -> Quantity:
    """Read a number with a unit behind it, or with the unit given apart; raises Unreadable."""
    bare = _NAME.sub("", unwrap(text).text).strip()
    money = _MONEY_BEFORE.match(bare)
    before = money[1].removeprefix("\\").removeprefix("US") if money is not None else ""
    bare = bare[money.end() :] if money is not None else bare
    value, after = _split(bare)
    inside = " ".join(filter(None, (before, after)))
    found = _read(value)
    if not inside or not unit.strip():
        spelled = inside or unit.strip()
        return Quantity(found, read_unit(spelled) if spelled else None)
    inner, outer = read_unit(inside), read_unit(unit)
    if (inner.dimension, inner.factor, inner.offset) != (outer.dimension, outer.factor, outer.offset):
        raise Unreadable("it has two different units")
    return Quantity(found, inner)


def _split(text: str) -> tuple[str, str]:
    """Split the text where the number ends."""
    numeral = _NUMERAL.match(text)
    if numeral is None:
        return text, ""
    value = numeral[0]
    rest = text[numeral.end() :]
    if value.rstrip().endswith("^") and rest.lstrip("{").startswith(("\\circ", "°")):
        value, rest = value.rstrip()[:-1], "^" + rest
    if value.rstrip().endswith("/") and rest:
        value, rest = value.rstrip()[:-1], "1/" + rest
    if value.count("(") == value.count(")") + 1 and value.rstrip().endswith("("):
        rest = "(" + rest
    return _TRAILING.sub("", value), rest.strip()


def _read(value: str) -> Readings:
    found = read_number_text(value)
    if found.words or letters(found.node):
        raise Unreadable("its unit is not known here")
    return found.readings


def _compare(given: Given, spec: Spec) -> Comparison:
    try:
        found = read_quantity(given.text, given.unit)
    except Unreadable as error:
        return unreadable(error)
    return against_all(spec, lambda text: _compare_one(found, given, text, spec))


def _compare_one(found: Quantity, given: Given, text: str, spec: Spec) -> Comparison:
    expected_text = f"{text} {text_of(spec, 'unit')}".strip()
    written = f"{given.text.strip()} {given.unit.strip()}".strip()
    detail = f"“{written}” against “{expected_text}”"
    try:
        expected = read_quantity(text, text_of(spec, "unit"))
    except Unreadable as error:
        return unreadable(error)
    unit, wanted = found.unit, expected.unit or Unit()
    if unit is None and not wanted.is_plain:
        return undecided("units", detail, "Give the unit: the number alone is not enough.")
    unit = unit or Unit()
    if dict(unit.dimension) != dict(wanted.dimension):
        reason = "The unit measures something else than what is asked for."
        return undecided("units", detail) if _is_doubtful(unit, wanted) else failed("units", detail, reason)
    figures = [part.figures for part in walk(found.readings.node) if isinstance(part, Number) and part.figures]
    if _figures(spec) and figures and max(figures) < _figures(spec):
        return undecided("units", detail, f"Give the value with {_figures(spec)} significant figures.")
    compared = said_of(_judge(found, expected, unit, wanted, spec), detail)
    is_same = (unit.factor, unit.offset) == (wanted.factor, wanted.offset)
    if compared.outcome is Outcome.PASS and spec.get("same_unit") and not is_same:
        return undecided("units", detail, "Give the value in the unit that is asked for.")
    return compared


def _is_doubtful(unit: Unit, wanted: Unit) -> bool:
    """Tell whether a unit may be meant as the wanted one: it has several meanings, or only its case is wrong."""
    if unit.is_doubtful or wanted.is_doubtful:
        return True
    for spelling in (unit.text.lower(), unit.text.upper()):
        try:
            if dict(read_unit(spelling).dimension) == dict(wanted.dimension):
                return True
        except Unreadable:
            continue
    return False


def _judge(found: Quantity, expected: Quantity, unit: Unit, wanted: Unit, spec: Spec) -> Verdict:
    """Compare in the given unit, so that the digits that are written keep their meaning."""
    ratio = wanted.factor / unit.factor
    spec = _tolerance_in(spec, expected, ratio)

    def converted(node: Node) -> Node:
        if wanted.offset == unit.offset == 0 or spec.get("difference"):
            return node if ratio == 1 else Apply("mul", (node, number(ratio)))
        in_kelvin = Apply("add", (node, number(wanted.offset)))
        return Apply("add", (Apply("mul", (in_kelvin, number(ratio))), number(-unit.offset)))

    other = expected.readings
    turned = {point: converted(node) for point, node in other.others.items()}
    other = Readings(converted(other.node), turned, other.is_uncertain or wanted.is_doubtful or unit.is_doubtful)
    return settle(within(spec), found.readings, other)


def _tolerance_in(spec: Spec, expected: Quantity, ratio: Fraction) -> dict[str, Any]:
    """Give the tolerances in the unit of the answer; figures that count are a tolerance of half the last one."""
    absolute, relative = tolerances_of(spec)
    if spec.get("absolute") is None and spec.get("relative") is None and _figures(spec):
        absolute, relative = _half_of_last(expected.readings.node, _figures(spec)), Fraction(0)
    tolerance = {"absolute": str(absolute * abs(ratio)), "relative": str(relative)}
    return {**spec, **tolerance}


def _figures(spec: Spec) -> int:
    found = spec.get("significant_figures")
    return found if type(found) is int and 1 <= found <= FIGURES_MAX else 0


def _half_of_last(node: Node, figures: int) -> Fraction:
    value = abs(exact_value(node) or Fraction(0))
    if not value:
        return Fraction(0)
    power = 0
    while value >= 10 ** (power + 1):
        power += 1
    while value < Fraction(10) ** power:
        power -= 1
    return Fraction(10) ** (power - figures + 1) / 2


def _read_given(given: Given, spec: Spec) -> Reading:  # noqa: ARG001 - every kind's arguments
    try:
        found = read_quantity(given.text, given.unit)
    except Unreadable as error:
        return Reading(False, f"cannot be read: {error}")
    unit = found.unit
    if unit is None:
        return Reading(True, "reads as a number without a unit", to_tex(found.readings.node))
    measured = " ".join(f"{name}^{power}" if power != 1 else name for name, power in sorted(unit.dimension.items()))
    words = f"reads as a number in {unit.text}, which measures {measured or 'a bare number'}"
    shown = unit.text if not unit.text.startswith("\\") else ""
    return Reading(True, words, to_tex(found.readings.node) + (f"\\ \\text{{{shown}}}" if shown.isalpha() else ""))


def _check_spec(spec: Spec) -> list[str]:
    faults = []
    for text in accepted_texts(spec) or [""]:
        try:
            found = read_quantity(text, text_of(spec, "unit"))
            number_only(to_tex(found.readings.node))
        except Unreadable as error:
            faults.append(f"“{text}” does not read as a quantity: {error}.")
    if "significant_figures" in spec and not _figures(spec):
        faults.append(f"“significant_figures” must be a whole number from 1 to {FIGURES_MAX}.")
    has_tolerance = any(spec.get(name) is not None for name in TOLERANCES)
    return faults + faults_of_tolerance(spec, is_needed=not (has_tolerance or _figures(spec)))


QUANTITY = AnswerType(
    name="quantity",
    title="Quantity with a unit",
    hint="24.3 m, 9.81 m/s^2, 3.0×10^8 m/s; an answer in another unit of the same kind is converted.",
    example={"kind": "quantity", "answer": "24.3 m", "absolute": 0.1},
    compare=_compare,
    read=_read_given,
    check_spec=_check_spec,
    guess_probability=not_guessable,
    options=(
        ALSO,
        Option("unit", "Unit", "text", "If it is not written behind the number."),
        Option("absolute", ABSOLUTE.title, "number", "In the unit of the expected answer."),
        RELATIVE,
        Option("significant_figures", "Significant figures", "number", "So many have to be written, and to be right."),
        Option("same_unit", "In this unit only", "flag", "A value in another unit is sent back."),
        Option("difference", "A difference of temperatures", "flag", "20 °C and 20 K are then the same."),
    ),
)
