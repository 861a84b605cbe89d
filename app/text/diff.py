"""What changed between two texts: by words for what people write, by lines for guidelines.

Both sides are cut into tokens: a formula, a run of letters and digits (with apostrophes, underscores and combining
marks), one CJK character, a run of white space, or one other character; the browser's twin cuts in the same way. The
shortest script of edits is found by Myers' algorithm ("An O(ND) difference algorithm", 1986). Then a space or a sign
alone between two changes, or a word or two between long ones, joins them, and in each change what went stands before
what came.
"""

import re
from bisect import bisect_left
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from itertools import groupby
from typing import Literal

from app.text.scripts import CJK
from app.text.segments import find_segments

MAX_EDITS = 500
"""Texts further apart are compared by lines first and by words inside the lines that changed."""
WORK_MAX = 120_000
"""Steps of one comparison (about 0.3 µs each); what is not compared by then counts as replaced."""
ISLET_TOKENS = 3
ISLET_RATIO = 2
"""An unchanged word or two between changes at least twice as long is read as part of them."""
_TOKEN = re.compile(
    rf"[{CJK}]|(?:(?![{CJK}])[\w'’\u0300-\u036f\u0483-\u0487\u0591-\u05bd\u064b-\u065f\u0900-\u0dff\u0e31-\u0e4e])+|\s+|[\s\S]"
)
_LINE = re.compile(r"[^\n]*\n|[^\n]+")
_SPLINTER = re.compile(r"\s{1,2}|[^\w\s]\s?|\s[^\w\s]")
Kind = Literal["same", "add", "del"]


@dataclass(frozen=True, slots=True)
class Span:
    """A stretch of text that stayed, came or went."""

    kind: Kind
    text: str


class Spans(list[Span]):
    """A difference: what is not "add" joins to the old text, what is not "del" to the new one.

    `by_lines` says that the texts were too far apart to be compared word by word as a whole.
    """

    by_lines: bool = False


def tokens_of(text: str) -> list[str]:
    """Cut a text into the tokens that are compared; joined they give the text again."""
    tokens: list[str] = []
    position = 0
    for segment in find_segments(text):
        if segment.kind == "formula":
            tokens += _TOKEN.findall(text[position : segment.start])
            tokens.append(text[segment.start : segment.end])
            position = segment.end
    return tokens + _TOKEN.findall(text[position:])


def diff_words(old: str, new: str) -> Spans:
    """Compare two texts word by word; the time is bounded, and `by_lines` tells when that made the result coarser."""
    edits = _Work(WORK_MAX).edits(tokens_of(old), tokens_of(new))
    if edits is not None:
        return _spans(edits)
    work = _Work(WORK_MAX)
    spans = _spans(edit for hunk in _hunks(_line_edits(old, new)) for edit in _inside(hunk, work))
    spans.by_lines = True
    return spans


def diff_lines(old: str, new: str) -> Spans:
    """Compare two texts line by line; `by_lines` is true."""
    spans = _spans(_line_edits(old, new), join_splinters=False)
    spans.by_lines = True
    return spans


_Edit = tuple[Kind, str]


def _replaced(old: Sequence[str], new: Sequence[str]) -> list[_Edit]:
    return [*(("del", token) for token in old), *(("add", token) for token in new)]


def _line_edits(old: str, new: str) -> list[_Edit]:
    """Compare by lines: those that stand once on either side hold the texts together, the rest is compared between."""
    before, after = _LINE.findall(old), _LINE.findall(new)
    work = _Work(WORK_MAX)
    edits: list[_Edit] = []
    at_old = at_new = 0
    for x, y in [*_anchors(before, after), (len(before), len(after))]:
        gap_old, gap_new = before[at_old:x], after[at_new:y]
        edits += work.edits(gap_old, gap_new) or _replaced(gap_old, gap_new)
        edits += [("same", line) for line in before[x : x + 1]]
        at_old, at_new = x + 1, y + 1
    return edits


def _anchors(old: Sequence[str], new: Sequence[str]) -> list[tuple[int, int]]:
    """List the longest run of pairs of lines, unique on both sides, that stand in the same order (patience sorting)."""
    count_old, count_new = Counter(old), Counter(new)
    places = {line: index for index, line in enumerate(new) if count_new[line] == 1}
    last_of_pile: list[int] = []
    piles: list[int] = []
    pairs: list[tuple[int, int, int]] = []  # place in old, place in new, the pair before it
    for index, line in enumerate(old):
        if count_old[line] != 1 or line not in places:
            continue
        pile = bisect_left(last_of_pile, places[line])
        last_of_pile[pile : pile + 1] = [places[line]]
        piles[pile : pile + 1] = [len(pairs)]
        pairs.append((index, places[line], piles[pile - 1] if pile else -1))
    found: list[tuple[int, int]] = []
    at = piles[-1] if piles else -1
    while at >= 0:
        x, y, at = pairs[at]
        found.append((x, y))
    return found[::-1]


def _hunks(edits: Sequence[_Edit]) -> Iterator[list[_Edit]]:
    """Yield the runs of lines that stayed and the runs that changed, in turn."""
    for _, run in groupby(edits, key=lambda edit: edit[0] == "same"):
        yield list(run)


def _inside(hunk: Sequence[_Edit], work: "_Work") -> Sequence[_Edit]:
    """Compare the words of lines that changed."""
    if hunk[0][0] == "same":
        return hunk
    old = tokens_of("".join(line for kind, line in hunk if kind == "del"))
    new = tokens_of("".join(line for kind, line in hunk if kind == "add"))
    return work.edits(old, new) or _replaced(old, new)


