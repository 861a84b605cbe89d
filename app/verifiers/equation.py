"""An equation or inequality, or several of them."""

from app.verifiers.answer_type import ALSO, AnswerType, Spec, not_guessable
from app.verifiers.expression import DOMAIN, domain_of, faults_of_domain, is_name, style_of
from app.verifiers.formula.exact import exact_value
from app.verifiers.formula.nodes import LISTS, RELATIONS, Apply, Node, Unreadable, is_value
from app.verifiers.formula.readings import Readings, readings
from app.verifiers.formula.relations import same_relation
from app.verifiers.formula.sameness import UNKNOWN, Verdict, same_value
from app.verifiers.judging import compare_formulas, faults_of_formula, not_read, read_as
from app.verifiers.outcome import Comparison, Given, Reading
from app.verifiers.phrases import unwrap


def _read_equation(text: str, spec: Spec) -> Readings:
    return readings(unwrap(text).text, style_of(spec, lists=True))


def _relations_of(node: Node) -> list[Node]:
    if isinstance(node, Apply) and node.head in LISTS | {"and"}:
        return [one for part in node.parts for one in _relations_of(part)]
    return [node]


def _compare(given: Given, spec: Spec) -> Comparison:
    return compare_formulas(
        given, spec, lambda text: _read_equation(text, spec), lambda left, right: _judge(left, right, spec)
    )


def _judge(given: Node, expected: Node, spec: Spec) -> Verdict:
    left, right = _relations_of(given), _relations_of(expected)
    if len(left) == len(right) == 1:
        return _judge_one(left[0], right[0], spec)
    if len(left) != len(right):
        return Verdict(None, "probing", "another number of equations")
    found = [[_judge_one(one, other, spec).same for other in right] for one in left]
    columns = [[row[place] for row in found] for place in range(len(right))]
    is_same = all(True in row for row in found + columns)
    return Verdict(True, "probing") if is_same else UNKNOWN


def _judge_one(given: Node, expected: Node, spec: Spec) -> Verdict:
    domain = domain_of(spec)
    if isinstance(expected, Apply) and expected.head == "=" and is_name(expected.parts[0]):
        if is_value(given):  # 2x + 1 for y = 2x + 1
            verdict = same_value(given, expected.parts[1], domain)
            return verdict if verdict.same else Verdict(None, verdict.method, verdict.note)
        if isinstance(given, Apply) and given.head == "=" and given.parts[0] == expected.parts[0]:
            return same_value(given.parts[1], expected.parts[1], domain)
    if isinstance(given, Apply) and isinstance(expected, Apply) and given.head == expected.head == "congruent":
        return _same_congruence(given, expected)
    return same_relation(given, expected, domain)


def _same_congruence(given: Apply, expected: Apply) -> Verdict:
    """Compare x ≡ a (mod m): the same unknown, the same modulus, residues that differ by a multiple of it."""
    values = [[exact_value(node) for node in one.parts[1:]] for one in (given, expected)]
    (residue, modulus), (other, other_modulus) = values
    if given.parts[0] != expected.parts[0] or None in {residue, modulus, other, other_modulus}:
        return UNKNOWN
    if residue is None or other is None or not modulus or not other_modulus or abs(modulus) != abs(other_modulus):
        return Verdict(None, "exact", "another modulus")
    return Verdict((residue - other) % modulus == 0, "exact")


def _read(given: Given, spec: Spec) -> Reading:
    try:
        found = _read_equation(given.text, spec)
    except Unreadable as error:
        return not_read(error)
    count = sum(1 for one in _relations_of(found.node) if not is_value(one))
    if count == 0:
        return read_as(found.node, "an expression, not an equation")
    return read_as(found.node, "an equation or inequality" if count == 1 else f"{count} equations or inequalities")


def _check_spec(spec: Spec) -> list[str]:
    def require_relation(text: str) -> None:
        found = _relations_of(_read_equation(text, spec).node)
        if not all(isinstance(one, Apply) and one.head in RELATIONS | {"congruent"} for one in found):
            raise Unreadable("it has no equals sign")

    return faults_of_domain(spec) or faults_of_formula(spec, require_relation, "an equation")


EQUATION = AnswerType(
    name="equation",
    title="Equation",
    hint="y = 2x + 1, x^2 + y^2 = 1, x + y ≤ 3, n ≡ 1 (mod 4). Both sides may be multiplied, moved, swapped.",
    example={"kind": "equation", "answer": "x^2 + y^2 = 1"},
    compare=_compare,
    read=_read,
    check_spec=_check_spec,
    guess_probability=not_guessable,
    options=(ALSO, DOMAIN),
)
