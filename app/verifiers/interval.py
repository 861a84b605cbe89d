"""Intervals, unions of them, and what inequalities in one unknown say."""

from app.verifiers.answer_type import ALSO, AnswerType, Spec, not_guessable
from app.verifiers.expression import domain_of, style_of
from app.verifiers.formula.nodes import Node, Unreadable
from app.verifiers.formula.readings import Readings, readings
from app.verifiers.formula.regions import region_of, same_region
from app.verifiers.formula.sameness import UNKNOWN, Verdict
from app.verifiers.judging import compare_formulas, faults_of_formula, not_read, read_as
from app.verifiers.outcome import Comparison, Given, Reading
from app.verifiers.phrases import unwrap


def _read_region(text: str, spec: Spec) -> Readings:
    found = readings(unwrap(text).text, style_of(spec, lists=True))
    region_of(found.node)
    return found


def _compare(given: Given, spec: Spec) -> Comparison:
    return compare_formulas(
        given, spec, lambda text: _read_region(text, spec), lambda left, right: _judge(left, right, spec)
    )


def _judge(given: Node, expected: Node, spec: Spec) -> Verdict:
    try:
        return same_region(given, expected, domain_of(spec))
    except Unreadable:
        return UNKNOWN


def _read(given: Given, spec: Spec) -> Reading:
    try:
        found = _read_region(given.text, spec)
    except Unreadable as error:
        return not_read(error)
    return read_as(found.node, "a set of real numbers")


def _check_spec(spec: Spec) -> list[str]:
    return faults_of_formula(spec, lambda text: _read_region(text, spec), "an interval")


INTERVAL = AnswerType(
    name="interval",
    title="Interval",
    hint="(-\\infty, 0) \\cup [1, 2], x < 0 or 1 ≤ x ≤ 2, \\mathbb{R} \\setminus \\{1\\}.",
    example={"kind": "interval", "answer": "(-\\infty, -4) \\cup (-4, 1]"},
    compare=_compare,
    read=_read,
    check_spec=_check_spec,
    guess_probability=not_guessable,
    options=(ALSO,),
)
