"""The innermost pieces of a formula: numbers, letters, functions, brackets, fractions, roots, matrices."""

from __future__ import annotations

from collections.abc import Callable
from fractions import Fraction
from typing import TYPE_CHECKING

from app.verifiers.formula.nodes import (
    BRACKETS,
    INFINITY,
    LISTS,
    Apply,
    Node,
    Number,
    Symbol,
    Unreadable,
    number,
)
from app.verifiers.formula.tokens import Token, read_number

if TYPE_CHECKING:
    from app.verifiers.formula.parser import Parser

SET_LIKE = BRACKETS | {"union", "intersection", "difference", "reals", "empty"}
FUNCTION_LETTERS = frozenset("fghFGHPQ")
"""Letters that name functions more often than factors."""
_CONDITIONS = frozenset({"<", "<=", ">", ">=", "!="})
_CLOSING = {"(": ")", "[": "]", "\\{": "\\}", "{": "}"}


def atom(parser: Parser) -> Node:
    """Read one innermost piece."""
    token = parser.take()
    read = _READERS.get(token.kind)
    if read is not None:
        with parser.deeper():
            return read(parser, token)
    if token.kind == "text":
        raise Unreadable("it holds words")
    raise Unreadable("something is missing in it" if token.kind == "end" else "a sign stands where a value is wanted")


def postfixes(parser: Parser, node: Node) -> Node:
    """Read what stands behind a piece: index, factorial, percent, degrees."""
    while True:
        kind = parser.peek().kind
        if kind == "_" and isinstance(node, Symbol):
            parser.take()
            node = Symbol(f"{node.name}_{_index(parser)}")
        elif kind in {"!", "%"}:
            parser.take()
            if parser.peek().kind == kind:
                raise Unreadable("a sign stands twice in it")
            if kind == "!" and parser.peek().kind == "end":
                parser.doubts.touched.add("shout")  # a factorial, or somebody is glad
                if "shout" in parser.style.flipped:
                    continue
            node = Apply("factorial" if kind == "!" else "percent", (node,))
        elif kind == "degree":
            node = degrees(parser, node)
        else:
            return node


def degrees(parser: Parser, node: Node) -> Node:
    r"""Read the sign of degrees, ° or ^\circ or ^{\circ}."""
    is_braced = parser.accept("{")
    parser.expect("degree")
    if is_braced:
        parser.expect("}")
    return Apply("degree", (node,))


def _index(parser: Parser) -> str:
    """Read an index as a part of the letter's name."""
    if not parser.accept("{"):
        token = parser.take()
        return _index_text(token)
    pieces = []
    while not parser.accept("}"):
        pieces.append(_index_text(parser.take()))
    return "".join(pieces)


def _index_text(token: Token) -> str:
    if token.kind in {"num", "name", "text"}:
        return token.text
    if token.kind in {",", "+", "-"}:
        return token.kind
    raise Unreadable("an index in it is no plain one")


def mixed_number(parser: Parser, left: Node) -> Node:
    """Read a whole number and a proper fraction beside it as their sum, 2 1/2; anything else stays as it is."""
    if not isinstance(left, Number) or left.value.denominator != 1 or left.decimals is not None:
        return left
    start = parser.at
    fraction = _simple_fraction(parser)
    if fraction is None or not 0 < fraction.value < 1 or parser.peek().kind in {"^", "!"}:
        parser.at = start
        return left
    parser.doubts.touched.add("mixed")
    head = "mul" if "mixed" in parser.style.flipped else "add"
    return Apply(head, (left, fraction))


def _simple_fraction(parser: Parser) -> Number | None:
    """Read a fraction of two plain whole numbers."""
    if parser.peek().kind == "frac":
        parser.take()
        parts = [fraction_part(parser), fraction_part(parser)]
    elif [parser.peek(n).kind for n in range(3)] == ["num", "/", "num"]:
        parts = [atom(parser), (parser.take(), atom(parser))[1]]
    else:
        return None
    if not all(isinstance(part, Number) and part.value.denominator == 1 for part in parts):
        return None
    top, bottom = (part.value for part in parts if isinstance(part, Number))
    return Number(top / bottom) if bottom else None


def fraction_part(parser: Parser) -> Node:
    r"""Read one argument of \frac; without braces it is one digit, as in \frac12."""
    token = parser.peek()
    if token.kind == "num" and len(token.text) > 1 and token.text.isdigit():
        first, rest = token.text[0], token.text[1:]
        parser.tokens[parser.at : parser.at + 1] = [
            Token("num", first, read_number(first)),
            Token("num", rest, read_number(rest)),
        ]
    return parser.argument()


# One reader for each kind of token that may begin a piece.


