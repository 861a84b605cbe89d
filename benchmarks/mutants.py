"""Small wrongs in programs: another operator, off by one, swapped branches, a lost result."""

import ast
import random
from collections.abc import Iterator

_SWAPPED: dict[type[ast.AST], type[ast.AST]] = {
    ast.Add: ast.Sub,
    ast.Sub: ast.Add,
    ast.Mult: ast.Add,
    ast.Div: ast.Mult,
    ast.FloorDiv: ast.Mult,
    ast.Mod: ast.FloorDiv,
    ast.Lt: ast.LtE,
    ast.LtE: ast.Lt,
    ast.Gt: ast.GtE,
    ast.GtE: ast.Gt,
    ast.Eq: ast.NotEq,
    ast.NotEq: ast.Eq,
    ast.In: ast.NotIn,
    ast.NotIn: ast.In,
    ast.And: ast.Or,
    ast.Or: ast.And,
}


def mutants(source: str, seed: str, count: int, first_line: int = 1) -> list[tuple[str, str]]:
    """Make up to `count` wrong versions of a program, each with what was changed; the same for the same seed.

    What stands before `first_line` is left alone.
    """
    found = list(_all(source, first_line))
    return random.Random(seed).sample(found, min(count, len(found)))


def _all(source: str, first_line: int) -> Iterator[tuple[str, str]]:
    """Change each place in each way, one at a time."""
    for number in range(sum(1 for _ in _places(ast.parse(source), first_line))):
        for way in range(2):
            tree = ast.parse(source)
            node = list(_places(tree, first_line))[number]
            changed = _change(node, way)
            if changed:
                yield f"line {getattr(node, 'lineno', 0)}: {changed}", ast.unparse(tree)


def _places(tree: ast.AST, first_line: int) -> Iterator[ast.AST]:
    """Give what can be changed, inside functions only and not their texts."""
    for function in ast.walk(tree):
        if isinstance(function, ast.FunctionDef) and function.lineno >= first_line:
            for statement in function.body:
                yield from (node for node in ast.walk(statement) if _change(node, 0, is_tried=True))


def _change(node: ast.AST, way: int, *, is_tried: bool = False) -> str:
    """Change a node in place and say how; empty when there is nothing to change in this way."""
    found: tuple[str, str, object]
    match node:
        case ast.Constant(value=int(value)) if not isinstance(value, bool):
            found = "off by one", "value", value + (1 if way == 0 else -1)
        case ast.BinOp(op=op) | ast.BoolOp(op=op) | ast.AugAssign(op=op) if way == 0 and type(op) in _SWAPPED:
            found = "another operator", "op", _SWAPPED[type(op)]()
        case ast.Compare(ops=[op]) if way == 0 and type(op) in _SWAPPED:
            found = "another comparison", "ops", [_SWAPPED[type(op)]()]
        case ast.If(test=test) | ast.IfExp(test=test) | ast.While(test=test) if way == 0:
            found = "swapped branches", "test", ast.UnaryOp(ast.Not(), test)
        case ast.Return(value=ast.expr()) if way == 0:
            found = "lost result", "value", ast.Constant(None)
        case _:
            return ""
    words, name, new = found
    if not is_tried:
        setattr(node, name, new)
        ast.fix_missing_locations(node)
    return words
