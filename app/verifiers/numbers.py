"""Reads a number with the words, units and money signs that people put around it."""

from collections.abc import Callable
from dataclasses import dataclass, replace

from app.verifiers.formula.nodes import Apply, Node, Symbol, Unreadable, is_value, number
from app.verifiers.formula.parser import Parsed, Parser
from app.verifiers.formula.readings import Readings
from app.verifiers.formula.symbols import words
from app.verifiers.formula.tokens import Doubts, Lexer, Style, Token
from app.verifiers.outcome import Given
from app.verifiers.phrases import unwrap

SCALES = {
    "hundred": 10**2, "thousand": 10**3, "million": 10**6, "billion": 10**9, "trillion": 10**12, "dozen": 12,
    "k": 10**3, "mn": 10**6, "bn": 10**9, "百": 10**2, "千": 10**3, "万": 10**4, "萬": 10**4, "亿": 10**8, "億": 10**8,
    "十": 10, "พัน": 10**3, "หมื่น": 10**4, "แสน": 10**5, "ล้าน": 10**6, "lakh": 10**5, "crore": 10**7,
}  # fmt: skip
_NEVER = words(
    "or and not no nor to than least most more less fewer under over about roughly between from plus minus times half "
    "quarter quarters third thirds halves pair pairs score gross squared cubed except if mod modulo maybe possibly "
    "approximately base remainder each per-cent percent pct double twice either neither both another other any below "
    "above negative positive inverse reciprocal factorial short loss debt deficit tenth tenths hundredth hundredths "
    "thousandth thousandths millionth millionths fourth fourths fifth fifths sixth sixths seventh sevenths eighth "
    "eighths ninth ninths"
)
"""Words beside a number that may change which number is meant."""
_NEVER_INSIDE = words(
    "以上 以下 以内 未満 未满 至少 至多 左右 大约 约 超 多 不 非 或 前後 より ほど 程度 くらい 半 倍 分の 割 成 "
    "ダース 打 มากกว่า น้อยกว่า หรือ ประมาณ ไม่ โหล ครึ่ง เท่า"
)
"""The same in languages that put no space between words."""
_UNIT_SIGNS = frozenset({"*", "/", "^", "{", "}", "(", ")", "-", "num", "name", "text", "degree", "%", "mu"})
WORDS_MAX = 8
_UNIT_LETTERS = words("m s g h L l N J W V A K C F T d")
"""One letter after a number and a space that is a unit and no unknown."""
PERCENT = frozenset({"%", "\\%", "percent", "per cent"})
DEGREE = frozenset({"°", "^\\circ", "\\degree", "degree", "degrees", "deg"})
"""Units that belong to the number itself: they are compared by every kind of number."""


@dataclass(frozen=True, slots=True)
class NumberText:
    """A number as it stands in an answer, and what stands beside it."""

    readings: Readings
    words: str = ""
    """unit, thing counted or currency"""
    is_approximate: bool = False

    @property
    def node(self) -> Node:
        """The usual reading."""
        return self.readings.node


def read_number_of(given: Given) -> NumberText:
    """Read the number that an author gave, with the unit from its own field; raises Unreadable."""
    found = read_number_text(given.text)
    unit = given.unit.strip()
    if not unit:
        return found
    if unit.casefold() in PERCENT:
        return _wrapped(found, "percent")
    if unit.casefold() in DEGREE:
        return _wrapped(found, "degree")
    rest, factor = _words(Lexer(unit, Style(), Doubts()).tokens())
    return replace(_scaled(found, factor), words=f"{found.words} {rest}".strip())


def read_number_text(text: str) -> NumberText:
    """Read one number, or a formula without relations, with words before or after it; raises Unreadable."""
    phrase = unwrap(text)
    style = Style(lists=any(name in phrase.text for name in ("gcd", "lcm", "max", "min", "binom(")))
    usual, beside, factor = _read(phrase.text, style)
    others = {}
    for point in sorted(usual.touched):
        try:
            others[point] = value_in(_read(phrase.text, replace(style, flipped=frozenset({point})))[0].node)
        except Unreadable:
            continue
    readings = Readings(value_in(usual.node), others, usual.is_uncertain)
    return _scaled(NumberText(readings, beside, phrase.is_approximate), factor)