class _Work:
    """Myers' algorithm with a limit on the edits of one comparison and on the steps of all of them together."""

    def __init__(self, steps: int) -> None:
        self.steps = steps

    def edits(self, old: Sequence[str], new: Sequence[str]) -> list[_Edit] | None:
        """Turn one list of tokens into the other with fewest edits; None when that costs too much."""
        head = 0
        shorter = min(len(old), len(new))
        while head < shorter and old[head] == new[head]:
            head += 1
        tail = 0
        while tail < shorter - head and old[-1 - tail] == new[-1 - tail]:
            tail += 1
        middle = self._middle(old[head : len(old) - tail], new[head : len(new) - tail])
        if middle is None:
            return None
        same_before: list[_Edit] = [("same", token) for token in old[:head]]
        return same_before + middle + [("same", token) for token in old[len(old) - tail :]]

    def _middle(self, old: Sequence[str], new: Sequence[str]) -> list[_Edit] | None:
        if not old or not new:
            return _replaced(old, new)
        numbers: dict[str, int] = {}
        a = [numbers.setdefault(token, len(numbers)) for token in old]
        b = [numbers.setdefault(token, len(numbers)) for token in new]
        trace = self._trace(a, b)
        return None if trace is None else _walk_back(old, new, trace)

    def _trace(self, a: Sequence[int], b: Sequence[int]) -> list[list[int]] | None:
        """Find for each number of edits how far each diagonal gets; the last one reaches both ends."""
        width = 2 * min(len(a) + len(b), MAX_EDITS) + 3
        furthest = [0] * width
        trace: list[list[int]] = []
        for edits in range(width // 2):
            # Indexes wrap around: diagonal -k stands at furthest[-k].
            trace.append(furthest[: edits + 2] + furthest[-edits - 1 :])
            spent = 2 * edits + 1
            for diagonal in range(-edits, edits + 1, 2):
                left, right = furthest[diagonal - 1], furthest[diagonal + 1]
                down = diagonal == -edits or (diagonal != edits and left < right)
                x = start = right if down else left + 1
                y = x - diagonal
                while x < len(a) and y < len(b) and a[x] == b[y]:
                    x += 1
                    y += 1
                furthest[diagonal] = x
                spent += x - start
                if x >= len(a) and y >= len(b):
                    self.steps -= spent
                    return trace
            self.steps -= spent
            if self.steps < 0:
                return None
        return None


def _walk_back(old: Sequence[str], new: Sequence[str], trace: Sequence[Sequence[int]]) -> list[_Edit]:
    """Follow the trace from the end to the beginning and write down what was done."""
    done: list[_Edit] = []
    x, y = len(old), len(new)
    for edits in range(len(trace) - 1, -1, -1):
        furthest = trace[edits]
        diagonal = x - y
        down = diagonal == -edits or (diagonal != edits and furthest[diagonal - 1] < furthest[diagonal + 1])
        from_x = furthest[diagonal + 1] if down else furthest[diagonal - 1]
        from_y = from_x - (diagonal + 1 if down else diagonal - 1)
        if edits == 0:
            from_x = from_y = -1
        stop_x = 0 if edits == 0 else from_x + (0 if down else 1)
        while x > stop_x:
            x -= 1
            done.append(("same", old[x]))
        if edits:
            done.append(("add", new[from_y]) if down else ("del", old[from_x]))
        x, y = from_x, from_y
    return done[::-1]


def _spans(edits: Iterator[_Edit] | Sequence[_Edit], *, join_splinters: bool = True) -> Spans:
    """Gather edits into spans, each change as one "del" before one "add"."""
    runs = _gathered(edits)
    if join_splinters:
        runs = _gathered(_joined(runs, _is_splinter))
        runs = _gathered(_joined(runs, _is_islet))
    return Spans(Span(kind, text) for kind, text in runs)


def _gathered(edits: Iterator[_Edit] | Sequence[_Edit]) -> list[_Edit]:
    runs: list[_Edit] = []
    for same, run in groupby(edits, key=lambda edit: edit[0] == "same"):
        found = list(run)
        for kind in ("same",) if same else ("del", "add"):
            text = "".join(token for which, token in found if which == kind)
            if text:
                runs.append((kind, text))  # type: ignore[arg-type]  # mypy widens the literals of the loop to str
    return runs


def _joined(runs: Sequence[_Edit], is_little: Callable[[Sequence[_Edit], int], bool]) -> Iterator[_Edit]:
    """Yield the runs with what is too little to read on between two changes made part of both."""
    for index, (kind, text) in enumerate(runs):
        if kind == "same" and 0 < index < len(runs) - 1 and is_little(runs, index):
            yield from (("del", text), ("add", text))
        else:
            yield kind, text


def _is_splinter(runs: Sequence[_Edit], index: int) -> bool:
    return _SPLINTER.fullmatch(runs[index][1]) is not None


def _is_islet(runs: Sequence[_Edit], index: int) -> bool:
    """Tell a word or two that happen to stand in two long changes (the test of diff-match-patch's semantic cleanup)."""
    text = runs[index][1]
    before = max(len(changed) for kind, changed in runs[max(index - 2, 0) : index] if kind != "same")
    after = max(len(changed) for kind, changed in runs[index + 1 : index + 3] if kind != "same")
    tokens = [token for token in _TOKEN.findall(text) if not token.isspace()]
    return len(tokens) <= ISLET_TOKENS and ISLET_RATIO * len(text) <= min(before, after)
