"""Which script a character belongs to, and which are written without spaces between words."""

import unicodedata

# Han with its marks, Hiragana, Katakana in all widths; Hangul is not here, Korean puts spaces between words.
CJK = (
    "\u3005-\u3007\u3021-\u3029\u3038-\u303b\u3041-\u3096\u309d-\u309f\u30a1-\u30fa\u30fc-\u30ff\u31f0-\u31ff"
    "\u3400-\u4dbf\u4e00-\u9fff\uf900-\ufaff\uff66-\uff9f\U00020000-\U0003ffff"
)
"""Ranges for a character class of `re`: characters that are each about half a word."""

# First words of Unicode's names that are another script's, or no script's.
_SAME_SCRIPT = {"IDEOGRAPHIC": "CJK", "KATAKANA-HIRAGANA": "KATAKANA", "MODIFIER": "", "MICRO": "GREEK", "OHM": "GREEK"}


def script_of(char: str) -> str:
    """Name the script of a letter by the first word of its Unicode name, or "" when it goes with any script."""
    first = unicodedata.name(char, "").partition(" ")[0]
    return _SAME_SCRIPT.get(first, first)
