"""Columns of rows: what each means, and what it holds as a JSON Schema; pages, cards and schemas are made of them."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

Shape = Mapping[str, Any]
"""A JSON Schema (2020-12) of a value."""
DIALECT = "https://json-schema.org/draft/2020-12/schema"

TEXT: Shape = {"type": "string"}
FILLED: Shape = {"type": "string", "pattern": r"\S"}
WHOLE: Shape = {"type": "integer"}
COUNT: Shape = {"type": "integer", "minimum": 0}
NUMBER: Shape = {"type": "number"}
SHARE: Shape = {"type": "number", "minimum": 0, "maximum": 1}
TRUTH: Shape = {"type": "boolean"}
JSON_TEXT: Shape = {"type": "string", "contentMediaType": "application/json"}
ANYTHING: Shape = {"type": "object"}


@dataclass(frozen=True, slots=True)
class Column:
    """A column of rows."""

    meaning: str
    shape: Shape
    is_optional: bool = False
    """left out of every row where the options do not ask for it"""


Columns = Mapping[str, Column]


def list_of(shape: Shape, *, least: int = 0) -> Shape:
    """Describe a list."""
    return {"type": "array", "items": shape, **({"minItems": least} if least else {})}


def struct(required: Mapping[str, Shape], optional: Mapping[str, Shape] | None = None) -> Shape:
    """Describe an object that has just these keys."""
    return {
        "type": "object",
        "properties": {**required, **(optional or {})},
        "required": list(required),
        "additionalProperties": False,
    }


def words(*values: str) -> Shape:
    """Describe a text that is one of a few words."""
    return {"enum": list(values)}


def either(*shapes: Shape) -> Shape:
    """Describe a value of one of several kinds."""
    return {"anyOf": list(shapes)}


def or_null(shape: Shape) -> Shape:
    """Describe a value that may be missing."""
    return either(shape, {"type": "null"})


ID = Column("the submission", FILLED)
TASK_ID = Column("the task", FILLED)
METADATA = Column("JSON text: task, author's pseudonym, tier, labels, licence", JSON_TEXT)
ALSO = Column("JSON text: list of other right answers", JSON_TEXT)
COMPARED: Columns = {
    "kind": Column("kind of answer: integer, rational, real, quantity, expression, set, choice, text …", FILLED),
    "absolute": Column("absolute tolerance, 0 for none", NUMBER),
    "relative": Column("relative tolerance, 0 for none", NUMBER),
}
"""How an answer is compared with the gold, in every layout that says so."""

_ASKING = struct({"role": words("system", "user"), "content": FILLED})
_RESULT = struct({"role": words("tool"), "tool_call_id": FILLED, "content": TEXT}, {"name": FILLED})


def _call(arguments: Shape) -> Shape:
    called = struct({"name": FILLED, "arguments": arguments})
    return struct({"id": FILLED, "type": words("function"), "function": called})


def _speaking(required: Mapping[str, Shape], optional: Mapping[str, Shape], arguments: Shape) -> Shape:
    calls = {"tool_calls": list_of(_call(arguments), least=1)}
    return struct({"role": words("assistant"), **required}, {**optional, **calls})


REPLY = struct({"role": words("assistant"), "content": FILLED}, {"reasoning_content": FILLED})
ASKED = list_of(_ASKING, least=1)
REPLIES = {**list_of(REPLY, least=1), "maxItems": 1}
_SPEAKING = _speaking({"content": TEXT}, {"reasoning_content": FILLED}, ANYTHING)
TURNS = list_of(either(_SPEAKING, _RESULT), least=1)
MESSAGES = list_of(either(_ASKING, _SPEAKING, _RESULT), least=2)
CHAT = list_of(either(_ASKING, _speaking({}, {"content": FILLED}, JSON_TEXT), _RESULT), least=2)
"""messages as OpenAI has them: no field for reasoning, arguments of calls as text"""
CALLED_TOOLS = Column("with tool_calls: the tools that are called", list_of(ANYTHING, least=1), is_optional=True)
SYSTEM = Column("the system message, if there is one", FILLED, is_optional=True)

PROVENANCE_COLUMNS: Columns = {
    "row_id": Column("the id of what the row of this number is made from", FILLED),
    "file": Column("the file of that row", FILLED),
}
"""The side-car of a layout that refuses unknown keys; further keys say where the row comes from."""


def schema_of(columns: Columns, *, is_open: bool = False) -> dict[str, Any]:
    """Write the JSON Schema of a row; `is_open`: further keys may stand in it."""
    return {
        "type": "object",
        "properties": {name: {**column.shape, "description": column.meaning} for name, column in columns.items()},
        "required": [name for name, column in columns.items() if not column.is_optional],
        **({} if is_open else {"additionalProperties": False}),
    }


def fault_of_keys(row: Mapping[str, Any], columns: Columns) -> str | None:
    """Refuse a row with other columns, or without one that every row has."""
    needed = {name for name, column in columns.items() if not column.is_optional}
    return None if needed <= row.keys() <= columns.keys() else "its columns are not those of this format"


def kind_of(shape: Shape) -> str:
    """Say in a few words what a shape is, for tables that people read."""
    if "anyOf" in shape:
        kinds = [kind_of(one) for one in shape["anyOf"]]
        return " or ".join(dict.fromkeys(kinds))
    if "enum" in shape:
        return " or ".join(f"`{value}`" for value in shape["enum"])
    if "$ref" in shape:
        return "object"
    kind = shape.get("type", "any")
    if kind == "array":
        return f"list of {kind_of(shape.get('items', {}))}"
    return "JSON text" if shape.get("contentMediaType") else str(kind)
