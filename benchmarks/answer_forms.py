"""Other forms of a right answer, which have to pass, and wrong answers near it, which must never pass."""

from collections.abc import Callable, Iterator, Mapping
from contextlib import suppress
from fractions import Fraction
from typing import Any

import sympy

from app.verifiers.formula.algebra import to_sympy
from app.verifiers.formula.collections import elements_of
from app.verifiers.formula.exact import exact_value
from app.verifiers.formula.nodes import Apply, Node, Number, Unreadable, number
from app.verifiers.formula.parser import parse
from app.verifiers.formula.printing import to_tex
from app.verifiers.formula.tokens import Style
from app.verifiers.numbers import read_number_text
from app.verifiers.phrases import unwrap

Spec = Mapping[str, Any]
FULL_WIDTH = str.maketrans("0123456789", "０１２３４５６７８９")


Forms = Iterator[tuple[str, str]]


def rewritten(spec: Spec) -> dict[str, str]:
    """Give other forms of the expected answer, by what was done."""
    return _made(_REWRITERS[spec["kind"]](spec))


def perturbed(spec: Spec) -> dict[str, str]:
    """Give answers that are wrong, by what was done."""
    return _made(_PERTURBERS[spec["kind"]](spec))


def _made(forms: Forms) -> dict[str, str]:
    """Take forms until one needs a tree and the answer, which the library reads, has none here."""
    found: dict[str, str] = {}
    with suppress(Unreadable):
        found.update(forms)
    return found


def _value(spec: Spec) -> Fraction:
    value = exact_value(read_number_text(str(spec["answer"])).node)
    assert value is not None
    return value


def _dressed(answer: str) -> Forms:
    bare = unwrap(answer).text
    yield "boxed", f"\\boxed{{{bare}}}"
    yield "in dollars", f"${bare}$"
    yield "displayed", f"\\[ {bare} \\]"
    yield "introduced", f"The answer is ${bare}$."
    if "\\frac" in bare:
        yield "dfrac", bare.replace("\\frac", "\\dfrac")


def _numbers(spec: Spec) -> Forms:
    value = _value(spec)
    yield from _dressed(str(spec["answer"]))
    yield "unit in text", f"{spec['answer']} \\text{{ units}}"
    yield "thing counted", f"{spec['answer']} apples"
    yield "fraction", f"\\dfrac{{{3 * value.numerator}}}{{{3 * value.denominator}}}"
    yield "sum, reordered", f"{_shown(1 - value)} \\cdot (-1) + 1"
    yield "named", f"x = {spec['answer']}"


def _whole(spec: Spec) -> Forms:
    value = int(_value(spec))
    yield from _numbers(spec)
    yield "no separators", str(value)
    yield "thousands", f"{value:,}"
    yield "thousands in TeX", f"{value:,}".replace(",", "{,}")
    yield "thousands, narrow space", f"{value:,}".replace(",", "\u202f")
    yield "decimals", f"{value}.00"
    yield "money", f"\\${value:,}"
    yield "full width", str(value).translate(FULL_WIDTH)
    yield "percent", f"{100 * value}\\%"


def _shown(value: Fraction) -> str:
    text = str(value.numerator) if value.denominator == 1 else f"\\frac{{{value.numerator}}}{{{value.denominator}}}"
    return f"({text})" if value < 0 else text


def _real(spec: Spec) -> Forms:
    value = float(_value(spec))
    yield from _dressed(spec["answer"])
    yield "scientific", f"{value:.12e}"
    mantissa, _, exponent = f"{value:.12e}".partition("e")
    yield "times a power of ten", f"{mantissa} \\times 10^{{{int(exponent)}}}"
    yield "fraction", f"\\frac{{{_value(spec).numerator}}}{{{_value(spec).denominator}}}"
    yield "within tolerance", repr(value * 1.009)
    yield "percent", f"{value * 100!r}\\%"
    yield "about", f"≈ {spec['answer']}"
    yield "unit in text", f"{spec['answer']}\\,\\text{{m}}"


def _choice(spec: Spec) -> Forms:
    answer = str(spec["answer"]).strip("()")
    yield "lower case", answer.lower()
    yield "in brackets", f"({answer})"
    yield "option", f"Option {answer}"
    yield "text", f"\\text{{{answer}}}"
    if answer in {"True", "False"}:
        yield "yes or no", {"True": "Yes", "False": "no"}[answer]


def _node(spec: Spec, *, lists: bool = True) -> Node:
    node = parse(unwrap(spec["answer"]).text, Style(lists=lists)).node
    return node.parts[1] if isinstance(node, Apply) and node.head == "=" and not lists else node


def _parts(spec: Spec) -> tuple[Node, ...]:
    node = _node(spec)
    return node.parts if isinstance(node, Apply) and node.head in {"()", "[]", "list"} else (node,)


