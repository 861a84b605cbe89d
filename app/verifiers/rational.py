"""A fraction or a terminating decimal, exactly."""

from app.verifiers.answer_type import ALSO, AnswerType, Option, Spec, not_guessable
from app.verifiers.formula.exact import exact_value
from app.verifiers.formula.nodes import Apply, Node, Number, Unreadable
from app.verifiers.formula.sameness import same_value
from app.verifiers.judging import compare_numbers, faults_of_formula, read_number
from app.verifiers.numbers import read_number_of, read_number_text
from app.verifiers.outcome import Comparison, Given, Outcome, Reading, undecided


def _compare(given: Given, spec: Spec) -> Comparison:
    compared = compare_numbers(given, spec, same_value)
    is_right = compared.outcome is Outcome.PASS
    if is_right and spec.get("lowest_terms") and not _is_in_lowest_terms(read_number_of(given).node):
        reason = "Give the value as a fraction in lowest terms, or as a whole number."
        return undecided("exact", compared.detail, reason)
    return compared


def _is_in_lowest_terms(node: Node) -> bool:
    if isinstance(node, Apply) and node.head == "neg":
        node = node.parts[0]
    if isinstance(node, Number):
        return node.value.denominator == 1
    if not isinstance(node, Apply) or node.head != "div":
        return False
    top, bottom = node.parts
    value = exact_value(node)
    is_plain = isinstance(top, Number) and isinstance(bottom, Number)
    return is_plain and value is not None and value.denominator == exact_value(bottom)


def _read(given: Given, spec: Spec) -> Reading:  # noqa: ARG001 - every kind's arguments
    return read_number(given, _noun)


def _noun(node: Node) -> str:
    value = exact_value(node)
    return "a number" if value is None else f"the number {value}"


def _rational(text: str) -> None:
    if exact_value(read_number_text(text).node) is None:
        raise Unreadable("it is no fraction")


def _check_spec(spec: Spec) -> list[str]:
    return faults_of_formula(spec, _rational, "a fraction")


RATIONAL = AnswerType(
    name="rational",
    title="Fraction",
    hint="An exact fraction, such as \\frac{3}{4}; 0.75, 75% and 6/8 are the same number.",
    example={"kind": "rational", "answer": "3/4"},
    compare=_compare,
    read=_read,
    check_spec=_check_spec,
    guess_probability=not_guessable,
    options=(
        ALSO,
        Option("lowest_terms", "In lowest terms", "flag", "6/8 is then sent back."),
        Option("percent", "It is a percentage", "flag", "20 and 20% are then the same."),
    ),
)
