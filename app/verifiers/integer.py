"""A whole number."""

from app.verifiers.answer_type import ALSO, AnswerType, Option, Spec, text_of
from app.verifiers.formula.exact import exact_value
from app.verifiers.formula.nodes import Node, Unreadable
from app.verifiers.formula.sameness import same_value
from app.verifiers.judging import compare_numbers, faults_of_formula, read_number
from app.verifiers.numbers import read_number_text
from app.verifiers.outcome import Comparison, Given, Reading

SMALL, MEDIUM = 10, 100
"""People guess small numbers: one in ten hits a right answer up to 10, one in a hundred up to 100."""


def _compare(given: Given, spec: Spec) -> Comparison:
    return compare_numbers(given, spec, same_value)


def _read(given: Given, spec: Spec) -> Reading:  # noqa: ARG001 - every kind's arguments
    return read_number(given, _noun)


def _noun(node: Node) -> str:
    value = exact_value(node)
    if value is None:
        return "a number"
    return f"the whole number {value.numerator:,}" if value.denominator == 1 else "a number that is not whole"


def _whole(text: str) -> None:
    value = exact_value(read_number_text(text).node)
    if value is None or value.denominator != 1:
        raise Unreadable("it is not whole")


def _check_spec(spec: Spec) -> list[str]:
    return faults_of_formula(spec, _whole, "a whole number") + faults_of_range(spec)


def faults_of_range(spec: Spec) -> list[str]:
    """Say what is wrong with the declared range of possible answers."""
    bounds = spec.get("range")
    if bounds is None:
        return []
    is_pair = isinstance(bounds, list) and [type(one) for one in bounds] == [int, int]
    if not is_pair or bounds[0] > bounds[1]:
        return ["“range” must be two whole numbers, the smaller one first."]
    return []


def _guess(spec: Spec) -> float | None:
    if spec.get("range") and not faults_of_range(spec):
        low, high = spec["range"]
        return float(1 / (high - low + 1))
    try:
        value = exact_value(read_number_text(text_of(spec)).node)
    except Unreadable:
        return None
    if value is None or abs(value) > MEDIUM:
        return None
    return 1 / SMALL if abs(value) <= SMALL else 1 / MEDIUM


INTEGER = AnswerType(
    name="integer",
    title="Whole number",
    hint="A whole number, such as 1,240 or 2^{10}. Separators of thousands and words after it do not count.",
    example={"kind": "integer", "answer": "1240"},
    compare=_compare,
    read=_read,
    check_spec=_check_spec,
    guess_probability=_guess,
    options=(
        ALSO,
        Option("percent", "It is a percentage", "flag", "20 and 20% are then the same."),
        Option("range", "Possible answers", "numbers", "The least and the largest number that could be the answer."),
    ),
)
