"""Invisible characters: which ones hide in a text, and what they are called."""

import re
import unicodedata
from typing import NamedTuple

# Bidi controls, zero-width and filler characters, variation selectors, tags, control characters. Tab, line feed and
# carriage return are layout, not secrets.
_SUSPECT = re.compile(
    "[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f\xad\u034f\u061c\u115f\u1160\u17b4\u17b5\u180b-\u180f\u200b-\u200f"
    "\u2028-\u202e\u2060-\u206f\u3164\ufe00-\ufe0f\ufeff\uffa0\ufff9-\ufffb\U0001d173-\U0001d17a"
    "\U000e0000-\U000e0fff]"
)
_ZERO_WIDTH_NON_JOINER = "\u200c"
_ZERO_WIDTH_JOINER = "\u200d"
_BLACK_FLAG = "\U0001f3f4"
# The three flags that are written with tag characters (England, Scotland, Wales); all other uses of tags hide text.
_FLAG_TAGS = tuple(
    "".join(chr(0xE0000 + ord(letter)) for letter in code) + "\U000e007f" for code in ("gbeng", "gbsct", "gbwls")
)
# A variation selector says something only after a character that has variants: emoji, digits of keycaps, ideographs.
_HAS_VARIANTS = frozenset({"So", "Sm", "Sk", "Po", "Nd", "Lo"})
# Scripts in which joiners are ordinary spelling (Persian, the Indic scripts, Mongolian), by the name's first word.
_JOINING_SCRIPTS = frozenset(
    {
        "ARABIC",
        "SYRIAC",
        "MONGOLIAN",
        "DEVANAGARI",
        "BENGALI",
        "GURMUKHI",
        "GUJARATI",
        "ORIYA",
        "TAMIL",
        "TELUGU",
        "KANNADA",
        "MALAYALAM",
        "SINHALA",
        "KHMER",
        "MYANMAR",
        "TIBETAN",
    }
)


class Invisible(NamedTuple):
    """One character that a reader cannot see, and where it stands."""

    position: int
    char: str


def find_invisible(text: str, *, strict: bool = False) -> list[Invisible]:
    """List the invisible characters of `text`, in order.

    In prose the joiners of emoji, Persian and Indic spelling, variation selectors after what has variants, and the
    three flags made of tag characters are spelling and are left out; `strict` (for programs) leaves nothing out.
    """
    found: list[Invisible] = []
    spelled_until = 0
    for match in _SUSPECT.finditer(text):
        index, char = match.start(), match.group()
        if index < spelled_until:
            continue
        length = 0 if strict else _spelling_length(text, index, char)
        if length:
            spelled_until = index + length
        else:
            found.append(Invisible(index, char))
    return found


def count_suspects(text: str) -> int:
    """Count the characters that may be invisible, joiners of emoji and the like included; fast."""
    return sum(1 for _ in _SUSPECT.finditer(text))


def code_point(char: str) -> str:
    """Write a character's number the usual way, for example U+202E."""
    return f"U+{ord(char):04X}"


def describe(char: str) -> str:
    """Name a character for a person, for example "U+202E RIGHT-TO-LEFT OVERRIDE"."""
    return f"{code_point(char)} {unicodedata.name(char, 'CONTROL CHARACTER')}"


def spell_out(text: str) -> str:
    """Write every invisible character of `text` as [U+XXXX], for places that cannot hold a badge."""
    return _SUSPECT.sub(lambda match: f"[{code_point(match.group())}]", text)


def _spelling_length(text: str, index: int, char: str) -> int:
    """Give how many characters from `index` on are ordinary spelling; 0 when the character hides something."""
    before = text[index - 1] if index else ""
    after = text[index + 1] if index + 1 < len(text) else ""
    if char == _ZERO_WIDTH_JOINER and _is_pictograph(before) and _is_pictograph(after):
        return 1
    if char in (_ZERO_WIDTH_JOINER, _ZERO_WIDTH_NON_JOINER):
        return int(_is_joining_letter(before) and (char == _ZERO_WIDTH_JOINER or _is_joining_letter(after)))
    if "\ufe00" <= char <= "\ufe0f":
        return int(before != "" and unicodedata.category(before) in _HAS_VARIANTS)
    if before == _BLACK_FLAG:
        return next((len(tags) for tags in _FLAG_TAGS if text.startswith(tags, index)), 0)
    return 0


def _is_pictograph(char: str) -> bool:
    """Say whether a character may stand beside a joiner inside an emoji."""
    return char != "" and (
        char in "\ufe0f\u20e3"
        or "\U0001f3fb" <= char <= "\U0001f3ff"
        or unicodedata.category(char) == "So"
        or char in "\u2640\u2642"
    )


def _is_joining_letter(char: str) -> bool:
    """Say whether a character belongs to a script that is spelled with joiners."""
    return char != "" and unicodedata.name(char, "").partition(" ")[0] in _JOINING_SCRIPTS
