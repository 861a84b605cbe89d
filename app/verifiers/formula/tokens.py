"""Cuts the text of a formula, LaTeX or plain, into tokens."""

import re
import unicodedata
from dataclasses import dataclass, field
from fractions import Fraction

from app.verifiers.formula import symbols
from app.verifiers.formula.nodes import Number, Unreadable

TEXT_MAX_CHARS = 4000
DIGITS_MAX = 4000
EXPONENT_MAX = 4000


@dataclass(frozen=True, slots=True)
class Style:
    """How what can be read in two ways is read."""

    lists: bool = False
    """commas stand between elements, not between digits"""
    flipped: frozenset[str] = frozenset()
    """the doubtful points that are read the less usual way: groups, points, slash, log, e, i, mixed, shout"""
    unknowns: frozenset[str] = frozenset()
    """letters that the specification declares as unknowns, so that e and i may be among them"""


@dataclass(frozen=True, slots=True)
class Token:
    """A piece: num, name, func, cmd, text, or a sign whose kind is the sign itself."""

    kind: str
    text: str = ""
    number: Number | None = None
    has_space_before: bool = False


@dataclass(slots=True)
class Doubts:
    """What was met that can be read in another way, too."""

    touched: set[str] = field(default_factory=set)
    """points that Style.flipped can turn"""
    is_uncertain: bool = False
    """something that no other style would settle"""


_SUPERSCRIPTS = re.compile("[⁰¹²³⁴⁵⁶⁷⁸⁹⁺⁻⁼⁽⁾ⁿⁱˣ]+")
_SUBSCRIPTS = re.compile("[₀₁₂₃₄₅₆₇₈₉₊₋ₐₑₒₓₙₘₖᵢⱼ]+")
_VULGAR = re.compile(r"(\d?)\s?([¼½¾⅐⅑⅒⅓⅔⅕⅖⅗⅘⅙⅚⅛⅜⅝⅞])")
_SPACE = re.compile(r"(?:\s|~|\\[,;:!> ])+")
_GAP = r"(?:,|\{,\}|\\,|\\ |\\;|\\!|\\:|,\\!|[ '’])"
_GROUPED = re.compile(rf"\d{{1,3}}(?P<gap>{_GAP})\d{{3}}(?:(?P=gap)\d{{3}})*(?!\d)(?:\.\d+)?")
_EUROPEAN = re.compile(r"\d{1,3}(?:\.\d{3}){2,}(?!\d)(?:,\d+)?|\d{1,3}(?:\.\d{3})+,\d+")
_DECIMAL_COMMA = re.compile(r"\d+,\d+(?![\d,])")
_PLAIN = re.compile(r"(?:\d+(?:\.\d+|\.(?=\s*\\overline))?|\.\d+)(?:[eE][+-]?\d{1,5}(?![\d.A-Za-z]))?")
_POINT_OR_GROUP = re.compile(r"[1-9]\d{0,2}\.\d{3}")
_COMMAND = re.compile(r"\\([A-Za-z]+)\s*")
_ARGUMENT = re.compile(r"\{([^{}]*)\}")
_BRACKET = re.compile(r"\s*(?:\\left\s*)?\(")
_LETTERS = re.compile(r"[A-Za-z]+")
_SIGNS = re.compile(r"\*\*|<=|>=|!=|=<|=>|==|\+/-|\+-|\.\.\.|\\\\|\\[{}%$#&|]|[-+*/^_!%'(),;:|\[\]{}&=<>$€£¥₹¢?]")
_MEANS = {"**": "^", "=<": "<=", "=>": ">=", "==": "=", "+/-": "pm", "+-": "pm", "\\%": "%", "\\|": "|", "\\&": "&"}
_MONEY = frozenset("$€£¥₹¢") | {"\\$"}


def prepare(text: str) -> str:
    """Turn the signs of Unicode into those that the tokens know."""
    text = _SUPERSCRIPTS.sub(lambda found: "^{" + found[0].translate(symbols.SUPERSCRIPTS) + "}", text)
    text = _SUBSCRIPTS.sub(lambda found: "_{" + found[0].translate(symbols.SUBSCRIPTS) + "}", text)
    text = _VULGAR.sub(_spell_fraction, text)
    text = "".join(symbols.SIGNS.get(char, char) for char in text)
    text = unicodedata.normalize("NFKC", text)
    return "".join(symbols.SIGNS.get(char, char) for char in text if unicodedata.category(char) != "Cf")


