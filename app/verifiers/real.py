"""A number to a declared tolerance."""

from fractions import Fraction
from typing import Any

from app.verifiers.answer_type import ALSO, AnswerType, Option, Spec, not_guessable
from app.verifiers.formula.exact import exact_value
from app.verifiers.formula.nodes import Node, TooLarge, Unreadable, letters
from app.verifiers.formula.sameness import EXACT_RELATIVE, UNKNOWN, Judge, Verdict, is_rounding
from app.verifiers.judging import compare_numbers, faults_of_formula, read_number
from app.verifiers.numbers import read_number_text
from app.verifiers.outcome import Comparison, Given, Reading

TOLERANCES = ("absolute", "relative")


def tolerances_of(spec: Spec) -> tuple[Fraction, Fraction]:
    """Take the absolute and the relative tolerance of a specification; without any, nine digits have to agree."""
    found = [_tolerance(spec.get(name)) for name in TOLERANCES]
    if found == [None, None]:
        return Fraction(0), Fraction(EXACT_RELATIVE)
    return found[0] or Fraction(0), found[1] or Fraction(0)


def _tolerance(value: object) -> Fraction | None:
    if value is None or isinstance(value, bool):
        return None
    try:
        tolerance = Fraction(str(value))
    except (ValueError, ZeroDivisionError):
        return None
    return tolerance if tolerance >= 0 else None


def faults_of_tolerance(spec: Spec, *, is_needed: bool = True) -> list[str]:
    """Say what is wrong with the tolerances."""
    named = [name for name in TOLERANCES if spec.get(name) is not None]
    faults = [f"“{name}” must be a number that is not negative." for name in named if _tolerance(spec[name]) is None]
    if is_needed and not named:
        faults.append("Say how near is near enough: “absolute” or “relative”.")
    if _tolerance(spec.get("relative")) is not None and Fraction(str(spec["relative"])) >= 1:
        faults.append("A relative tolerance of 1 and more takes zero for right; 0.01 is one percent.")
    return faults


def within(spec: Spec) -> Judge:
    """Make the judge that calls two numbers the same when either tolerance is kept."""
    absolute, relative = tolerances_of(spec)

    def judge(given: Node, expected: Node) -> Verdict:
        if given == expected:
            return Verdict(True, "exact")
        left, right = exact_value(given), exact_value(expected)
        if left is None or right is None:
            return _numerically(given, expected, absolute, relative)
        if abs(left - right) <= max(absolute, relative * abs(right)):
            return Verdict(True, "numeric")
        return _if_not_rounded(given, left, right)

    return judge


def _numerically(given: Node, expected: Node, absolute: Fraction, relative: Fraction) -> Verdict:
    from app.verifiers.formula import numeric  # noqa: PLC0415 - slow to load, and only the child needs it

    if letters(given) | letters(expected):
        return UNKNOWN
    try:
        left, right = numeric.value_of(given), numeric.value_of(expected)
    except (numeric.Undefined, TooLarge, Unreadable) as error:
        return Verdict(None, "numeric", str(error))
    if abs(left - right) <= max(numeric.mpf_of(absolute), numeric.mpf_of(relative) * abs(right)):
        return Verdict(True, "numeric")
    return _if_not_rounded(given, left, right)


def _if_not_rounded(given: Node, value: Any, expected: Any) -> Verdict:
    """Call a number different, unless it is right to the digits that are written and has too few of them."""
    if is_rounding(given, value, expected):
        return Verdict(None, "numeric", "right to the digits written, which are fewer than asked for")
    return Verdict(False, "numeric")


def _compare(given: Given, spec: Spec) -> Comparison:
    return compare_numbers(given, spec, within(spec), allows_about=True)


def _read(given: Given, spec: Spec) -> Reading:  # noqa: ARG001 - every kind's arguments
    return read_number(given, lambda _node: "a number")


def number_only(text: str) -> None:
    """Raise Unreadable unless a text is one number without unknowns."""
    if letters(read_number_text(text).node):
        raise Unreadable("it holds unknowns")


def _check_spec(spec: Spec) -> list[str]:
    return faults_of_formula(spec, number_only, "a number") + faults_of_tolerance(spec)


ABSOLUTE = Option("absolute", "Absolute tolerance", "number", "May differ by so much.")
RELATIVE = Option("relative", "Relative tolerance", "number", "May differ by this share of the value; 0.01 is 1 %.")
REAL = AnswerType(
    name="real",
    title="Number with a tolerance",
    hint="A number such as 3.1416, and how near is near enough. Either tolerance kept is enough.",
    example={"kind": "real", "answer": "3.14159", "absolute": 0.001},
    compare=_compare,
    read=_read,
    check_spec=_check_spec,
    guess_probability=not_guessable,
    options=(ALSO, ABSOLUTE, RELATIVE, Option("percent", "It is a percentage", "flag", "20 and 20% are the same.")),
)
