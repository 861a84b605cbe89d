"""The rows of a rubric in a form: read from numbered fields, added to, moved and removed by submit buttons."""

import re
from typing import Any

from app.projects.schemas import CRITERIA_MAX, Criterion
from app.projects.service.creating import slug_from
from app.web.forms import Posted

FIELDS = ("id", "name", "question", "weight", "max_score")
_FIELD = re.compile(r"criteria\.(\d{1,3})\.(id|name|question|weight|max_score)")
_ACT = re.compile(r"(add|remove|up|down)(?::(\d{1,3}))?")
Row = dict[str, str]


def rows_of(criteria: list[Criterion] | list[Any]) -> list[Row]:
    """Turn stored criteria into rows of the form."""
    plain = [one.model_dump() if isinstance(one, Criterion) else one for one in criteria]
    return [{field: str(one[field]) for field in FIELDS} for one in plain]


def posted_rows(posted: Posted) -> list[Row]:
    """Collect the rows from fields named ``criteria.0.name`` …, in the order of their numbers."""
    rows: dict[int, Row] = {}
    for name in posted.fields:
        match = _FIELD.fullmatch(name)
        if match:
            rows.setdefault(int(match[1]), dict.fromkeys(FIELDS, ""))[match[2]] = posted[name]
    return [rows[number] for number in sorted(rows)]


def is_act(act: str) -> bool:
    """Tell whether a submit button asked to change the rows rather than to save."""
    return _ACT.fullmatch(act) is not None


def after_act(rows: list[Row], act: str) -> list[Row]:
    """Return the rows after ``add``, ``remove:2``, ``up:2`` or ``down:2``; out of range changes nothing."""
    match = _ACT.fullmatch(act)
    if match is None:
        return rows
    rows = list(rows)
    if match[1] == "add":
        fresh = {"id": "", "name": "", "question": "", "weight": "1", "max_score": "3"}
        return [*rows, fresh] if len(rows) < CRITERIA_MAX else rows
    place = int(match[2] or -1)
    if not 0 <= place < len(rows):
        return rows
    row = rows.pop(place)
    if match[1] == "up":
        rows.insert(max(0, place - 1), row)
    elif match[1] == "down":
        rows.insert(place + 1, row)
    return rows


def with_ids(rows: list[Row]) -> list[Row]:
    """Give new rows an id made from their name; ids that are there already stay for life."""
    taken = {row["id"] for row in rows if row["id"]}
    result: list[Row] = []
    for row in rows:
        one = dict(row)
        if not one["id"]:
            base = slug_from(one["name"])[:32] if one["name"].strip() else "criterion"
            one["id"] = next(name for name in (base, *(f"{base}-{n}" for n in range(2, 99))) if name not in taken)
            taken.add(one["id"])
        result.append(one)
    return result
