"""How many words a text has, in Latin script, in CJK, with formulas and code."""

import re

from app.text.scripts import CJK
from app.text.segments import find_segments

CJK_CHARS_PER_WORD = 1.7
_CJK = re.compile(f"[{CJK}]")
# don't, well-known, 3.14 and 1,240 are one word each.
_WORD = re.compile(r"[^\W_]+(?:(?:['’\-.]|(?<=\d),(?=\d))[^\W_]+)*")
_NAME_OR_NUMBER = re.compile(r"[^\W\d]\w*|\d+(?:\.\d+)?")
_SYMBOL = re.compile(r"[^\W\d_]+|\d+(?:[.,]\d+)*")
_COMMAND = re.compile(r"\\(?:(?:begin|end)\{[^{}]*\}|[A-Za-z]+|[\s\S])")


def count_words(text: str) -> int:
    r"""Count words as an estimate of what was written: runs of letters or digits, and CJK characters divided by 1.7.

    In a formula commands and environments are notation and count nothing (`\frac{a}{2}` has two words: a and 2); runs
    of letters and numbers count one each. In code every name and number is one. The CJK part is rounded half up.
    """
    count, cjk, position = 0, 0, 0
    for segment in find_segments(text):
        plain, chars = _split_cjk(text[position : segment.start])
        source = _COMMAND.sub(" ", segment.source) if segment.kind == "formula" else segment.source
        inside, chars_inside = _split_cjk(source)
        count += len(_WORD.findall(plain))
        count += len((_SYMBOL if segment.kind == "formula" else _NAME_OR_NUMBER).findall(inside))
        cjk += chars + chars_inside
        position = segment.end
    plain, chars = _split_cjk(text[position:])
    return count + len(_WORD.findall(plain)) + int((cjk + chars) / CJK_CHARS_PER_WORD + 0.5)


def _split_cjk(text: str) -> tuple[str, int]:
    """Take the CJK characters out: what remains, and how many there were."""
    if text.isascii():
        return text, 0
    return _CJK.subn(" ", text)