def _number(parser: Parser, token: Token) -> Node:
    assert token.number is not None  # noqa: S101 - the lexer gives each num its number
    following = parser.peek()
    if following.kind == "overline" and not following.has_space_before:
        return _repeating(parser, token)
    return token.number


def _repeating(parser: Parser, token: Token) -> Node:
    r"""Read 0.1\overline{6}."""
    parser.take()
    parser.expect("{")
    period = parser.take()
    parser.expect("}")
    if "." not in token.text + "." or period.kind != "num" or not period.text.isdigit():
        raise Unreadable("a line over digits stands where none belongs")
    after = token.text.partition(".")[2]
    shift = Fraction(1, 10 ** len(after))
    value = read_number(token.text).value + shift * Fraction(int(period.text), 10 ** len(period.text) - 1)
    return Number(value)


def _name(parser: Parser, token: Token) -> Node:
    if token.text in {"e", "i"}:
        if token.text in parser.style.unknowns:
            return Symbol(f"{token.text}_")
        parser.doubts.touched.add(token.text)
        if token.text in parser.style.flipped:
            return Symbol(f"{token.text}_")
    return Symbol(token.text)


def _function(parser: Parser, token: Token) -> Node:
    name = token.text
    if name in {"sqrt", "cbrt", "root"}:
        return _root(parser, name)
    index = _function_index(parser, name)
    power = parser.exponent() if parser.accept("^") else None
    arguments = _arguments(parser)
    if name in {"ln", "log", "lg", "lb"} and len(arguments) == 1 and parser.peek().kind == "/":
        parser.doubts.is_uncertain = parser.doubts.is_uncertain or not _is_bracketed_before(parser)
    node = _call(parser, name, index, arguments)
    if power is None:
        return node
    if power == Apply("neg", (number(1),)):
        if name in {"sin", "cos", "tan", "cot"}:
            return Apply(f"arc{name}", node.parts if isinstance(node, Apply) else ())
        parser.doubts.is_uncertain = True
    return Apply("pow", (node, power))


def _is_bracketed_before(parser: Parser) -> bool:
    return parser.tokens[parser.at - 1].kind in {")", "}"}


def _function_index(parser: Parser, name: str) -> Node | None:
    if not parser.accept("_"):
        return None
    if name != "log":
        raise Unreadable("a function has an index that is not known here")
    return parser.argument()


def _arguments(parser: Parser) -> tuple[Node, ...]:
    """Read the arguments of a function: a bracket, or the factors side by side."""
    if parser.accept("("):
        inner = parser.items()
        parser.expect(")")
        return inner.parts if isinstance(inner, Apply) and inner.head == "list" else (inner,)
    if parser.peek().kind == "-":
        return (parser.signed(),)
    factors = [parser.power()]
    while parser.peek().kind in {"num", "name", "frac"} and not _is_union_letter(parser):
        factors.append(parser.beside(factors[-1]))
    return (factors[0] if len(factors) == 1 else Apply("mul", tuple(factors)),)


def _is_union_letter(parser: Parser) -> bool:
    return parser.peek().text in {"U", "u"} and parser.peek(1).kind in {"(", "["}


_OF_ANGLES = frozenset({"sin", "cos", "tan", "cot", "sec", "csc"})
_DEGREES_FROM = 10
_MANY = {"gcd": 99, "lcm": 99, "max": 99, "min": 99, "binomial": 2}


def _call(parser: Parser, name: str, index: Node | None, arguments: tuple[Node, ...]) -> Node:
    if name == "log" and index is None and len(arguments) == 1:
        parser.doubts.touched.add("log")
        name = "lg" if "log" in parser.style.flipped else "ln"
    if name == "log":
        base, value = (index, arguments[0]) if index is not None else (arguments[1], arguments[0])
        return Apply("log", (value, base))
    if name == "det":
        raise Unreadable("it holds a function that is not known here")
    if name in _OF_ANGLES and isinstance(arguments[0], Number) and abs(arguments[0].value) >= _DEGREES_FROM:
        parser.doubts.is_uncertain = True  # sin 30 is nearly always that of 30 degrees
    if not 1 <= len(arguments) <= _MANY.get(name, 1):
        raise Unreadable("a function has too many arguments")
    return Apply(name, arguments)


def _root(parser: Parser, name: str) -> Node:
    degree: Node = number(3) if name == "cbrt" else number(2)
    if name == "root" or (name == "sqrt" and parser.peek().kind == "["):
        parser.take()
        degree = parser.items() if name == "sqrt" else parser.sum()
        parser.expect("]" if name == "sqrt" else ",")
        if name == "root":
            value = parser.sum()
            parser.expect(")")
            return Apply("root", (value, degree))
    return Apply("root", (parser.argument(), degree))


