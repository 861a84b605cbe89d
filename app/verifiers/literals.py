"""Values in a specification: JSON, and Python literals for what JSON has not."""

import ast
from collections.abc import Callable
from typing import Any

LITERAL_MAX_CHARS = 20_000
DEPTH_MAX = 60
_MAKERS: dict[str, Callable[..., Any]] = {
    "set": set,
    "frozenset": frozenset,
    "tuple": tuple,
    "bytes": bytes,
    "range": lambda *bounds: list(range(*bounds)),
}
_NAMES = {"nan": float("nan"), "inf": float("inf")}
_RANGE_MAX = 1_000_000


class NotALiteral(ValueError):
    """This text is no Python literal; the message says why."""


def read_literal(value: Any, depth: int = 0) -> Any:
    """Turn a value of a specification into the value that is meant.

    JSON stands for itself; {"python": "{(1, 2), (3, 4)}"} for the value of that literal, at any depth. Besides what
    `ast.literal_eval` reads, sets of nothing, frozenset(…), nan and inf are known. Raises NotALiteral.
    """
    if depth > DEPTH_MAX:
        raise NotALiteral("it is nested too deeply")
    if isinstance(value, list):
        return [read_literal(one, depth + 1) for one in value]
    if not isinstance(value, dict):
        return value
    if set(value) == {"python"} and isinstance(value["python"], str):
        return parse_literal(value["python"])
    return {key: read_literal(one, depth + 1) for key, one in value.items()}


def is_plain_json(value: Any) -> bool:
    """Tell whether a value of a specification uses no Python literal: then a list stands for a tuple as well."""
    if isinstance(value, list):
        return all(map(is_plain_json, value))
    if isinstance(value, dict):
        return not (set(value) == {"python"} and isinstance(value["python"], str)) and all(
            map(is_plain_json, value.values())
        )
    return True


def parse_literal(text: str) -> Any:
    """Read one Python literal; raises NotALiteral."""
    if len(text) > LITERAL_MAX_CHARS:
        raise NotALiteral(f"it is longer than {LITERAL_MAX_CHARS:,} characters")
    try:
        return _value(ast.parse(text.strip(), mode="eval").body, 0)
    except (SyntaxError, RecursionError, MemoryError) as error:
        raise NotALiteral("it is no Python literal") from error
    except (TypeError, ValueError, OverflowError) as error:
        if isinstance(error, NotALiteral):
            raise
        raise NotALiteral(f"it has no value ({error})") from error


def _value(node: ast.expr, depth: int) -> Any:
    if depth > DEPTH_MAX:
        raise NotALiteral("it is nested too deeply")
    match node:
        case ast.Constant(value=value) if value is not Ellipsis:
            return value
        case ast.Name(id=name) if name in _NAMES:
            return _NAMES[name]
        case ast.List(elts=parts) | ast.Tuple(elts=parts) | ast.Set(elts=parts):
            found = [_value(part, depth + 1) for part in parts]
            return found if isinstance(node, ast.List) else tuple(found) if isinstance(node, ast.Tuple) else set(found)
        case ast.Dict(keys=keys, values=values) if None not in keys:
            pairs = zip(keys, values, strict=True)
            return {_value(key, depth + 1): _value(value, depth + 1) for key, value in pairs if key is not None}
        case ast.UnaryOp() | ast.BinOp():
            return _number(node, depth)
        case ast.Call(func=ast.Name(id=name), args=args, keywords=[]):
            return _made(name, [_value(arg, depth + 1) for arg in args])
    raise NotALiteral("it holds something that is no literal")


def _number(node: ast.UnaryOp | ast.BinOp, depth: int) -> Any:
    """Read a sign, and the sum that a complex number is written as."""
    if isinstance(node, ast.UnaryOp):
        value = _value(node.operand, depth + 1)
        if isinstance(node.op, ast.UAdd | ast.USub) and _is_number(value):
            return -value if isinstance(node.op, ast.USub) else value
    elif isinstance(node.op, ast.Add | ast.Sub):
        left, right = _value(node.left, depth + 1), _value(node.right, depth + 1)
        if _is_number(left) and isinstance(right, complex):
            return left - right if isinstance(node.op, ast.Sub) else left + right
    raise NotALiteral("it holds a computation")


def _is_number(value: Any) -> bool:
    return isinstance(value, int | float | complex) and not isinstance(value, bool)


def _made(name: str, args: list[Any]) -> Any:
    if name == "float" and len(args) == 1 and isinstance(args[0], str):
        return float(args[0])
    if name not in _MAKERS or (name == "bytes" and not all(isinstance(arg, list | bytes) for arg in args)):
        raise NotALiteral(f"“{name}(…)” is no literal")
    if name == "range" and any(not isinstance(arg, int) or abs(arg) > _RANGE_MAX for arg in args):
        raise NotALiteral("its range is too long")
    return _MAKERS[name](*args)
