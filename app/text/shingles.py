r"""What two texts have in common: their words without notation that changes nothing, and how many runs they share."""

import re
import unicodedata
from collections.abc import Sequence
from collections.abc import Set as AbstractSet
from itertools import accumulate

from app.text.scripts import CJK

WORDS_IN_RUN = 5
CHARS_IN_RUN = 4
SHORT_TOKENS = 40
"""A text of fewer tokens has too few runs of words: it is compared by runs of characters."""
NUMBER = "<n>"
"""What stands for every number when texts are compared as if their figures were the same."""

# Thai, Lao, Burmese and Khmer put no spaces between words either, and their vowels are marks, not letters.
_UNSPACED = re.compile(f"[{CJK}\u0e01-\u0edf\u1000-\u109f\u1780-\u17ff]")
_SAME_NOTATION = re.compile(
    r"""\\(?:left|right|displaystyle|textstyle|big[lr]?|Big[lr]?)(?![A-Za-z])  # how large, not what
      |\\[,;:!()\[\]\ ]                                                        # spaces, and where a formula begins
      |\\(?:q?quad)(?![A-Za-z])
      |\\[dt]frac(?![A-Za-z])
      |\\(?:cdot|times|ast)(?![A-Za-z])
      |\\(?:leq?|geq?)(?![A-Za-z])""",
    re.VERBOSE,
)
_ONE_FORM = {
    "\\dfrac": "\\frac", "\\tfrac": "\\frac", "\\cdot": "*", "\\times": "*", "\\ast": "*",
    "\\le": "≤", "\\leq": "≤", "\\ge": "≥", "\\geq": "≥",
}  # fmt: skip
_SIGNS = str.maketrans({"·": "*", "×": "*", "⋅": "*", "∗": "*", "−": "-", "–": "-"})
# A number as people write it, a word or a command with its backslash, or a sign that a formula may hang on. All other
# signs, braces and dollars too, say nothing that the order of the words does not.
_TOKEN = re.compile(r"\\?[^\W\d_]++|\d+(?:,\d{3})*+(?:\.\d+)?+(?:e[+-]?\d++)?|[-+*/=<>≤≥^]")
_TOKEN_ASCII = re.compile(r"\\?[a-z]++|[0-9]+(?:,[0-9]{3})*+(?:\.[0-9]+)?+(?:e[+-]?[0-9]++)?|[-+*/=<>^]")
"""The same of what is ASCII in lower case, in half the time."""
_WITH_SPACE = (1).__add__


def tokens_of(text: str) -> list[str]:
    r"""Split a text into words, numbers, TeX commands and the signs of formulas; CJK characters are one token each.

    NFKC, lower case, one form for notation that means the same (`\dfrac` is `\frac`, `\cdot` is `*`, `\left` nothing).
    """
    if "\\" in text:
        text = _SAME_NOTATION.sub(lambda found: _ONE_FORM.get(found[0], " "), text)
    if text.isascii():
        return _TOKEN_ASCII.findall(text.lower())
    folded = unicodedata.normalize("NFKC", unicodedata.normalize("NFKC", text).lower()).translate(_SIGNS)
    return [token for piece in _unspaced(folded) for token in piece]


def _unspaced(text: str) -> list[list[str]]:
    """Find the tokens between and at characters that stand for themselves, in order."""
    found, end = [], 0
    for match in _UNSPACED.finditer(text):
        found += [_TOKEN.findall(text[end : match.start()])] if match.start() > end else []
        found.append([match[0]])
        end = match.end()
    return [*found, _TOKEN.findall(text[end:])]


def masked(tokens: Sequence[str]) -> list[str]:
    """Put <n> in the place of each number, so that texts that differ in nothing but figures are equal."""
    return [NUMBER if token[0].isdecimal() else token for token in tokens]


def shingles_of(tokens: Sequence[str]) -> list[str]:
    """List the overlapping runs of five tokens in order, of a short text the runs of four characters; none of no text.

    Runs of characters begin with a mark, so that the two kinds never meet.
    """
    text = " ".join(tokens)
    if len(tokens) >= SHORT_TOKENS:
        ends = [0, *accumulate(map(_WITH_SPACE, map(len, tokens)))]
        last = WORDS_IN_RUN - 1
        # A slice of the whole is half as dear as joining five pieces.
        return [text[start : end - 1] for start, end in zip(ends, ends[last + 1 :], strict=False)]
    text = text.replace(NUMBER, "#")  # one character, as most numbers are in a short text
    runs = max(len(text) - CHARS_IN_RUN + 1, 1 if text else 0)
    return ["\0" + text[at : at + CHARS_IN_RUN] for at in range(runs)]


def jaccard(one: AbstractSet[str], other: AbstractSet[str]) -> float:
    """Give the share of all runs that both have: 1 for equal sets, 0 where either is empty."""
    both = len(one & other)
    return both / (len(one) + len(other) - both) if both else 0.0
