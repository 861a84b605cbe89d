"""An expression, with or without unknowns."""

from app.verifiers.answer_type import ALSO, AnswerType, Option, Spec, not_guessable, text_of, texts_of
from app.verifiers.formula.commands import is_for_the_library
from app.verifiers.formula.domain import WORDS, Domain, read_domain
from app.verifiers.formula.nodes import Apply, Node, Symbol, Unreadable, is_value, letters
from app.verifiers.formula.readings import Readings, readings, settle
from app.verifiers.formula.sameness import Verdict, same_value
from app.verifiers.formula.tokens import Style
from app.verifiers.judging import (
    against_all,
    faults_of_formula,
    judge_number,
    not_read,
    read_as,
    said_of,
    same_text,
    unreadable,
)
from app.verifiers.numbers import NumberText, read_number_of, read_number_text, value_in
from app.verifiers.outcome import Comparison, Given, Reading, passed
from app.verifiers.phrases import unwrap

DOMAIN = Option(
    "domain",
    "Where the letters live",
    "object",
    f"For each letter one of {', '.join(WORDS)}, or two ends. Only then can a difference be certain.",
)


def domain_of(spec: Spec) -> Domain:
    """Take the declared domain; a faulty one counts as none."""
    try:
        return read_domain(spec.get("domain"))
    except ValueError:
        return {}


def faults_of_domain(spec: Spec) -> list[str]:
    """Say what is wrong with the declared domain."""
    try:
        read_domain(spec.get("domain"))
    except ValueError as error:
        return [str(error)]
    return []


def style_of(spec: Spec, *, lists: bool = False) -> Style:
    """Choose how answers to a specification are read: letters that it declares are unknowns, e and i too."""
    return Style(lists=lists, unknowns=frozenset(domain_of(spec)) | frozenset(texts_of(spec, "unknowns")))


def read_value(text: str, style: Style) -> NumberText:
    """Read one value, perhaps with a name before it, f(x) = …, or a unit behind it; raises Unreadable."""
    phrase = unwrap(text)
    try:
        found = readings(phrase.text, style)
        others = {point: _without_name(node) for point, node in found.others.items()}
        plain = Readings(_without_name(found.node), others, found.is_uncertain)
    except Unreadable:
        return read_number_text(text)
    return NumberText(plain, is_approximate=phrase.is_approximate)


def _without_name(node: Node) -> Node:
    if isinstance(node, Apply) and node.head == "=" and is_name(node.parts[0]) and is_value(node.parts[1]):
        return node.parts[1]
    return value_in(node)


def is_name(node: Node) -> bool:
    """Tell whether a node names a value: y, or f(x), which reads as a product."""
    if isinstance(node, Symbol):
        return True
    if not isinstance(node, Apply) or node.head != "mul" or len(node.parts) != 2:  # noqa: PLR2004 - f and its bracket
        return False
    letter, bracket = node.parts
    return isinstance(letter, Symbol) and isinstance(bracket, Apply) and bracket.head in {"group", "()"}


def judge_expression(found: NumberText, expected: NumberText, spec: Spec) -> Verdict:
    """Compare two values whose letters live where the specification says."""
    domain = domain_of(spec)

    def judge(left: Node, right: Node) -> Verdict:
        return same_value(left, right, domain)

    if letters(expected.node):
        return settle(judge, found.readings, expected.readings)
    return judge_number(found, expected, judge, spec)


def _read_given(given: Given, spec: Spec) -> NumberText:
    if given.unit.strip() in {"%", "°"}:
        return read_number_of(given)
    return read_value(given.text, style_of(spec))


def _compare(given: Given, spec: Spec) -> Comparison:
    return against_all(spec, lambda text: _compare_one(given, text, spec))


def _compare_one(given: Given, text: str, spec: Spec) -> Comparison:
    detail = f"“{given.text.strip()}” against “{text.strip()}”"
    if same_text(given.text, text):
        return passed("exact", detail)
    try:
        found, expected = _read_given(given, spec), read_value(text, style_of(spec))
    except Unreadable as error:
        return _second_opinion(given, text, detail) or unreadable(error)
    if letters(found.node) and not letters(expected.node):
        found = _without_unit_letters(given, found)
    return said_of(judge_expression(found, expected, spec), detail)


def _without_unit_letters(given: Given, found: NumberText) -> NumberText:
    try:
        return read_number_of(given)
    except Unreadable:
        return found


def _second_opinion(given: Given, text: str, detail: str) -> Comparison | None:
    try:
        bare = unwrap(given.text).text, unwrap(text).text
    except Unreadable:
        return None
    if not any(map(is_for_the_library, bare)):
        return None
    from app.verifiers.formula import library  # noqa: PLC0415 - slow to load, and only the child needs it

    return passed("math-verify", detail) if library.confirms(*bare) else None


def _read(given: Given, spec: Spec) -> Reading:
    try:
        found = _read_given(given, spec)
    except Unreadable as error:
        return not_read(error)
    names = sorted(name.rstrip("_") for name in letters(found.node))
    return read_as(found.node, f"an expression in {', '.join(names)}" if names else "a value without unknowns")


def _check_spec(spec: Spec) -> list[str]:
    faults = faults_of_domain(spec) or faults_of_formula(spec, lambda text: _readable(text, spec), "an expression")
    unread = set(domain_of(spec)) - _letters_of(spec)
    return faults + [f"“domain” speaks of {name}, which is not in the answer." for name in sorted(unread) if not faults]


def _readable(text: str, spec: Spec) -> None:
    if not is_for_the_library(text):
        read_value(text, style_of(spec))


def _letters_of(spec: Spec) -> set[str]:
    try:
        return {name.rstrip("_") for name in letters(read_value(text_of(spec), style_of(spec)).node)}
    except Unreadable:
        return set(domain_of(spec))


EXPRESSION = AnswerType(
    name="expression",
    title="Expression",
    hint="A formula such as \\frac{n(n+1)}{2} or \\sqrt{2}-1; any form that is equal to it is right.",
    example={"kind": "expression", "answer": "\\frac{n(n+1)}{2}", "domain": {"n": "positive integer"}},
    compare=_compare,
    read=_read,
    check_spec=_check_spec,
    guess_probability=not_guessable,
    options=(
        ALSO,
        DOMAIN,
        Option("unknowns", "Further unknowns", "list", "Letters that are unknowns although e and i are usually not."),
        Option("percent", "It is a percentage", "flag", "20 and 20% are then the same."),
    ),
)
