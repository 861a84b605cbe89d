r"""Where a Markdown text holds code and where it holds formulas: the one rule that rendering, counting and diff share.

The rule, for whoever writes its twin in another language. Read from left to right; whichever opens first wins.

1. Code. A fence is a line that, after spaces, `>` and list markers, begins with three or more backticks or tildes; it
   lasts to the closing fence, to the end of its quotation or to the end. A code span is a run of n backticks up to the
   next run of exactly n with no blank line between.
2. A backslash takes the next character with it, except that `\(` and `\[` open a formula.
3. `$$ ... $$` and `\[ ... \]` are display formulas, `$ ... $` and `\( ... \)` inline ones. No formula is empty or
   holds a blank line. For `$` the character after the opening and the one before the closing dollar are not spaces,
   the closing dollar is not followed by a digit, and the next dollar that is neither escaped nor in a code span is the
   one that decides (so "costs $5 and $6" stays prose).
   An inline formula does not run into a line that begins a list item, a heading, a quotation or a fence.
4. Inside a quotation the `>` at the beginning of a formula's further lines is not part of its source.

The block structure of Markdown is not parsed here: a formula in an *indented* code block is found all the same, and
the renderer, which knows better, shows it as code.
"""

import re
from bisect import bisect_left
from collections.abc import Iterator
from dataclasses import dataclass
from functools import lru_cache
from typing import Literal

CACHED_MAX_CHARS = 4_000
_MARK = re.compile(
    r"""(?P<fence>^[ \t>]*+(?:(?:[-+*]|\d{1,9}[.)])[ \t]++)*+(?:`{3,}+(?=[^`\n]*+$)|~{3,}+))
      |(?P<ticks>`++)
      |(?P<escape>\\[\s\S])
      |(?P<dollar>\$\$?)""",
    re.VERBOSE | re.MULTILINE,
)
_BLANK_LINE = re.compile(r"\n[ \t\r>]*+(?=\n)")
_TICKS = re.compile(r"`+")
_QUOTE = re.compile(r"[ \t]*(?:>[ \t]?)+")
_UNQUOTED_LINE = re.compile(r"^(?![ \t]*>)", re.MULTILINE)
_BLOCK_START = re.compile(r"\n[ \t]*(?:[-+*][ \t]|\d{1,9}[.)][ \t]|#{1,6}[ \t]|`{3}|~{3}|>)")
_CLOSERS = {
    "$$": re.compile(r"\\[\s\S]|\$\$"),
    "\\(": re.compile(r"\\[\s\S]"),
    "\\[": re.compile(r"\\[\s\S]"),
    "$": re.compile(r"\\[\s\S]|`++|\$"),
}
_CLOSING = {"$$": "$$", "\\(": "\\)", "\\[": "\\]", "$": "$"}


@dataclass(frozen=True, slots=True)
class Segment:
    """A stretch of code or one formula: `text[start:end]` with its delimiters, `source` without them."""

    kind: Literal["code", "formula"]
    start: int
    end: int
    source: str
    display: bool = False


def find_segments(text: str) -> list[Segment]:
    """List code and formulas in order; everything between them is prose. Takes time proportional to the length."""
    if "$" not in text and "`" not in text and "~~~" not in text and "\\" not in text:
        return []
    return list(_cached(text) if len(text) <= CACHED_MAX_CHARS else _Scanner(text).segments())


@lru_cache(maxsize=1024)
def _cached(text: str) -> tuple[Segment, ...]:
    # Checking, counting and comparing ask for the same steps again and again while somebody writes one of them.
    return tuple(_Scanner(text).segments())


