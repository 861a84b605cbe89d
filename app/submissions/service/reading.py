"""Stored documents as pages read them: steps with the numbers people say, instead of ids."""

from dataclasses import dataclass
from typing import Any
from uuid import UUID

from app.submissions.schemas import Content
from app.submissions.states import StepStatus, StepType


@dataclass(frozen=True, slots=True)
class StepView:
    """One step with its number; `refs` and `to` are numbers of other steps."""

    n: int
    id: str
    type: StepType
    status: StepStatus
    body: str
    refs: list[int]
    to: int | None
    runs: list[UUID]
    """ids of the program runs that it cites"""


def read_content(text: str | None) -> Content:
    """Parse a stored document; None (nothing saved yet) is an empty one."""
    return Content() if text is None else Content.model_validate_json(text)


def number_steps(content: Content) -> list[StepView]:
    """Give the steps the numbers 1, 2, 3 …; references to steps that are gone are left out."""
    numbers = {step.id: n for n, step in enumerate(content.steps, start=1)}
    return [
        StepView(
            n=n,
            id=step.id,
            type=step.type,
            status=step.status,
            body=step.body,
            refs=[numbers[ref] for ref in step.refs if ref in numbers],
            to=numbers.get(step.to) if step.to is not None else None,
            runs=step.runs,
        )
        for n, step in enumerate(content.steps, start=1)
    ]


def without_effort(content: Content) -> dict[str, Any]:
    """Write a document for somebody who judges blindly: without confidence and without the time of each step."""
    document = content.model_dump(mode="json", exclude={"confidence": True, "steps": {"__all__": {"seconds"}}})
    return document | {"confidence": None}
