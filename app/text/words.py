"""How many words a text has, in Latin script, in CJK, with formulas and code."""

import re

from app.text.segments import find_segments

CJK_CHARS_PER_WORD = 1.7
_CJK = re.compile("[\u3040-\u30ff\u3400-\u4dbf\u4e00-\u9fff\uac00-\ud7af\uf900-\ufaff\U00020000-\U0003ffff]")
_WORD = re.compile(r"[^\W_]+(?:['’\-.][^\W_]+)*")
_COMMAND = re.compile(r"\\[A-Za-z]+")


def count_words(text: str) -> int:
    r"""Count words: runs of letters or digits, plus CJK characters divided by 1.7, rounded (an estimate).

    In a formula its commands are not words (`\frac` is notation) but its names and numbers are; in code every
    identifier and number is one.
    """
    parts, position = [], 0
    for segment in find_segments(text):
        parts.append(text[position : segment.start])
        parts.append(_COMMAND.sub(" ", segment.source) if segment.kind == "formula" else segment.source)
        position = segment.end
    plain = " ".join([*parts, text[position:]])
    cjk = len(_CJK.findall(plain))
    return len(_WORD.findall(_CJK.sub(" ", plain))) + round(cjk / CJK_CHARS_PER_WORD)
