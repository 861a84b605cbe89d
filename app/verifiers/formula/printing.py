"""Writes a formula as TeX, so that an author sees how the answer was read."""

from collections.abc import Callable

from app.verifiers.formula.nodes import BRACKETS, Apply, Node, Number, Symbol, number
from app.verifiers.formula.symbols import GREEK

_SUM, _PRODUCT, _POWER, _ATOM = 1, 2, 3, 4
"""How tightly a piece holds together; looser ones get brackets inside tighter ones."""
_RELATION_SIGNS = {
    "=": "=", "!=": "\\ne", "<": "<", "<=": "\\le", ">": ">", ">=": "\\ge", "in": "\\in",
    "union": "\\cup", "intersection": "\\cap", "difference": "\\setminus", "mod": "\\bmod",
}  # fmt: skip
_NAMED = {"sin", "cos", "tan", "cot", "sec", "csc", "arcsin", "arccos", "arctan", "sinh", "cosh", "tanh", "coth"} | {
    "exp", "ln", "lg", "gcd", "max", "min",
}  # fmt: skip
_ENCLOSED = {"abs": ("|", "|"), "floor": ("\\lfloor ", "\\rfloor "), "ceil": ("\\lceil ", "\\rceil ")}


def to_tex(node: Node) -> str:
    """Write a tree as TeX."""
    return _tex(node)[0]


def _tex(node: Node) -> tuple[str, int]:
    if isinstance(node, Number):
        return _number(node)
    if isinstance(node, Symbol):
        return _symbol(node.name), _ATOM
    return _WRITERS.get(node.head, _other)(node)


def _other(node: Apply) -> tuple[str, int]:
    if node.head in BRACKETS:
        return _bracket(node), _ATOM
    if node.head in _RELATION_SIGNS:
        return f" {_RELATION_SIGNS[node.head]} ".join(to_tex(part) for part in node.parts), 0
    if node.head in _ENCLOSED:
        opening, closing = _ENCLOSED[node.head]
        return opening + to_tex(node.parts[0]) + closing, _ATOM
    inside = ", ".join(to_tex(part) for part in node.parts)
    name = f"\\{node.head}" if node.head in _NAMED else f"\\operatorname{{{node.head}}}"
    return f"{name}({inside})", _ATOM


def _inside(node: Node, least: int) -> str:
    text, tightness = _tex(node)
    return text if tightness >= least else f"({text})"


def _number(node: Number) -> tuple[str, int]:
    value = node.value
    if value.denominator == 1:
        return str(value.numerator), _ATOM if value >= 0 else _SUM
    if node.decimals is not None and 0 < node.decimals <= 30:  # noqa: PLR2004 - longer ones nobody reads
        whole, after = divmod(abs(value.numerator) * 10**node.decimals // value.denominator, 10**node.decimals)
        return f"{whole}.{after:0{node.decimals}d}", _ATOM
    return f"\\frac{{{value.numerator}}}{{{value.denominator}}}", _POWER


def _symbol(name: str) -> str:
    letter, _, index = name.partition("_")
    shown = f"\\{letter}" if letter in GREEK else {"infinity": "\\infty"}.get(letter, letter)
    return f"{shown}_{{{index}}}" if index else shown


def _bracket(node: Apply) -> str:
    opening, closing = ("\\{", "\\}") if node.head == "{}" else (node.head[0], node.head[1])
    return opening + ", ".join(to_tex(part) for part in node.parts) + closing


def _sum(node: Apply) -> tuple[str, int]:
    text = _inside(node.parts[0], _SUM)
    for part in node.parts[1:]:
        if isinstance(part, Apply) and part.head == "neg":
            text += f" - {_inside(part.parts[0], _PRODUCT)}"
        else:
            text += f" + {_inside(part, _PRODUCT)}"
    return text, _SUM


def _product(node: Apply) -> tuple[str, int]:
    text = ""
    for part in node.parts:
        factor = _inside(part, _PRODUCT)
        # 2 3 would be unreadable, and 2 \frac{1}{2} a mixed number.
        needs_sign = factor[0].isdigit() or (factor.startswith("\\frac") and text[-1:].isdigit())
        text += f" \\cdot {factor}" if text and needs_sign else f" {factor}" if text else factor
    return text, _PRODUCT


def _sign(sign: str) -> Callable[[Apply], tuple[str, int]]:
    def write(node: Apply) -> tuple[str, int]:
        if len(node.parts) == 1:
            return f"{sign}{_inside(node.parts[0], _PRODUCT)}", _SUM
        return f"{_inside(node.parts[0], _SUM)} {sign} {_inside(node.parts[1], _PRODUCT)}", _SUM

    return write


def _root(node: Apply) -> tuple[str, int]:
    value, degree = node.parts
    index = "" if degree == number(2) else f"[{to_tex(degree)}]"
    return f"\\sqrt{index}{{{to_tex(value)}}}", _ATOM


def _matrix(node: Apply) -> tuple[str, int]:
    rows = [" & ".join(to_tex(cell) for cell in row.parts) for row in node.parts if isinstance(row, Apply)]
    inside = " \\\\ ".join(rows)
    return f"\\begin{{pmatrix}}{inside}\\end{{pmatrix}}", _ATOM


_WRITERS: dict[str, Callable[[Apply], tuple[str, int]]] = {
    "add": _sum,
    "mul": _product,
    "neg": _sign("-"),
    "group": lambda node: (f"({to_tex(node.parts[0])})", _ATOM),
    "pm": _sign("\\pm "),
    "mp": _sign("\\mp "),
    "div": lambda node: (f"\\frac{{{to_tex(node.parts[0])}}}{{{to_tex(node.parts[1])}}}", _POWER),
    "pow": lambda node: (f"{_inside(node.parts[0], _ATOM)}^{{{to_tex(node.parts[1])}}}", _POWER),
    "root": _root,
    "factorial": lambda node: (f"{_inside(node.parts[0], _ATOM)}!", _ATOM),
    "percent": lambda node: (f"{_inside(node.parts[0], _ATOM)}\\%", _ATOM),
    "degree": lambda node: (f"{_inside(node.parts[0], _ATOM)}^{{\\circ}}", _POWER),
    "binomial": lambda node: (f"\\binom{{{to_tex(node.parts[0])}}}{{{to_tex(node.parts[1])}}}", _ATOM),
    "log": lambda node: (f"\\log_{{{to_tex(node.parts[1])}}}({to_tex(node.parts[0])})", _ATOM),
    "list": lambda node: (", ".join(to_tex(part) for part in node.parts), 0),
    "or": lambda node: (" \\lor ".join(to_tex(part) for part in node.parts), 0),
    "both": lambda node: (", ".join(to_tex(part) for part in node.parts), 0),
    "and": lambda node: (" \\land ".join(to_tex(part) for part in node.parts), 0),
    "reals": lambda _node: ("\\mathbb{R}", _ATOM),
    "congruent": lambda node: (
        f"{to_tex(node.parts[0])} \\equiv {to_tex(node.parts[1])} \\pmod{{{to_tex(node.parts[2])}}}",
        0,
    ),
    "matrix": _matrix,
}
