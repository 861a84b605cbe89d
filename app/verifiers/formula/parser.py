"""Reads tokens into a tree: lists, relations, sets, sums, products, powers."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass

from app.verifiers.formula import atoms
from app.verifiers.formula.nodes import Apply, Node, Number, Symbol, Unreadable
from app.verifiers.formula.tokens import Doubts, Lexer, Style, Token

DEPTH_MAX = 60
TOKENS_MAX = 1500
_RELATIONS = {"=": "=", "!=": "!=", "<": "<", "<=": "<=", ">": ">", ">=": ">=", "in": "in", "equiv": "equiv"}
_UNIONS = {"cup": "union", "cap": "intersection", "setminus": "difference"}
_MODULUS = frozenset({"pmod", "mod", "bmod", "pod"})
_SIGNS = frozenset({"+", "-", "pm", "mp"})
_SEPARATORS = frozenset({",", ";", "and", "or"})
_STARTS = frozenset({"num", "name", "func", "frac", "binom", "(", "[", "{", "\\{", "lfloor", "lceil", "infty", "begin"})
"""What may follow a factor without a sign between."""
_AFTER_FRENCH_END = frozenset({"end", "cup", "cap", "setminus", ",", ";", ")", "and", "or"})
"""After "[" these say that it closes ]0, 1[."""


@dataclass(frozen=True, slots=True)
class Parsed:
    """A formula, and whether it could be meant otherwise."""

    node: Node
    touched: frozenset[str]
    """points of Style.flipped that would change the reading"""
    is_uncertain: bool


def parse(text: str, style: Style | None = None) -> Parsed:
    """Read a formula; raises Unreadable. Takes time in proportion to the length of the text."""
    doubts = Doubts()
    style = style or Style()
    tokens = Lexer(text, style, doubts).tokens()
    if len(tokens) > TOKENS_MAX:
        raise Unreadable("it is too long for a formula")
    parser = Parser(tokens, style, doubts)
    node = parser.everything()
    return Parsed(node, frozenset(doubts.touched), doubts.is_uncertain)


class Parser:
    """Recursive descent with a limited depth; the constructs in one place of a formula each are in atoms.py."""

    def __init__(self, tokens: list[Token], style: Style, doubts: Doubts) -> None:
        self.tokens = tokens
        self.at = 0
        self.style = style
        self.doubts = doubts
        self.bars_open = 0
        self.squares_open = 0
        self._depth = 0

    # Looking at tokens.

    def peek(self, ahead: int = 0) -> Token:
        """Look at a token that comes; "end" after the last."""
        place = self.at + ahead
        return self.tokens[place] if place < len(self.tokens) else Token("end")

    def take(self) -> Token:
        """Go past one token."""
        token = self.peek()
        self.at += 1
        return token

    def accept(self, *kinds: str) -> bool:
        """Go past a token of these kinds, if it is there."""
        if self.peek().kind in kinds:
            self.at += 1
            return True
        return False

    def expect(self, kind: str) -> None:
        """Go past a token that has to be there."""
        if not self.accept(kind):
            raise Unreadable("a bracket or an argument is missing")

    @contextmanager
    def deeper(self) -> Iterator[None]:
        """Go one level into the formula; Unreadable beyond what a person would write."""
        self._depth += 1
        if self._depth > DEPTH_MAX:
            raise Unreadable("it is nested too deeply")
        yield
        self._depth -= 1

    # From the outermost to the innermost.

    def everything(self) -> Node:
        """Read the whole text."""
        node = self.items()
        if self.peek().kind == "text":
            raise Unreadable("it holds words")
        if self.peek().kind != "end":
            raise Unreadable("something stands where it has no meaning")
        return node

    def items(self) -> Node:
        """Read one thing, or several with commas between as a list."""
        found = [self.relation()]
        separators = set()
        while self.peek().kind in _SEPARATORS:
            separator = self.take().kind
            if separator == "," and self.peek().kind in {"and", "or"}:
                separator = self.take().kind
            separators.add(separator)
            found.append(self.relation())
        if len(found) == 1:
            return found[0]
        return Apply({"or": "or", "and": "both"}.get("".join(sorted(separators)), "list"), tuple(found))

    def relation(self) -> Node:
        """Read sums with relations between; a chain a < b < c becomes two of them."""
        left = self.union()
        found: list[Node] = []
        while self.peek().kind in _RELATIONS:
            head = _RELATIONS[self.take().kind]
            right = self.union()
            found.append(self._congruence(left, right) if head == "equiv" else Apply(head, (left, right)))
            left = right
        if not found:
            return left
        return found[0] if len(found) == 1 else Apply("and", tuple(found))

    def _congruence(self, left: Node, right: Node) -> Node:
        is_bracketed = self.accept("(")
        if not self.accept(*_MODULUS):
            raise Unreadable("a congruence has no modulus")
        if is_bracketed:
            modulus = self.sum()
            self.expect(")")
        else:
            modulus = self.argument()
        return Apply("congruent", (left, right, modulus))

    def union(self) -> Node:
        """Read sets with the signs of set algebra between."""
        left = self.sum()
        while self.peek().kind in _UNIONS or self._is_letter_union(left):
            head = _UNIONS.get(self.take().kind, "union")
            left = Apply(head, (left, self.sum()))
        return left

    def _is_letter_union(self, left: Node) -> bool:
        """See "(0, 1) U (2, 3)"."""
        token = self.peek()
        is_set = isinstance(left, Apply) and left.head in atoms.SET_LIKE
        return is_set and token.kind == "name" and token.text in {"U", "u"}

    def sum(self) -> Node:
        """Read terms with + and - between; all of them become parts of one node."""
        terms = [self.product()]
        while self.peek().kind in _SIGNS:
            sign = self.take().kind
            right = self.product()
            if sign in {"pm", "mp"}:
                terms = [Apply(sign, (_joined("add", terms), right))]
            else:
                terms.append(right if sign == "+" else Apply("neg", (right,)))
        return _joined("add", terms)

    def product(self) -> Node:
        """Read factors with signs or nothing between; what stands side by side binds no tighter than a slash."""
        sign = self.take().kind if self.peek().kind in _SIGNS else ""
        factors = [self.signed()]
        steps = 0
        while True:
            token = self.peek()
            if token.kind == "*":
                self.take()
                factors.append(self.signed())
            elif token.kind in {"/", "mod", "bmod"}:
                if token.kind != "/":  # -7 mod 3 is that of -7
                    factors, sign = [_with_sign(sign, _joined("mul", factors))], ""
                factors = [self._quotient(_joined("mul", factors))]
                steps += 1
            elif self._starts_factor(token):
                factors.append(self.beside(factors[-1]))
            else:
                return _with_sign(sign, _joined("mul", factors))
            if steps > DEPTH_MAX:
                raise Unreadable("it is nested too deeply")

    def _quotient(self, left: Node) -> Node:
        if self.take().kind != "/":
            return Apply("mod", (left, self.signed()))
        factors = [self.signed()]
        if isinstance(factors[0], Apply) and factors[0].head == "percent":
            self.doubts.is_uncertain = True  # 3/4% may be three quarters of a percent
        if self._starts_factor(self.peek()):
            self.doubts.touched.add("slash")
            while "slash" in self.style.flipped and self._starts_factor(self.peek()):
                factors.append(self.beside(factors[-1]))
        return Apply("div", (left, _joined("mul", factors)))

    def beside(self, left: Node) -> Node:
        """Read the factor that stands right after another one: 2x, x(x+1)."""
        if self.peek().kind == "num":
            raise Unreadable("two numbers stand side by side")
        is_applied = self.peek().kind == "(" and isinstance(left, Symbol)
        if is_applied and isinstance(left, Symbol) and left.name in atoms.FUNCTION_LETTERS:
            self.doubts.is_uncertain = True  # f(x): a product here, perhaps a value of f
        factor = self.power()
        # The bracket in f(x) is kept: it tells a name from a product.
        return Apply("group", (factor,)) if is_applied and isinstance(factor, Symbol | Number) else factor

    def _starts_factor(self, token: Token) -> bool:
        if token.kind == "|":
            return self.bars_open == 0
        if token.kind == "(" and self.peek(1).kind in _MODULUS:
            return False
        if token.kind == "[" and self.peek(1).kind in _AFTER_FRENCH_END:
            return False
        if token.kind == "name" and token.text in {"U", "u"} and self.peek(1).kind in {"(", "[", "{", "\\{"}:
            return not self._is_after_bracket()
        return token.kind in _STARTS

    def _is_after_bracket(self) -> bool:
        return self.at > 0 and self.tokens[self.at - 1].kind in {")", "]", "}", "\\}"}

    def signed(self) -> Node:
        """Read a factor with its signs."""
        if self.peek().kind in _SIGNS:
            sign = self.take().kind
            with self.deeper():
                inner = self.signed()
            return _with_sign(sign, inner)
        return self.power()

    def power(self) -> Node:
        """Read an atom with what stands behind it, and its exponent."""
        base = atoms.postfixes(self, atoms.mixed_number(self, atoms.atom(self)))
        if not self.accept("^"):
            return base
        if self.peek().kind == "degree" or (self.peek().kind == "{" and self.peek(1).kind == "degree"):
            return atoms.postfixes(self, atoms.degrees(self, base))
        return atoms.postfixes(self, Apply("pow", (base, self.exponent())))

    def exponent(self) -> Node:
        """Read an exponent: what is in braces, or a signed factor."""
        with self.deeper():
            return self.argument() if self.peek().kind == "{" else self.signed()

    def argument(self) -> Node:
        """Read the argument of a command: what is in braces, else one atom."""
        if self.accept("{"):
            node = self.items()
            self.expect("}")
            return node
        return atoms.atom(self)


def _with_sign(sign: str, node: Node) -> Node:
    return node if sign in {"", "+"} else Apply({"-": "neg"}.get(sign, sign), (node,))


def _joined(head: str, parts: list[Node]) -> Node:
    return parts[0] if len(parts) == 1 else Apply(head, tuple(parts))