def _read(text: str, style: Style) -> tuple[Parsed, str, int]:
    """Split the tokens into money before, formula, and words after; give the formula, the words and their scale."""
    doubts = Doubts()
    tokens = Lexer(text, style, doubts).tokens()
    start = 1 if tokens and tokens[0].kind == "text" and _is_money(tokens[0].text) else 0
    end = next((n for n in range(start, len(tokens)) if tokens[n].kind == "text"), len(tokens))
    if end == len(tokens) and start == 0:
        end = _before_unit_letter(tokens)
    if tokens and start == end:
        raise Unreadable("it holds words and no number")
    after, factor = _words(tokens[end:])
    before = tokens[0].text if start else ""
    node = Parser(tokens[start:end], style, doubts).everything()
    return Parsed(node, frozenset(doubts.touched), doubts.is_uncertain), f"{before} {after}".strip(), factor


def _is_money(text: str) -> bool:
    return text in {"$", "\\$", "€", "£", "¥", "₹", "US", "USD", "EUR", "GBP", "CNY", "JPY", "RMB", "THB"}


def _before_unit_letter(tokens: list[Token]) -> int:
    """Find where "5 m" or "3 m/s" turns from number to unit."""
    for place, token in enumerate(tokens[1:], start=1):
        is_first = token.kind == "name" and token.has_space_before and token.text in _UNIT_LETTERS
        if is_first and not any(one.kind == "name" for one in tokens[:place]):
            rest = {one.text for one in tokens[place:] if one.kind == "name"}
            return place if rest <= _UNIT_LETTERS else len(tokens)
    return len(tokens)


def _words(tokens: list[Token]) -> tuple[str, int]:
    """Take the words after a number; raises Unreadable when they may change what the number is."""
    if not tokens:
        return "", 1
    is_exponent = False
    for token in tokens:
        if token.kind not in _UNIT_SIGNS or (token.kind == "num" and not is_exponent):
            raise Unreadable("it holds words")
        is_exponent = token.kind in {"^", "-"} or (is_exponent and token.kind == "{")
    spelled = "".join((" " if token.has_space_before else "") + (token.text or token.kind) for token in tokens).strip()
    factor, rest = _scale(spelled)
    pieces = rest.casefold().replace("-", " ").split()
    if len(pieces) > WORDS_MAX or any(piece.strip(".,()") in _NEVER for piece in pieces):
        raise Unreadable("it holds words")
    if any(piece in SCALES for piece in pieces) or any(word in rest for word in _NEVER_INSIDE):
        raise Unreadable("it holds words")
    return rest, factor


def _scale(spelled: str) -> tuple[int, str]:
    """Take "million" off the words after a number, and "万" too."""
    first, _, rest = spelled.partition(" ")
    if first.casefold() in SCALES:
        return SCALES[first.casefold()], rest.strip()
    for word, factor in SCALES.items():
        if not word.isascii() and first.startswith(word):
            return factor, (first[len(word) :] + " " + rest).strip()
    return 1, spelled


def value_in(node: Node) -> Node:
    """Take the value out of x = 5, or of a chain of equal values; raises Unreadable."""
    if isinstance(node, Apply) and node.head == "=":
        left, right = node.parts
        if isinstance(left, Symbol):
            return value_in(right)
        if isinstance(right, Symbol) and is_value(left):
            return left
    if not is_value(node):
        raise Unreadable("it is not a single value")
    return node


def _scaled(found: NumberText, factor: int) -> NumberText:
    if factor == 1:
        return found
    scaled = _each(found, lambda node: Apply("mul", (node, number(factor))))
    # "5.2 million" is nearly always rounded, so it is never certainly wrong.
    return replace(scaled, readings=replace(scaled.readings, is_uncertain=True))


def _wrapped(found: NumberText, head: str) -> NumberText:
    return _each(found, lambda node: node if isinstance(node, Apply) and node.head == head else Apply(head, (node,)))


def _each(found: NumberText, change: Callable[[Node], Node]) -> NumberText:
    readings = found.readings
    others = {point: change(node) for point, node in readings.others.items()}
    return replace(found, readings=replace(readings, node=change(readings.node), others=others))
