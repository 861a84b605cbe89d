"""Takes an answer out of what people write around it: delimiters, "the answer is", a name, units, money."""

import re
from dataclasses import dataclass

from app.verifiers.formula.nodes import Unreadable

_DELIMITERS = (("$$", "$$"), ("\\(", "\\)"), ("\\[", "\\]"), ("**", "**"), ("`", "`"))
_DOLLAR = re.compile(r"(?<!\\)\$")
_BOXES = re.compile(r"^\\(?:boxed|fbox|displaystyle|text|mathrm|mathbf|textbf)\s*\{(.*)\}$", re.DOTALL)
_INTRODUCTION = re.compile(
    r"^(?:(?:so|thus|hence|therefore|then)\b[, ]*|∴\s*|\\therefore\s*)?"
    r"(?:(?:the\s+)?(?:final\s+)?(?:answers?|results?|values?|solutions?|ans\.?)\s*(?:\bis\b|\bare\b|:|=)\s*:?\s*"
    r"|(?:答案|答|结果)\s*(?:是|为|:|：)?\s*|(?:答え)\s*(?:は|:|：)?\s*|(?:คำตอบ)\s*(?:คือ|:)?\s*)?",
    re.IGNORECASE,
)
_ABOUT = re.compile(
    r"^(?:≈|~|∼|\\approx\b|\\sim\b|about\b|approximately\b|approx\.?|roughly\b|around\b|circa\b|ca\.|約|约)\s*",
    re.IGNORECASE,
)
_PER_CENT = re.compile(r"\s*\bper cent\b", re.IGNORECASE)
_END = " \t\r\n.。;；,，"


@dataclass(frozen=True, slots=True)
class Phrase:
    """An answer without what stood around it."""

    text: str
    is_approximate: bool = False
    """it was introduced by "about" or the like"""


def unwrap(text: str) -> Phrase:
    """Take off delimiters, boxes, an introduction and the full stop, as often as they are there."""
    text = _PER_CENT.sub("%", text)
    if not text.strip():
        raise Unreadable("it is empty")
    is_approximate = False
    while True:
        before = text
        text = _without_delimiters(text.strip().rstrip(_END))
        text = _INTRODUCTION.sub("", text, count=1).strip()
        about = _ABOUT.match(text)
        if about is not None:
            is_approximate, text = True, text[about.end() :]
        if text == before:
            break
    if not text:
        raise Unreadable("it is empty")
    return Phrase(text, is_approximate)


def _without_delimiters(text: str) -> str:
    for opening, closing in _DELIMITERS:
        inner = text[len(opening) : -len(closing)]
        is_between = text.startswith(opening) and text.endswith(closing) and len(text) > len(opening + closing)
        if is_between and opening not in inner and closing not in inner:
            text = inner.strip()
    if len(_DOLLAR.findall(text)) % 2 == 0:
        text = _DOLLAR.sub(" ", text).strip()
    box = _BOXES.match(text)
    return box[1].strip() if box is not None and _closes_at_the_end(text) else text


def _closes_at_the_end(text: str) -> bool:
    r"""Tell \boxed{1} from \text{a} + \text{b}: the first brace is closed by the last."""
    depth = 0
    for place, char in enumerate(text):
        depth += (char == "{") - (char == "}")
        if char == "}" and depth == 0:
            return place == len(text) - 1
    return False
