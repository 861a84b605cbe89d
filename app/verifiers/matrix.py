"""A matrix or a vector."""

import re

from app.verifiers.answer_type import ALSO, AnswerType, Spec, not_guessable
from app.verifiers.expression import DOMAIN, domain_of, faults_of_domain, style_of
from app.verifiers.formula.collections import all_of, same_part
from app.verifiers.formula.nodes import Apply, Node, Symbol, Unreadable, is_value
from app.verifiers.formula.readings import Readings, readings
from app.verifiers.formula.sameness import Verdict
from app.verifiers.judging import compare_formulas, faults_of_formula, not_read, read_as
from app.verifiers.outcome import Comparison, Given, Reading
from app.verifiers.phrases import unwrap

Rows = list[list[Node]]
_SEMICOLONS = re.compile(r"^[\[(]\s*([^\[\]()]*;[^\[\]()]*)[\])]$", re.DOTALL)
_CELL = re.compile(r"[,\s]+")


def _read_matrix(text: str, spec: Spec) -> Readings:
    bare = unwrap(text).text
    rows = _SEMICOLONS.match(bare)
    if rows is not None:  # [1 2; 3 4], as numerical programs write it
        bare = "[" + ",".join("[" + ",".join(_CELL.split(row.strip())) + "]" for row in rows[1].split(";")) + "]"
    found = readings(bare, style_of(spec, lists=True))
    _rows(found.node)
    return found


def _rows(node: Node) -> Rows:
    """Take the cells row by row; a plain list is one row."""
    if isinstance(node, Apply) and node.head == "=" and isinstance(node.parts[0], Symbol):
        node = node.parts[1]
    if not isinstance(node, Apply) or node.head not in {"matrix", "[]", "()", "list", "{}"}:
        raise Unreadable("it is no matrix")
    nested = [isinstance(part, Apply) and part.head in {"[]", "()", "list", "{}"} for part in node.parts]
    rows = [list(part.parts) for part in node.parts if isinstance(part, Apply)] if all(nested) else [list(node.parts)]
    if len({len(row) for row in rows}) != 1 or not all(is_value(cell) for row in rows for cell in row):
        raise Unreadable("its rows have different lengths" if any(nested) else "its cells are not all values")
    return rows


def _compare(given: Given, spec: Spec) -> Comparison:
    return compare_formulas(
        given, spec, lambda text: _read_matrix(text, spec), lambda left, right: _judge(left, right, spec)
    )


def _judge(given: Node, expected: Node, spec: Spec) -> Verdict:
    left, right = _rows(given), _rows(expected)
    if _shape(left) != _shape(right):
        if 1 in _shape(left) and _shape(left) == _shape(right)[::-1]:
            return Verdict(None, "exact", "a row for a column")
        return Verdict(False, "exact")
    cells = zip((cell for row in left for cell in row), (cell for row in right for cell in row), strict=True)
    return all_of(same_part(one, other, domain_of(spec)) for one, other in cells)


def _shape(rows: Rows) -> tuple[int, int]:
    return len(rows), len(rows[0])


def _read(given: Given, spec: Spec) -> Reading:
    try:
        found = _read_matrix(given.text, spec)
    except Unreadable as error:
        return not_read(error)
    height, width = _shape(_rows(found.node))
    cells = tuple(Apply("list", tuple(row)) for row in _rows(found.node))
    return read_as(Apply("matrix", cells), f"a matrix of {height} × {width}")


def _check_spec(spec: Spec) -> list[str]:
    return faults_of_domain(spec) or faults_of_formula(spec, lambda text: _read_matrix(text, spec), "a matrix")


MATRIX = AnswerType(
    name="matrix",
    title="Matrix",
    hint="\\begin{pmatrix}1&2\\\\3&4\\end{pmatrix}, [[1, 2], [3, 4]] or [1 2; 3 4].",
    example={"kind": "matrix", "answer": "[[1, 2], [3, 4]]"},
    compare=_compare,
    read=_read,
    check_spec=_check_spec,
    guess_probability=not_guessable,
    options=(ALSO, DOMAIN),
)
