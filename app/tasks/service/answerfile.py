"""Checking the answers of a file of tasks before it is imported: for the command line; the database is not asked."""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, BinaryIO

from app.tasks.adapters import ADAPTERS, guess_adapter
from app.tasks.adapters.fields import guess_mapping
from app.tasks.reading.child import read_frames, read_preview
from app.tasks.reading.rows import COLUMNS, IMPORTABLE
from app.tasks.service.answers import Found, can_be_checked, look
from app.tasks.service.importing import layout_of
from app.tasks.service.opening import with_proposals

if TYPE_CHECKING:
    from app.sandbox.sandbox import Sandbox
    from app.verifiers.checker import Checker

_SPEC, _EXTERNAL_ID = COLUMNS.index("answer_spec"), COLUMNS.index("external_id")


@dataclass(frozen=True, slots=True)
class Checked:
    """What a machine makes of the answer in one line of a file."""

    line: int
    external_id: str | None
    kind: str
    found: Found | None
    """None: only people can judge this kind of answer"""
    problem: str = ""
    """why the row is no task"""


def check_file(
    path: Path,
    *,
    adapter: str | None,
    mapping: Mapping[str, str],
    defaults: Mapping[str, Any],
    checker: "Checker",
    sandbox: Callable[[], "Sandbox"],
) -> Iterator[Checked]:
    """Read a file as an import would, and hold each answer against its own reference and wrong answers.

    Where fewer than five wrong answers are listed, proposed ones stand in. Raises Refused for a file that cannot be
    read, Invalid for a name that says no layout.
    """
    layout = layout_of(path.name)
    with path.open("rb") as file:
        plan = _plan(file, layout, adapter, mapping, defaults)
        file.seek(0)
        for frame in read_frames(file, plan):
            for line, name, reason in frame.get("problems", []):
                yield Checked(line, None, "", None, f"{name} {reason}")
            for line, row in frame.get("rows", []):
                spec = row[_SPEC]
                found = None
                if can_be_checked(spec):
                    found = look(with_proposals(spec), checker=checker, sandbox=sandbox)
                yield Checked(line, row[_EXTERNAL_ID], str(spec.get("kind", "none")), found)


def _plan(
    file: BinaryIO, layout: str, adapter: str | None, mapping: Mapping[str, str], defaults: Mapping[str, Any]
) -> dict[str, Any]:
    columns, preview = read_preview(file, layout)
    chosen = ADAPTERS[adapter] if adapter else guess_adapter(columns, preview[0] if preview else None)
    guessed = guess_mapping(columns, IMPORTABLE) if chosen.name == "fields" else {}
    # Where a task comes from says nothing of its answer.
    given = {"source": "not said", "licence": "not said", **defaults}
    return {
        "layout": layout,
        "only_preview": False,
        "adapter": chosen.name,
        "mapping": {**guessed, **mapping},
        "defaults": given,
        "labels": {},
    }
