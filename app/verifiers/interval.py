"""Intervals, unions of them, and what inequalities in one unknown say."""

from app.verifiers.answer_type import ALSO, AnswerType, Spec, not_guessable
from app.verifiers.expression import domain_of, style_of
from app.verifiers.formula.nodes import Node, Unreadable
from app.verifiers.formula.readings import Readings, readings, settle
from app.verifiers.formula.regions import region_of, same_region
from app.verifiers.formula.sameness import UNKNOWN, Verdict
from app.verifiers.judging import against_all, faults_of_formula, not_read, read_as, said_of, same_text, unreadable
from app.verifiers.outcome import Comparison, Given, Reading, passed
from app.verifiers.phrases import unwrap


def _read_region(text: str, spec: Spec) -> Readings:
    found = readings(unwrap(text).text, style_of(spec, lists=True))
    region_of(found.node)
    return found


def _compare(given: Given, spec: Spec) -> Comparison:
    return against_all(spec, lambda text: _compare_one(given, text, spec))


def _compare_one(given: Given, text: str, spec: Spec) -> Comparison:
    detail = f"“{given.text.strip()}” against “{text.strip()}”"
    if same_text(given.text, text):
        return passed("exact", detail)
    try:
        found, expected = _read_region(given.text, spec), _read_region(text, spec)
    except Unreadable as error:
        return unreadable(error)
    return said_of(settle(lambda left, right: _judge(left, right, spec), found, expected), detail)


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
