"""Values on their way between two sandboxes: JSON, with tags for what JSON has not.

Runs inside too, so it imports nothing of ours. What is decoded comes from a stranger: any text gives a value made of
builtin types, or BadMessage.
"""

import json
import math
from collections.abc import Callable, Iterator
from typing import Any

DEPTH_MAX = 150
SAFE_INTEGER = 1 << 53
"""Larger ones are written as text: JavaScript would round them, and Python refuses to read very long ones."""
SHOWN_MAX_CHARS = 500
_ATOMS = frozenset({type(None), bool, str})
_LISTED = frozenset({"deque", "dict_keys", "dict_values", "dict_items"})
Keep = Callable[[Any], dict[str, Any]]
"""Says how a value that is no literal is written: as a number under which it is kept, or by an Unsendable."""
Restore = Callable[[dict[str, Any]], Any]


class BadMessage(ValueError):
    """This is not what `encode` writes."""


class Unsendable(ValueError):
    """This value cannot be written down; the message says why."""


def refuse(value: Any) -> dict[str, Any]:
    """Keep nothing: only literals are written."""
    raise Unsendable(f"an object of the class {type(value).__name__} is no plain value")


def encode(value: Any, keep: Keep = refuse, depth: int = 0) -> Any:
    """Write a value as what `json.dumps` can write; iterators are used up and become lists."""
    kind = type(value)
    if kind in _ATOMS or (kind is list and _is_flat(value)):
        return value
    if isinstance(value, int | float | complex | str | bytes | bytearray):
        return _encode_atom(value)
    if depth > DEPTH_MAX:
        raise Unsendable("it is nested too deeply")
    if isinstance(value, list | tuple | set | frozenset | dict):
        return _encode_collection(value, keep, depth)
    if isinstance(value, Iterator | range) or kind.__name__ in _LISTED:
        return [encode(one, keep, depth + 1) for one in value]
    if kind.__module__ in {"fractions", "decimal"} and kind.__name__ in {"Fraction", "Decimal"}:
        return {kind.__name__: str(value)}
    return keep(value)


def _is_flat(values: list[Any]) -> bool:
    """Tell whether a list can be written as it is; quick, since long lists mostly can."""
    kinds = set(map(type, values))
    if kinds <= _ATOMS:
        return True
    if kinds == {int}:
        return bool(min(values) > -SAFE_INTEGER and max(values) < SAFE_INTEGER)
    return kinds == {float} and all(map(math.isfinite, values))


def _encode_atom(value: complex | str | bytes | bytearray) -> Any:
    """Write a builtin value or one of a subclass, asked through the builtin type so that nothing is overridden."""
    if isinstance(value, str):
        return str.__str__(value)
    if isinstance(value, bytes | bytearray):
        return {"bytes": bytes(value).hex()}
    if isinstance(value, int):
        plain = int.__int__(value)
        return plain if abs(plain) < SAFE_INTEGER else {"int": hex(plain)}
    if isinstance(value, float):
        number = float.__float__(value)
        return number if math.isfinite(number) else {"float": repr(number)}
    return {"complex": [_encode_atom(value.real), _encode_atom(value.imag)]}


def _encode_collection(value: Any, keep: Keep, depth: int) -> Any:
    if isinstance(value, dict):
        pairs = dict.items(value)
        return {"dict": [[encode(key, keep, depth + 1), encode(one, keep, depth + 1)] for key, one in pairs]}
    kind: Any = next(kind for kind in (list, tuple, set, frozenset) if isinstance(value, kind))
    parts = [encode(one, keep, depth + 1) for one in kind.__iter__(value)]
    return parts if kind is list else {kind.__name__: parts}


def _no_restore(tagged: dict[str, Any]) -> Any:
    raise BadMessage(f"unknown tag {list(tagged)[:1]}")


def decode(value: Any, restore: Restore = _no_restore) -> Any:
    """Build the value that `encode` has written; `restore` is asked for what it does not know."""
    kind = type(value)
    if kind in _ATOMS or kind is int or kind is float:
        return value
    if kind is list:
        return value[:] if _is_flat(value) else [decode(one, restore) for one in value]
    if kind is not dict or not value:
        raise BadMessage("no value")
    tag, content = next(iter(value.items()))
    if len(value) > 1 or tag not in _READERS:
        return restore(value)
    try:
        return _READERS[tag](content, restore)
    except (TypeError, ValueError, ArithmeticError, LookupError, AttributeError) as error:
        raise BadMessage(f"bad {tag}") from error


def _fraction(text: str, restore: Restore) -> Any:  # noqa: ARG001 - every reader's arguments
    from fractions import Fraction  # noqa: PLC0415 - rarely needed, and loading it is half of a start

    numerator, _, denominator = text.partition("/")
    return Fraction(int(numerator), int(denominator or "1"))


def _decimal(text: str, restore: Restore) -> Any:  # noqa: ARG001 - every reader's arguments
    from decimal import Decimal  # noqa: PLC0415 - likewise

    return Decimal(text)


_READERS: dict[str, Callable[[Any, Restore], Any]] = {
    "int": lambda text, _: int(text, 16),
    "float": lambda text, _: {"nan": math.nan, "inf": math.inf, "-inf": -math.inf}[text],
    "complex": lambda parts, restore: complex(*(decode(part, restore) for part in parts)),
    "bytes": lambda text, _: bytes.fromhex(text),
    "tuple": lambda parts, restore: tuple(decode(part, restore) for part in parts),
    "set": lambda parts, restore: {decode(part, restore) for part in parts},
    "frozenset": lambda parts, restore: frozenset(decode(part, restore) for part in parts),
    "dict": lambda pairs, restore: {decode(key, restore): decode(one, restore) for key, one in pairs},
    "Fraction": _fraction,
    "Decimal": _decimal,
}


def write(message: Any) -> bytes:
    """Write one message as a line."""
    return json.dumps(message, separators=(",", ":")).encode() + b"\n"


def read(line: bytes) -> dict[str, Any]:
    """Read one message; BadMessage where it is none."""
    try:
        message = json.loads(line)
    except (ValueError, RecursionError) as error:
        raise BadMessage("no JSON") from error
    if not isinstance(message, dict):
        raise BadMessage("no message")
    return message


def show(value: Any, limit: int = SHOWN_MAX_CHARS) -> str:
    """Write a value of builtin types for people."""
    try:
        text = repr(value)
    except (ValueError, RecursionError):
        return f"(a value of the type {type(value).__name__} that is too large to be shown)"
    return text if len(text) <= limit else f"{text[:limit]}…"