def _fraction(parser: Parser, token: Token) -> Node:  # noqa: ARG001 - every reader's arguments
    return Apply("div", (fraction_part(parser), fraction_part(parser)))


def _binomial(parser: Parser, token: Token) -> Node:  # noqa: ARG001 - every reader's arguments
    return Apply("binomial", (fraction_part(parser), fraction_part(parser)))


def _brackets(parser: Parser, token: Token) -> Node:
    r"""Read ( … ), [ … ], { … }, half open ones and ]0, 1[."""
    opening = token.kind
    bars, parser.bars_open = parser.bars_open, 0
    is_cell = opening == "[" and parser.squares_open > 0 and _before(parser) in {"[", ","}
    parser.squares_open += opening == "["
    if parser.accept(_CLOSING.get(opening, "[")):
        inner: Node = Apply("list", ())
        parser.at -= 1
    else:
        parser.bars_open = opening in {"{", "\\{"}
        inner = _condition(parser, parser.items())
    parser.bars_open = bars
    parser.squares_open -= opening == "["
    closing = parser.take().kind
    if opening in {"{", "\\{"} and closing == _CLOSING[opening]:
        if isinstance(inner, Apply) and (inner.head == "and" or inner.head in _CONDITIONS):
            return inner
        if opening == "{" and not (isinstance(inner, Apply) and inner.head in LISTS):
            return inner
        return Apply("{}", _members(inner))
    if opening not in {"(", "[", "]"} or closing not in {")", "]", "["}:
        raise Unreadable("its brackets do not fit together")
    members = _members(inner)
    is_row = is_cell and closing == "]" and parser.peek().kind in {"]", ","}
    if len(members) == 1 and opening + closing in {"()", "[]"} and not is_row and not _holds_row(opening, members[0]):
        return members[0]
    return Apply(opening + closing, members)


def _condition(parser: Parser, inner: Node) -> Node:
    """Read what stands behind the bar of {x | x > 3} or {x ∈ R : x > 3}; a set without one stays as it is."""
    letter = inner.parts[0] if isinstance(inner, Apply) and inner.head == "in" else inner
    if not isinstance(letter, Symbol) or not parser.accept("|", ":"):
        return inner
    condition = parser.items()
    return condition if inner == letter else Apply("and", (inner, condition))


def _before(parser: Parser) -> str:
    """Look at the token before the bracket that was just taken."""
    return parser.tokens[parser.at - 2].kind if parser.at > 1 else ""


def _holds_row(opening: str, member: Node) -> bool:
    """Tell [[1, 2]], a matrix of one row, from a bracket around a value."""
    return opening == "[" and isinstance(member, Apply) and member.head in {"[]", "()"}


def _members(inner: Node) -> tuple[Node, ...]:
    return inner.parts if isinstance(inner, Apply) and inner.head in LISTS else (inner,)


def _absolute(parser: Parser, token: Token) -> Node:  # noqa: ARG001 - every reader's arguments
    parser.bars_open += 1
    inner = parser.sum()
    parser.bars_open -= 1
    parser.expect("|")
    return Apply("abs", (inner,))


def _rounded(parser: Parser, token: Token) -> Node:
    inner = parser.sum()
    if token.kind == "lfloor":
        parser.expect("rfloor")
        return Apply("floor", (inner,))
    parser.expect("rceil")
    return Apply("ceil", (inner,))


def _matrix(parser: Parser, token: Token) -> Node:  # noqa: ARG001 - every reader's arguments
    rows: list[tuple[Node, ...]] = []
    while parser.peek().kind != "end":
        cells = [parser.sum()]
        while parser.accept("&"):
            cells.append(parser.sum())
        rows.append(tuple(cells))
        if not parser.accept("\\\\"):
            break
    if len({len(row) for row in rows}) != 1:
        raise Unreadable("its rows have different lengths")
    parser.expect("end")
    return Apply("matrix", tuple(Apply("list", row) for row in rows))


_READERS: dict[str, Callable[[Parser, Token], Node]] = {
    "num": _number,
    "name": _name,
    "func": _function,
    "frac": _fraction,
    "binom": _binomial,
    "(": _brackets,
    "[": _brackets,
    "]": _brackets,
    "{": _brackets,
    "\\{": _brackets,
    "|": _absolute,
    "lfloor": _rounded,
    "lceil": _rounded,
    "begin": _matrix,
    "infty": lambda _parser, _token: INFINITY,
    "reals": lambda _parser, _token: Apply("reals", ()),
    "emptyset": lambda _parser, _token: Apply("{}", ()),
}