def _tuple(spec: Spec) -> Forms:
    parts = [to_tex(part) for part in _parts(spec)]
    yield "round brackets", "(" + ", ".join(parts) + ")"
    yield "square brackets", "[" + ",".join(parts) + "]"
    yield "left and right", "\\left( " + ",\\ ".join(parts) + " \\right)"
    if len(parts) > 1:
        yield "bare", ", ".join(parts)
        yield "column", "\\begin{pmatrix}" + " \\\\ ".join(parts) + "\\end{pmatrix}"
    yield "parts as fractions", "(" + ", ".join(f"\\frac{{2 ({part})}}{{2}}" for part in parts) + ")"


def _set(spec: Spec) -> Forms:
    parts = [to_tex(part) for part in elements_of(_node(spec))]
    yield "braces", "\\{" + ", ".join(parts) + "\\}"
    yield "backwards", ", ".join(reversed(parts))
    yield "repeated", ", ".join([*parts, parts[0]])
    yield "in words", " and ".join(parts)
    yield "equations", " or ".join(f"x = {part}" for part in parts)


def _expression(spec: Spec) -> Forms:
    node = _node(spec, lists=False)
    yield from _dressed(spec["answer"])
    yield "written anew", to_tex(node)
    yield "backwards", to_tex(_backwards(node))
    yield "doubled and halved", f"\\frac{{2 \\left({to_tex(node)}\\right)}}{{2}}"
    yield "plus zero", f"3 + ({to_tex(node)}) - 3"
    yield from _transformed(node)


def _transformed(node: Node) -> Forms:
    """Let sympy expand and factor it, and write it as TeX and as Python."""
    expression = to_sympy(node, {})
    for name, change in (("expanded", sympy.expand), ("factored", sympy.factor), ("together", sympy.together)):
        yield name, sympy.latex(change(expression))
    yield "as Python", sympy.sstr(expression)


def _backwards(node: Node) -> Node:
    """Turn the order of all sums and products around."""
    if not isinstance(node, Apply):
        return node
    parts = tuple(_backwards(part) for part in node.parts)
    return Apply(node.head, parts[::-1] if node.head in {"add", "mul"} else parts)


def _equation(spec: Spec) -> Forms:
    yield from _dressed(spec["answer"])
    node = _node(spec)
    if isinstance(node, Apply) and node.head == "=":
        left, right = (to_tex(part) for part in node.parts)
        yield "sides swapped", f"{right} = {left}"
        yield "right side backwards", f"{left} = {to_tex(_backwards(node.parts[1]))}"
        yield "doubled", f"2 ({left}) = 2 ({right})"
        yield "to one side", f"{left} - ({right}) = 0"


def _interval(spec: Spec) -> Forms:
    yield from _dressed(spec["answer"])
    node = _node(spec)
    yield "written anew", to_tex(node)
    if isinstance(node, Apply) and node.head == "union":
        yield "backwards", f"{to_tex(node.parts[1])} \\cup {to_tex(node.parts[0])}"
    yield "with all reals", f"\\mathbb{{R}} \\cap ({to_tex(node)})" if node_is_set(node) else to_tex(node)


def node_is_set(node: Node) -> bool:
    """Tell an interval or union from an inequality."""
    return isinstance(node, Apply) and node.head in {"()", "[]", "(]", "[)"}


def _text(spec: Spec) -> Forms:
    yield "upper case", spec["answer"].upper() if "\\" not in spec["answer"] else spec["answer"]
    yield "spaces", f"  {spec['answer'].replace(' ', '  ')} "


def _wrong_numbers(spec: Spec) -> Forms:
    value = _value(spec)
    for name, other in (
        ("one more", value + 1), ("one less", value - 1), ("doubled", 2 * value), ("halved", value / 2),
        ("other sign", -value), ("ten times", 10 * value), ("a hundredth", value / 100), ("squared", value**2),
        ("half more", value + Fraction(1, 2)), ("one thousandth more", value + Fraction(1, 1000)),
    ):  # fmt: skip
        if other != value:
            yield name, _shown(other)
            if abs(other) < 10**15 and float(other) != float(value):
                yield f"{name}, decimal", repr(float(other))
    shown = _shown(value)
    yield "one of two", f"{shown} or {_shown(value + 1)}"
    yield "both", f"{shown}, {_shown(value + 1)}"
    yield "denied", f"not {shown}"
    yield "at most", f"at most {shown}"
    yield "bounded", f"\\le {shown}"
    yield "range", f"{shown} to {_shown(value + 5)}"
    yield "in an equation", f"{shown} + 1 = {_shown(value + 1)}"
    if value:
        yield "dozens", f"{shown} dozen"
        yield "millions", f"{shown} million"
        yield "swallowed letter", f"{shown} x"
    digits = str(value.numerator)
    if value.denominator == 1 and len(digits) > 1 and digits[-1] != digits[-2]:
        yield "digits swapped", digits[:-2] + digits[-1] + digits[-2]


