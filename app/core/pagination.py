"""Pages by key, never by offset: the cursor holds the sort values of the last row shown."""

import base64
import binascii
import json
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Generic, TypeVar
from uuid import UUID

from sqlalchemy import ColumnElement, Select, and_, or_
from sqlalchemy.orm import InstrumentedAttribute, Session

from app.core.errors import Invalid

T = TypeVar("T")

PAGE_MAX = 200


@dataclass(frozen=True, slots=True)
class Page(Generic[T]):
    """Some rows of a list and the way to the next ones."""

    items: Sequence[T]
    next_cursor: str | None


@dataclass(frozen=True, slots=True)
class SortKey:
    """One column of the order; the last one must be unique. Its values are shown in no page, only in the cursor."""

    column: ColumnElement[Any] | InstrumentedAttribute[Any]
    descending: bool = False


def encode_cursor(values: Sequence[object]) -> str:
    """Write the sort values of a row as URL-safe text."""
    texts = [value.isoformat() if isinstance(value, datetime) else value for value in values]
    texts = [str(value) if isinstance(value, UUID) else value for value in texts]
    return base64.urlsafe_b64encode(json.dumps(texts).encode()).decode().rstrip("=")


def decode_cursor(cursor: str, keys: Sequence[SortKey]) -> list[Any]:
    """Read a cursor back into the types of the columns; Invalid when it is none of ours."""
    try:
        raw = json.loads(base64.urlsafe_b64decode(cursor + "=" * (-len(cursor) % 4)))
        if not isinstance(raw, list) or len(raw) != len(keys):
            raise ValueError("wrong length")
        return [_typed(value, key) for value, key in zip(raw, keys, strict=True)]
    except (ValueError, TypeError, binascii.Error, UnicodeError) as error:
        raise Invalid("This page address is damaged; start from the first page.", pointer="cursor") from error


def _typed(value: object, key: SortKey) -> Any:
    python_type = key.column.type.python_type
    if python_type is datetime:
        return datetime.fromisoformat(str(value))
    if python_type is UUID:
        return UUID(str(value))
    if not isinstance(value, python_type):
        raise TypeError("wrong type")
    return value


def after(cursor: str | None, keys: Sequence[SortKey]) -> list[ColumnElement[bool]]:
    """Build the WHERE of the rows behind the cursor; none for the first page. The columns must not be NULL."""
    if cursor is None:
        return []
    values = decode_cursor(cursor, keys)
    alternatives: list[ColumnElement[bool]] = []
    for place, key in enumerate(keys):
        equal = [keys[i].column == values[i] for i in range(place)]
        beyond = key.column < values[place] if key.descending else key.column > values[place]
        alternatives.append(and_(*equal, beyond))
    return [or_(*alternatives)]


def page_of(
    session: Session,
    query: Select[T],
    keys: Sequence[SortKey],
    key_of: Callable[[T], Sequence[object]],
    *,
    cursor: str | None,
    size: int,
) -> Page[T]:
    """Fetch one closed page (≤ 200 rows) of `query` in the order of `keys`; `key_of` gives a row's sort values."""
    size = max(1, min(size, PAGE_MAX))
    order = [key.column.desc() if key.descending else key.column.asc() for key in keys]
    rows = list(session.scalars(query.where(*after(cursor, keys)).order_by(*order).limit(size + 1)))
    more = len(rows) > size
    rows = rows[:size]
    return Page(rows, encode_cursor(key_of(rows[-1])) if more else None)