def _spell_fraction(found: re.Match[str]) -> str:
    top, _, bottom = unicodedata.normalize("NFKC", found[2]).partition("⁄")
    return f"{found[1]} {top}/{bottom}" if found[1] else f"({top}/{bottom})"


class Lexer:
    """Goes through a text once and makes its tokens."""

    def __init__(self, text: str, style: Style, doubts: Doubts) -> None:
        if len(text) > TEXT_MAX_CHARS:
            raise Unreadable("it is too long for a formula")
        self._text = prepare(text)
        self._at = 0
        self._style = style
        self._doubts = doubts
        self._has_space = False
        self._found: list[Token] = []

    def tokens(self) -> list[Token]:
        """List the tokens of the whole text; raises Unreadable."""
        while self._at < len(self._text):
            space = _SPACE.match(self._text, self._at)
            if space is not None:
                self._has_space = True
                self._at = space.end()
                continue
            before = self._at
            self._take_one()
            if self._at == before:
                raise Unreadable("it holds a sign that is not known")
        return self._found

    def _add(self, kind: str, text: str = "", number: Number | None = None) -> None:
        self._found.append(Token(kind, text, number, self._has_space))
        self._has_space = False

    def _take_one(self) -> None:
        char = self._text[self._at]
        if char.isdigit() or (char == "." and self._text[self._at + 1 : self._at + 2].isdigit()):
            self._take_number()
        elif char == "\\" and _COMMAND.match(self._text, self._at):
            self._take_command()
        elif char.isascii() and char.isalpha():
            self._take_letters()
        elif char in symbols.GREEK_LETTERS:
            self._at += 1
            self._add_greek(symbols.GREEK_LETTERS[char])
        elif char.isalpha():
            self._take_words()
        else:
            self._take_sign()

    def _take_number(self) -> None:
        """Take the digits, with what separates them, as one number."""
        if not self._text[self._at].isascii() and not self._text[self._at].isdecimal():
            return
        for pattern, read in (
            (_EUROPEAN, self._european),
            (_GROUPED, self._grouped),
            (_DECIMAL_COMMA, self._decimal_comma),
            (_PLAIN, self._plain),
        ):
            found = pattern.match(self._text, self._at)
            if found is not None and (digits := read(found)) is not None:
                self._at = found.end()
                self._add("num", digits, read_number(digits))
                return

    def _european(self, found: re.Match[str]) -> str | None:
        return None if self._style.lists else found[0].replace(".", "").replace(",", ".")

    def _grouped(self, found: re.Match[str]) -> str | None:
        gap = found["gap"]
        if gap == "," and self._style.lists:
            self._doubts.touched.add("groups")
            if "groups" not in self._style.flipped:
                return None
        if gap == " ":
            self._doubts.is_uncertain = True
            if self._style.lists:
                return None
        return found[0].replace(gap, "")

    def _decimal_comma(self, found: re.Match[str]) -> str | None:
        if self._style.lists:
            return None
        self._doubts.is_uncertain = True
        return found[0].replace(",", ".")

    def _plain(self, found: re.Match[str]) -> str:
        if _POINT_OR_GROUP.fullmatch(found[0]):
            self._doubts.touched.add("points")
            if "points" in self._style.flipped:
                return found[0].replace(".", "")
        return found[0]

    def _take_command(self) -> None:
        found = _COMMAND.match(self._text, self._at)
        assert found is not None  # noqa: S101 - the caller has just seen it
        name = found[1]
        self._at = found.end()
        if name in symbols.TEXT_COMMANDS:
            self._take_text_command(name)
        elif name == "mathbb":
            self._take_letter_set()
        elif name in {"left", "right"} and self._text.startswith(".", self._at):
            self._at += 1
        elif name in symbols.LAYOUT or name in symbols.WRAPPERS:
            self._has_space = True
        elif name in {"begin", "end"}:
            self._take_environment(name)
        else:
            self._add_command(name)

    def _take_text_command(self, name: str) -> None:
        found = _ARGUMENT.match(self._text, self._at)
        if found is None:
            raise Unreadable("a text inside it has no end")
        self._at = found.end()
        words = found[1].strip()
        if name in {"operatorname", "mathrm", "textit"} and (len(words) == 1 or _function(words)):
            self._add_word(words)
        elif words in symbols.WORDS:
            self._add(symbols.WORDS[words])
        elif words:
            self._add("text", words)
        self._has_space = True

    def _take_letter_set(self) -> None:
        found = re.compile(r"\{?\s*R\s*\}?").match(self._text, self._at)
        if found is None:
            raise Unreadable("it names a set that is not known here")
        self._at = found.end()
        self._add("reals")

    def _take_environment(self, name: str) -> None:
        found = _ARGUMENT.match(self._text, self._at)
        if found is None or found[1] not in {"pmatrix", "bmatrix", "matrix", "Bmatrix", "smallmatrix", "array"}:
            raise Unreadable("it holds an environment that is not known here")
        self._at = found.end()
        if name == "begin" and found[1] == "array" and (columns := _ARGUMENT.match(self._text, self._at)):
            self._at = columns.end()
        self._add(name)

    def _add_command(self, name: str) -> None:
        if name in {"frac", "dfrac", "tfrac", "cfrac"}:
            self._add("frac")
        elif name in {"binom", "dbinom", "tbinom"}:
            self._add("binom")
        elif name in symbols.GREEK:
            self._add_greek(name)
        elif function := _function(name):
            self._add("func", function)
        elif name in _KNOWN_COMMANDS:
            self._add(symbols.COMMANDS.get(name, name))
        else:
            raise Unreadable("it holds a command that is not known here")

    def _add_greek(self, name: str) -> None:
        """Take a Greek letter as such, but zeta and Gamma as functions where a bracket follows."""
        if name in {"zeta", "Gamma"} and _BRACKET.match(self._text, self._at):
            self._add("func", name.lower())
        else:
            self._add("name", symbols.SAME_LETTERS.get(name, name))

    def _take_letters(self) -> None:
        found = _LETTERS.match(self._text, self._at)
        assert found is not None  # noqa: S101 - the caller has just seen a letter
        self._at = found.end()
        self._add_word(found[0])

    def _add_word(self, word: str) -> None:
        """Take a run of letters as a function, a Greek letter, a sign, single letters, or a word of prose."""
        function = _function(word)
        if len(word) == 1:
            self._add("name", word)
        elif word in symbols.WORDS:
            self._add(symbols.WORDS[word])
        elif word in symbols.GREEK:
            self._add_greek(word)
        elif function is not None:
            self._add("func", function)
        elif word.casefold() in symbols.WORDS and word.casefold() in {"and", "or", "infinity", "union"}:
            self._add(symbols.WORDS[word.casefold()])
        elif _function(word[:-1]) is not None and len(word) <= 4:  # noqa: PLR2004 - sinx, lnx
            self._add("func", _function(word[:-1]) or "")
            self._add("name", word[-1])
        elif len(word) > 3 or word in symbols.SHORT_WORDS or word.casefold() in symbols.SHORT_WORDS:  # noqa: PLR2004
            self._add("text", word)
        else:
            for letter in word:
                self._add("name", letter)

    def _take_words(self) -> None:
        start = self._at
        while self._at < len(self._text) and unicodedata.category(self._text[self._at])[0] in "LM":
            self._at += 1
        self._add("text", self._text[start : self._at])

    def _take_sign(self) -> None:
        found = _SIGNS.match(self._text, self._at)
        if found is None:
            return
        self._at = found.end()
        sign = _MEANS.get(found[0], found[0])
        self._add("text", sign) if sign in _MONEY else self._add(sign)


_KNOWN_COMMANDS = frozenset(symbols.COMMANDS) | symbols.words(
    "pi infty pm mp cup cap setminus emptyset in notin equiv pmod bmod mod pod overline bar lfloor rfloor lceil rceil "
    "reals degree approx and or"
)


def _function(word: str) -> str | None:
    name = symbols.SAME_FUNCTIONS.get(word, word)
    return name if name in symbols.FUNCTIONS or word in {"factorial", "root"} else None


def read_number(digits: str) -> Number:
    """Read digits with at most one point and a power of ten, exactly; raises Unreadable when there are too many."""
    mantissa, _, exponent = digits.replace("E", "e").partition("e")
    whole, point, after = mantissa.partition(".")
    if len(mantissa) > DIGITS_MAX or abs(int(exponent or 0)) > EXPONENT_MAX:
        raise Unreadable("it holds a number with too many digits")
    value = Fraction(int(whole + after or 0), 10 ** len(after)) * Fraction(10) ** int(exponent or 0)
    figures = len((whole + after).lstrip("0"))
    decimals = len(after) - int(exponent or 0) if point or exponent else None
    return Number(value, decimals, figures)
