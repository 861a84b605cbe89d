"""Reading the demo's content from its files: the frame, the tasks, steps and labels in their short notation."""

import re
import tomllib
from collections.abc import Iterator
from importlib.resources import files
from importlib.resources.abc import Traversable
from typing import Any

from app.demo.pieces import Frame, Sitting, TaskFile
from app.reviews.schemas import LabelIn
from app.submissions.schemas import Content, Program, Step
from app.submissions.states import StepStatus, StepType

_HEAD = re.compile(
    r"^## (?P<id>[\w-]+) (?P<type>[a-z_]+)"
    r"(?: after (?P<after>[\w-]+))?(?: -> (?P<to>[\w-]+))?(?: < (?P<refs>[\w -]+))?$",
    re.MULTILINE,
)
_LABEL = re.compile(r"(?P<step>[\w-]+) (?P<value>[a-z]+)(?: (?P<error>[a-z_]+))?(?:: (?P<note>.+))?")


def _content() -> Traversable:
    return files("app.demo") / "content"


def read_frame() -> Frame:
    """Read who is here, the projects and the datasets."""
    return Frame.model_validate(tomllib.loads((_content() / "frame.toml").read_text(encoding="utf-8")))


def read_tasks(project_slug: str) -> list[TaskFile]:
    """Read the tasks of a project in the order of their file names, which is that of their numbers."""
    found = sorted((_content() / project_slug).iterdir(), key=lambda file: file.name)
    return [TaskFile.model_validate(tomllib.loads(file.read_text(encoding="utf-8"))) for file in found]


def read_steps(text: str) -> Iterator[tuple[Step, str | None]]:
    """Read steps: `## id type [after id] [-> id] [< ids it rests on]`, then the text; with each, where it is put in."""
    heads = list(_HEAD.finditer(text))
    ends = [*(head.start() for head in heads), len(text)][1:]
    for head, end in zip(heads, ends, strict=True):
        body = text[head.end() : end]
        kind = StepType(head["type"])
        step = Step(
            id=head["id"],
            type=kind,
            body=body.strip(),
            status=StepStatus.ABANDONED if kind is StepType.DEAD_END else StepStatus.LIVE,
            refs=(head["refs"] or "").split(),
            to=head["to"],
        )
        yield step, head["after"]


def revise(steps: list[Step], text: str) -> list[Step]:
    """Put steps into others: those that are there are replaced, new ones come after the one they name, or last."""
    revised = list(steps)
    for step, after in read_steps(text):
        places = {one.id: n for n, one in enumerate(revised)}
        if step.id in places:
            revised[places[step.id]] = step
        else:
            revised.insert(places[after] + 1 if after else len(revised), step)
    return revised


def read_labels(text: str) -> dict[str, LabelIn]:
    """Read labels of steps: `id value [error type][: note]`, one a line."""
    labels: dict[str, LabelIn] = {}
    for line in text.strip().splitlines():
        found = _LABEL.fullmatch(line.strip())
        if found is None:
            raise ValueError(f"{line} is no label of the demo.")
        facts = {"value": found["value"], "error_type": found["error"], "note": found["note"] or ""}
        labels[found["step"]] = LabelIn.model_validate(facts)
    return labels


def continue_with(content: Content, sitting: Sitting) -> Content:
    """Work out the document at the end of a sitting that began with `content`."""
    steps = revise(content.steps, sitting.steps)
    longest = sum(len(step.body) for step in steps) or 1
    worked = sitting.minutes * 60
    timed = [step.model_copy(update={"seconds": step.seconds or worked * len(step.body) // longest}) for step in steps]
    changes: dict[str, Any] = {
        "steps": timed,
        "answer": sitting.answer,
        "confidence": sitting.confidence,
        "what_would_make_this_wrong": sitting.wrong,
        "program": Program(source=sitting.program) if sitting.program is not None else None,
        "tools_used": sitting.tools,
        "note_to_reviewer": sitting.note,
        "waivers": sitting.waivers or None,
    }
    return content.model_copy(update={name: value for name, value in changes.items() if value is not None})
