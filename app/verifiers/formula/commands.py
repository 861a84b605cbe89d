"""Which texts are left to the library: formulas of known commands with a sum, an integral, a limit or the like."""

import re

from app.verifiers.formula.symbols import words

_NEEDED = re.compile(r"\\(?:sum|prod|int|lim|det|frac\s*\{d\}|frac\s*d)(?![a-zA-Z])")
_KNOWN = words(
    "sum prod int lim det frac dfrac tfrac sqrt sin cos tan ln log exp pi infty cdot times to left right limits "
    "alpha beta gamma theta lambda mu binom begin end mathrm d quad le ge"
)
_COMMAND = re.compile(r"\\([a-zA-Z]+)")
_WORD = re.compile(r"(?<![\\a-zA-Z])[a-zA-Z]{3,}")
LIBRARY_MAX_CHARS = 400


def is_for_the_library(text: str) -> bool:
    """Tell whether a text needs the library and holds nothing that it would overlook."""
    if len(text) > LIBRARY_MAX_CHARS or _NEEDED.search(text) is None:
        return False
    bare = re.sub(r"\\(?:begin|end)\s*\{[pbv]?matrix\}", "", text)
    return set(_COMMAND.findall(bare)) <= _KNOWN and _WORD.search(_COMMAND.sub(" ", bare)) is None
