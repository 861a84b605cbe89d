"""One form for equal things: normalised text, canonical JSON and its hash."""

import hashlib
import json
import re
import unicodedata
from typing import Any

import orjson

# A number as people write it: 1,240 or 3.14 or 6e23; the sign stays outside, it may be a minus between two numbers.
_NUMBER = re.compile(r"\d+(?:,\d{3})*+(?:\.\d+)?(?:e[+-]?\d+)?")
_SPACE = re.compile(r"\s+")
_CANONICAL = json.JSONEncoder(ensure_ascii=False, sort_keys=True, separators=(",", ":"), allow_nan=False)


def normalise(text: str, *, mask_numbers: bool = False) -> str:
    """Give the form under which two texts count as the same: NFKC, lower case, whitespace collapsed and trimmed.

    With `mask_numbers` every number becomes <n>, so that two tasks that differ only in their figures are equal.
    """
    # Lower-casing can undo NFKC (and the other way round): normalising again keeps the function idempotent.
    folded = unicodedata.normalize("NFKC", unicodedata.normalize("NFKC", text).lower())
    collapsed = _SPACE.sub(" ", folded).strip()
    return _NUMBER.sub("<n>", collapsed) if mask_numbers else collapsed


def canonical_json(value: object) -> str:
    """Write JSON in its one form: keys sorted by code point, no spaces, characters unescaped, finite numbers.

    Whole numbers and fractions stay different (1 is not 1.0). Raises ValueError for what JSON cannot say: NaN and
    infinities, keys that are not text, lone surrogates, other types, endless nesting.
    """
    try:
        written = _CANONICAL.encode(value)
        _require_text_keys(value)  # after json has refused what contains itself
        written.encode("utf-8")
    except (TypeError, ValueError, RecursionError) as error:
        raise ValueError(f"This cannot be written as JSON: {error}") from error
    return written


def is_canonical(line: bytes) -> bool:
    """Tell whether some bytes are what `canonical_json` writes of what they say."""
    fractions: list[str] = []
    try:
        value = json.loads(line, parse_float=fractions.append)
        if not fractions and _is_same(value, line):
            return True
        return canonical_json(json.loads(line)).encode() == line
    except (ValueError, RecursionError):
        return False


def _is_same(value: object, line: bytes) -> bool:
    """Tell it in half the time where no number is a fraction, which orjson writes in another form; False: not sure."""
    try:
        return orjson.dumps(value, option=orjson.OPT_SORT_KEYS) == line
    except TypeError:  # whole numbers beyond 64 bits, lone surrogates, endless nesting
        return False


def content_hash(value: object) -> str:
    """Give the SHA-256 of the canonical JSON in UTF-8, as 64 hexadecimal digits. Raises as canonical_json does."""
    return hashlib.sha256(canonical_json(value).encode("utf-8")).hexdigest()


def _require_text_keys(value: object) -> None:
    """Refuse other keys: json writes 1 and "1" the same way, and two documents would share a hash."""
    try:
        orjson.dumps(value)  # refuses them too, thirty times as fast; what else it refuses is looked at below
    except TypeError:
        _look_at_keys(value)


def _look_at_keys(value: object) -> None:
    waiting: list[Any] = [value]
    while waiting:
        current = waiting.pop()
        if isinstance(current, dict):
            if not all(isinstance(key, str) for key in current):
                raise TypeError("a key is not text")
            waiting.extend(child for child in current.values() if isinstance(child, dict | list | tuple))
        elif isinstance(current, list | tuple):
            waiting.extend(child for child in current if isinstance(child, dict | list | tuple))