class _Scanner:
    """One pass over one text, with the places of blank lines and backtick runs looked up once."""

    def __init__(self, text: str) -> None:
        self.text = text
        self.breaks = [match.start() for match in _BLANK_LINE.finditer(text)]
        self.runs: dict[int, list[int]] = {}
        for match in _TICKS.finditer(text):
            self.runs.setdefault(match.end() - match.start(), []).append(match.start())
        # Up to where no closer of a kind exists: without it, thousands of unclosed openers would cost a scan each.
        self.unclosed: dict[str, int] = {}
        self.quotation_end = -1

    def segments(self) -> Iterator[Segment]:
        """Yield the segments from left to right."""
        position = 0
        while (match := _MARK.search(self.text, position)) is not None:
            segment = self._segment_at(match)
            if segment is not None:
                yield segment
            position = segment.end if segment is not None else match.end()

    def _segment_at(self, match: re.Match[str]) -> Segment | None:
        start, mark = match.start(), match.group()
        if match.lastgroup == "fence":
            return self._fence(match)
        if match.lastgroup == "ticks":
            end = self._code_span_end(match.end(), len(mark))
            return Segment("code", start, end, self.text[start + len(mark) : end - len(mark)]) if end else None
        if mark in _CLOSERS:
            found = self._formula(start, mark)
            # Two dollars that open nothing may still be one dollar each: "$$x$" is a dollar and a formula.
            return self._formula(start + 1, "$") if found is None and mark == "$$" else found
        return None

    def _break_after(self, position: int) -> int:
        index = bisect_left(self.breaks, position)
        return self.breaks[index] if index < len(self.breaks) else len(self.text)

    def _code_span_end(self, position: int, length: int) -> int:
        """Give the end of a code span whose opening run of `length` ends at `position`; 0 when nothing closes it."""
        starts = self.runs.get(length, [])
        index = bisect_left(starts, position)
        if index == len(starts) or starts[index] > self._break_after(position):
            return 0
        return starts[index] + length

    def _fence(self, match: re.Match[str]) -> Segment:
        fence = match.group()
        mark = fence[-1]
        length = len(fence) - len(fence.rstrip(mark))
        opening_end = self.text.find("\n", match.end())
        if opening_end < 0:
            return Segment("code", match.start(), len(self.text), "")
        limit = self._quotation_end(opening_end + 1) if fence.lstrip().startswith(">") else len(self.text)
        closing = re.compile(rf"^[ \t>]*+{mark}{{{length},}}+[ \t\r]*+$", re.MULTILINE)
        end = closing.search(self.text, opening_end + 1, limit)
        source_end, segment_end = (end.start(), end.end()) if end else (limit, limit)
        return Segment("code", match.start(), segment_end, self.text[opening_end + 1 : source_end])

    def _quotation_end(self, line_start: int) -> int:
        """Give the beginning of the first line from `line_start` on that is not quoted."""
        if line_start > self.quotation_end:
            outside = _UNQUOTED_LINE.search(self.text, line_start)
            self.quotation_end = outside.start() if outside else len(self.text)
        return self.quotation_end

    def _formula(self, start: int, opener: str) -> Segment | None:
        inner = start + len(opener)
        limit = self._break_after(inner)
        if self.unclosed.get(opener, -1) >= limit:
            return None
        closed = self._closer(inner, limit, opener)
        if closed < 0:
            return None
        raw = self.text[inner:closed]
        end = closed + len(opener)
        if not raw.strip() or (opener == "$" and not self._dollars_hold(raw, end)):
            return None
        display = opener in ("$$", "\\[")
        if "\n" in raw:
            raw = self._without_quote_marks(start, raw)
            if not display and _BLOCK_START.search(raw):
                return None
        return Segment("formula", start, end, raw.strip(), display)

    def _closer(self, inner: int, limit: int, opener: str) -> int:
        """Give the place of what closes a formula opened with `opener`, or -1."""
        position = inner
        closing = _CLOSING[opener]
        while (match := _CLOSERS[opener].search(self.text, position, limit)) is not None:
            mark = match.group()
            if mark == closing:
                return match.start()
            position = match.end()
            if mark.startswith("`"):
                position = self._code_span_end(position, len(mark)) or position
        if opener != "$":
            self.unclosed[opener] = limit
        return -1

    def _dollars_hold(self, raw: str, end: int) -> bool:
        return not (raw[0].isspace() or raw[-1].isspace() or self.text[end : end + 1].isdigit())

    def _without_quote_marks(self, start: int, raw: str) -> str:
        line_start = self.text.rfind("\n", 0, start) + 1
        quote = _QUOTE.match(self.text, line_start, start)
        if quote is None:
            return raw
        depth = quote.group().count(">")
        return re.sub(rf"\n(?:[ \t]*>[ \t]?){{1,{depth}}}", "\n", raw)
