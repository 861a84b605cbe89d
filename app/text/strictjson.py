"""The strict reader of JSON for requests, rows and documents: what databases or browsers disagree on is refused."""

import json
import re
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import accumulate
from typing import Any

MAX_DEPTH = 64
MAX_NODES = 200_000
STRING_MAX_CHARS = 2_000_000
NUMBER_MAX_CHARS = 400
INTEGER_MAX = 2**53 - 1
_KEY_SHOWN_CHARS = 100

_BOM = b"\xef\xbb\xbf"
# The closing quote is optional: an unclosed string then ends with the document, and no second scan starts inside it.
_STRING = re.compile(rb'"[^"\\]*+(?:\\.[^"\\]*+)*+"?', re.DOTALL)
_NOT_BRACKETS = bytes(set(range(256)) - set(b"[]{}"))
_STEP = {ord("["): 1, ord("{"): 1, ord("]"): -1, ord("}"): -1}
_UNSTORABLE = re.compile("[\ud800-\udfff\x00]")


class BadJson(ValueError):
    """The document is not JSON that we read; `pointer` says where (RFC 6901), `reason` why, never quoting the value."""

    def __init__(self, pointer: str, reason: str) -> None:
        super().__init__(f"{pointer}: {reason}" if pointer else reason)
        self.pointer = pointer
        self.reason = reason


@dataclass(frozen=True, slots=True)
class _Flaw:
    """Stands in the parsed document where something was refused, so that its pointer can be found afterwards."""

    reason: str
    key: str | None = None


def read_json(data: bytes) -> Any:
    """Parse one JSON document in UTF-8. Raises BadJson with a pointer and a reason.

    Refused: a byte order mark, other encodings, more than 64 levels or 200,000 values, strings over 2,000,000
    characters, integers beyond ±(2^53-1), NaN and infinities, a key twice in one object, lone surrogates, U+0000.
    """
    text = _decode(data)
    _check_shape(data)
    try:
        document = json.loads(
            text,
            object_pairs_hook=_object,
            parse_int=_integer,
            parse_float=_fraction,
            parse_constant=_constant,
        )
    except json.JSONDecodeError as error:
        reason = f"It is not JSON: {error.msg} (line {error.lineno}, column {error.colno})."
        raise BadJson("", reason) from None
    _check(document, may_escape=b"\\u" in data, may_be_long=len(data) > STRING_MAX_CHARS)
    return document


def check_text(value: str, pointer: str) -> str:
    """Return the text of a form field unchanged, or raise BadJson for lone surrogates and U+0000."""
    reason = _text_flaw(value)
    if reason is not None:
        raise BadJson(pointer, reason)
    return value


def _decode(data: bytes) -> str:
    if data.startswith(_BOM):
        raise BadJson("", "It begins with a byte order mark; send UTF-8 without one.")
    try:
        return data.decode("utf-8")
    except UnicodeDecodeError as error:
        raise BadJson("", f"It is not UTF-8: the byte at position {error.start} does not fit.") from None


def _check_shape(data: bytes) -> None:
    """Refuse depth and width before anything is built; the parser would recurse, and fill the memory."""
    signs = _STRING.sub(b"", data)
    brackets = signs.translate(None, _NOT_BRACKETS)
    if max(accumulate(map(_STEP.__getitem__, brackets)), default=0) > MAX_DEPTH:
        raise BadJson("", f"It is nested more than {MAX_DEPTH} levels deep.")
    if signs.count(b",") >= MAX_NODES:
        raise BadJson("", f"It has more than {MAX_NODES:,} values.")


def _object(pairs: list[tuple[str, Any]]) -> Any:
    found = dict(pairs)
    if len(found) == len(pairs):
        return found
    seen: set[str] = set()
    for key, _ in pairs:
        if key in seen:
            return _Flaw("The same key stands twice in one object.", key)
        seen.add(key)
    raise AssertionError("unreachable: fewer keys than pairs means one is repeated")


def _integer(digits: str) -> Any:
    # 17 characters hold every allowed integer with its sign; longer ones are not even converted.
    if len(digits) > len(str(-INTEGER_MAX)) or abs(value := int(digits)) > INTEGER_MAX:
        return _Flaw("This integer is beyond ±9007199254740991; send it as a string.")
    return value


def _fraction(digits: str) -> Any:
    if len(digits) > NUMBER_MAX_CHARS:
        return _Flaw(f"This number has more than {NUMBER_MAX_CHARS} characters.")
    value = float(digits)
    if value in (float("inf"), float("-inf")):
        return _Flaw("This number is too large.")
    return value


def _constant(_name: str) -> _Flaw:
    return _Flaw("NaN and infinities are not JSON.")


def _text_flaw(value: str) -> str | None:
    found = _UNSTORABLE.search(value)
    if found is None:
        return None
    return "The text holds the character U+0000." if found.group() == "\x00" else "The text holds half a character."


def _check(document: Any, *, may_escape: bool, may_be_long: bool) -> None:
    """Walk the document once at full speed; only when something is wrong walk it again to say where."""
    waiting = [document]
    nodes = 1
    faulty = False
    while waiting and not faulty:
        value = waiting.pop()
        if isinstance(value, dict):
            if may_escape or may_be_long:
                faulty = any(_string_reason(key) is not None for key in value)
            nodes += len(value)
            waiting.extend(value.values())
        elif isinstance(value, list):
            nodes += len(value)
            waiting.extend(value)
        elif isinstance(value, str):
            faulty = (may_escape or may_be_long) and _string_reason(value) is not None
        else:
            faulty = isinstance(value, _Flaw)
        if nodes > MAX_NODES:
            raise BadJson("", f"It has more than {MAX_NODES:,} values.")
    if faulty:
        raise next(_flaws(document))


def _string_reason(value: str) -> str | None:
    if len(value) > STRING_MAX_CHARS:
        return f"This text has more than {STRING_MAX_CHARS:,} characters."
    return _text_flaw(value)


def _flaws(document: Any) -> Iterator[BadJson]:
    """Yield what is wrong with its pointer, in document order."""
    waiting: list[tuple[str, Any]] = [("", document)]
    while waiting:
        pointer, value = waiting.pop()
        if isinstance(value, _Flaw):
            yield BadJson(pointer if value.key is None else _below(pointer, value.key), value.reason)
        elif isinstance(value, str):
            reason = _string_reason(value)
            if reason is not None:
                yield BadJson(pointer, reason)
        elif isinstance(value, dict):
            for key in value:
                reason = _string_reason(key)
                if reason is not None:
                    yield BadJson(pointer, f"A key of this object: {reason}")
            waiting.extend((_below(pointer, key), child) for key, child in reversed(value.items()))
        elif isinstance(value, list):
            waiting.extend((f"{pointer}/{index}", child) for index, child in reversed(list(enumerate(value))))


def _below(pointer: str, key: str) -> str:
    """Add a key to a pointer, escaped, without what a response could not carry, and no longer than is readable."""
    safe = _UNSTORABLE.sub("\ufffd", key[:_KEY_SHOWN_CHARS])
    return f"{pointer}/{safe.replace('~', '~0').replace('/', '~1')}"