def _wrong_real(spec: Spec) -> Forms:
    value = float(_value(spec))
    for name, other in (
        ("two percent more", value * 1.02), ("two percent less", value * 0.98), ("doubled", 2 * value),
        ("ten times", 10 * value), ("other sign", -value), ("one more", value + 1 + 0.02 * abs(value)),
    ):  # fmt: skip
        if other != value:
            yield name, repr(other)
            yield f"{name}, scientific", f"{other:.12e}"
    yield "denied", f"not {spec['answer']}"
    yield "one of two", f"{spec['answer']} or {value + 1}"


def _wrong_choice(spec: Spec) -> Forms:
    labels = list(spec["options"])
    right = str(spec["answer"]).strip("()")
    for label in labels:
        if label != right:
            yield f"option {label}", label
            yield f"option {label} in brackets", f"({label})"
    yield "both", " or ".join(labels[:2])
    yield "denied", f"not {right}"
    yield "none", "e"


def _wrong_tuple(spec: Spec) -> Forms:
    parts = [to_tex(part) for part in _parts(spec)]
    yield "one more", "(" + ", ".join([f"{parts[0]} + 1", *parts[1:]]) + ")"
    yield "last one more", "(" + ", ".join([*parts[:-1], f"{parts[-1]} + 1"]) + ")"
    yield "too long", "(" + ", ".join([*parts, "0"]) + ")"
    if parts != parts[::-1]:
        yield "backwards", "(" + ", ".join(reversed(parts)) + ")"
    if len(parts) > 1:
        yield "too short", "(" + ", ".join(parts[:-1]) + ")"


def _wrong_set(spec: Spec) -> Forms:
    parts = [to_tex(part) for part in elements_of(_node(spec))]
    yield "one more element", ", ".join([*parts, "987654321"])
    yield "another element", ", ".join([*parts[1:], f"{parts[0]} + 987"])
    if len(parts) > 1:
        yield "one element less", ", ".join(parts[1:])
        yield "a range", f"[{parts[0]}, {parts[-1]}]"


def _wrong_expression(spec: Spec) -> Forms:
    node = _node(spec, lists=False)
    shown = to_tex(node)
    yield "one more", f"{shown} + 1"
    yield "a little more", f"({shown}) \\cdot 1.0001"
    yield "doubled", f"2 \\cdot ({shown})"
    yield "other sign", f"-({shown})"
    yield "denied", f"not ${shown}$"
    yield "one of two", f"${shown}$ or $7$"
    numbers = [part for part in _walk(node) if isinstance(part, Number)]
    for n, part in enumerate(dict.fromkeys(numbers)):
        changed = _replaced(node, part, number(part.value + 1))
        yield f"number {n + 1} one more", to_tex(changed)


def _walk(node: Node) -> Iterator[Node]:
    yield node
    if isinstance(node, Apply):
        for part in node.parts:
            yield from _walk(part)


def _replaced(node: Node, old: Node, new: Node) -> Node:
    if node == old:
        return new
    if not isinstance(node, Apply):
        return node
    return Apply(node.head, tuple(_replaced(part, old, new) for part in node.parts))


def _wrong_equation(spec: Spec) -> Forms:
    node = _node(spec)
    for n, part in enumerate(dict.fromkeys(one for one in _walk(node) if isinstance(one, Number))):
        yield f"number {n + 1} changed", to_tex(_replaced(node, part, number(part.value + 1)))
    if isinstance(node, Apply) and node.head == "=":
        left, right = (to_tex(part) for part in node.parts)
        yield "one more", f"{left} = {right} + 1"
        yield "only one side", f"{left} = 0"


def _wrong_interval(spec: Spec) -> Forms:
    node = _node(spec)
    for n, part in enumerate(dict.fromkeys(one for one in _walk(node) if isinstance(one, Number))):
        yield f"number {n + 1} changed", to_tex(_replaced(node, part, number(part.value + Fraction(1, 7))))
    yield "everything", "\\mathbb{R}"
    yield "nothing", "\\emptyset"
    if "infty" not in to_tex(node):
        yield "a point more", f"{to_tex(node)} \\cup \\{{987654321\\}}"
    if isinstance(node, Apply) and node.head in {"()", "[]"}:
        turned = Apply({"()": "[]", "[]": "()"}[node.head], node.parts)
        yield "other ends", to_tex(turned)


def _wrong_text(spec: Spec) -> Forms:
    yield "denied", f"not {spec['answer']}"
    yield "another text", "a completely different answer"
    yield "longer", f"{spec['answer']} and 17"


_REWRITERS: dict[str, Callable[[Spec], Forms]] = {
    "integer": _whole, "rational": _numbers, "real": _real, "choice": _choice, "tuple": _tuple, "set": _set,
    "expression": _expression, "equation": _equation, "interval": _interval, "text": _text,
}  # fmt: skip
_PERTURBERS: dict[str, Callable[[Spec], Forms]] = {
    "integer": _wrong_numbers, "rational": _wrong_numbers, "real": _wrong_real, "choice": _wrong_choice,
    "tuple": _wrong_tuple, "set": _wrong_set, "expression": _wrong_expression, "equation": _wrong_equation,
    "interval": _wrong_interval, "text": _wrong_text,
}  # fmt: skip
