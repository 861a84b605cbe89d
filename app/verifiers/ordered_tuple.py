"""A tuple: several values in their order."""

from app.verifiers.answer_type import ALSO, AnswerType, Option, Spec, not_guessable, texts_of
from app.verifiers.expression import DOMAIN, domain_of, faults_of_domain, style_of
from app.verifiers.formula.collections import parts_of, same_tuple
from app.verifiers.formula.nodes import Apply, Node, Symbol, Unreadable, is_value
from app.verifiers.formula.readings import Readings, readings
from app.verifiers.formula.sameness import Verdict
from app.verifiers.judging import compare_formulas, faults_of_formula, not_read, read_as
from app.verifiers.outcome import Comparison, Given, Reading
from app.verifiers.phrases import unwrap


def _read_tuple(text: str, spec: Spec) -> Readings:
    found = readings(unwrap(text).text, style_of(spec, lists=True))
    if isinstance(found.node, Apply) and found.node.head == "{}":
        raise Unreadable("it is a set, which has no order")
    if not all(_is_part(part) for part in parts_of(_inside(found.node))):
        raise Unreadable("it is no tuple")
    return found


def _inside(node: Node) -> Node:
    """Take the tuple out of (x, y) = (1, 2)."""
    if isinstance(node, Apply) and node.head == "=" and isinstance(node.parts[0], Apply | Symbol):
        left, right = node.parts
        if isinstance(right, Apply) and right.head in {"()", "[]", "matrix"}:
            return right
        return Apply("list", (node,)) if isinstance(left, Symbol) else node
    return node


def _is_part(node: Node) -> bool:
    if isinstance(node, Apply) and node.head == "=":
        return isinstance(node.parts[0], Symbol) and is_value(node.parts[1])
    if isinstance(node, Apply) and node.head in {"()", "[]", "{}"}:
        return all(_is_part(part) for part in node.parts)
    return is_value(node)


def _compare(given: Given, spec: Spec) -> Comparison:
    return compare_formulas(
        given, spec, lambda text: _read_tuple(text, spec), lambda left, right: _judge(left, right, spec)
    )


def _judge(given: Node, expected: Node, spec: Spec) -> Verdict:
    left, right = parts_of(_inside(given)), parts_of(_inside(expected))
    names = texts_of(spec, "names") or _names(right)
    given_names = _names(left)
    right = _values(right)
    if not given_names:
        return same_tuple(_values(left), right, domain_of(spec))
    if not names:
        verdict = same_tuple(_values(left), right, domain_of(spec))
        in_order = given_names == sorted(given_names)
        return verdict if in_order and verdict.same else Verdict(None, verdict.method, "it names its values")
    if sorted(given_names) != sorted(names):
        return Verdict(None, "exact", "it names its values otherwise")
    by_name = dict(zip(given_names, _values(left), strict=True))
    return same_tuple([by_name[name] for name in names], right, domain_of(spec))


def _names(parts: list[Node]) -> list[str]:
    """List the names in x = 1, y = 2; none unless each part has another one."""
    lefts = [part.parts[0] for part in parts if isinstance(part, Apply) and part.head == "="]
    names = [left.name for left in lefts if isinstance(left, Symbol)]
    return names if len(names) == len(parts) == len(set(names)) else []


def _values(parts: list[Node]) -> list[Node]:
    return [part.parts[1] if isinstance(part, Apply) and part.head == "=" else part for part in parts]


def _read(given: Given, spec: Spec) -> Reading:
    try:
        found = _read_tuple(given.text, spec)
    except Unreadable as error:
        return not_read(error)
    count = len(parts_of(_inside(found.node)))
    return read_as(found.node, f"{count} {'value' if count == 1 else 'values'} in this order")


def _check_spec(spec: Spec) -> list[str]:
    faults = faults_of_domain(spec) or faults_of_formula(spec, lambda text: _read_tuple(text, spec), "a tuple")
    if faults or "names" not in spec:
        return faults
    names, count = texts_of(spec, "names"), len(parts_of(_inside(_read_tuple(spec["answer"], spec).node)))
    if len(set(names)) != count:
        return [f"“names” must name each of the {count} values once."]
    return []


TUPLE = AnswerType(
    name="tuple",
    title="Tuple",
    hint="Values in their order, such as (2, 251, 252); x = 1, y = 2 when they are named.",
    example={"kind": "tuple", "answer": "(2, 251, 252)"},
    compare=_compare,
    read=_read,
    check_spec=_check_spec,
    guess_probability=not_guessable,
    options=(ALSO, Option("names", "Names of the values", "list", "So that y = 2, x = 1 is put in order."), DOMAIN),
)
