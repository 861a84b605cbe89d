"""A finite set: order and repetition do not count."""

from app.verifiers.answer_type import ALSO, AnswerType, Spec, not_guessable
from app.verifiers.expression import DOMAIN, domain_of, faults_of_domain, style_of
from app.verifiers.formula.collections import TUPLES, elements_of, same_set
from app.verifiers.formula.nodes import Apply, Node, Unreadable, is_value
from app.verifiers.formula.readings import Readings, readings
from app.verifiers.formula.sameness import Verdict
from app.verifiers.judging import compare_formulas, faults_of_formula, not_read, read_as
from app.verifiers.outcome import Comparison, Given, Reading
from app.verifiers.phrases import unwrap


def _read_set(text: str, spec: Spec) -> Readings:
    found = readings(unwrap(text).text, style_of(spec, lists=True))
    if not all(_is_element(element) for element in elements_of(found.node)):
        raise Unreadable("it is no finite set")
    return found


def _is_element(node: Node) -> bool:
    if is_value(node):
        return True
    return isinstance(node, Apply) and node.head in TUPLES | {"{}"} and all(_is_element(part) for part in node.parts)


def _compare(given: Given, spec: Spec) -> Comparison:
    return compare_formulas(
        given, spec, lambda text: _read_set(text, spec), lambda left, right: _judge(left, right, spec)
    )


def _judge(given: Node, expected: Node, spec: Spec) -> Verdict:
    left, right = elements_of(given), elements_of(expected)
    verdict = same_set(left, right, domain_of(spec))
    if len(left) == 1 and isinstance(left[0], Apply) and left[0].head in TUPLES:
        # (1, 2) may be meant as the set of both.
        inner = same_set(list(left[0].parts), right, domain_of(spec))
        if verdict.same is False and inner.same is not False:
            return Verdict(None, inner.method, "it is written as a tuple")
    return verdict


def _read(given: Given, spec: Spec) -> Reading:
    try:
        found = _read_set(given.text, spec)
    except Unreadable as error:
        return not_read(error)
    count = len(elements_of(found.node))
    return read_as(found.node, f"a set of {count} {'element' if count == 1 else 'elements'}")


def _check_spec(spec: Spec) -> list[str]:
    return faults_of_domain(spec) or faults_of_formula(spec, lambda text: _read_set(text, spec), "a finite set")


SET = AnswerType(
    name="set",
    title="Set",
    hint="Elements with commas between, with or without braces: \\{1, 2, 3\\}. Order does not count.",
    example={"kind": "set", "answer": "\\{-1, 2, 3\\}"},
    compare=_compare,
    read=_read,
    check_spec=_check_spec,
    guess_probability=not_guessable,
    options=(ALSO, DOMAIN),
)
