"""What the program says of a draft: mechanical findings with the author's waivers, words and tokens."""

from dataclasses import dataclass

from app.submissions.schemas import Content, FindingOut
from app.tasks.states import Activity


@dataclass(frozen=True, slots=True)
class Brief:
    """What the task and its project ask of the work, as far as a program can check it."""

    activity: Activity
    unit_expected: bool
    language: str | None
    """human language the work should be written in; None: any"""


def check(content: Content, brief: Brief) -> list[FindingOut]:
    """Find mechanical faults, blockers first; the author's reason stands at each that was waived."""
    raise NotImplementedError


def count(content: Content) -> tuple[int, int]:
    """Count the words and the tokens of what a reader reads: steps, answer, assumptions, program."""
    raise NotImplementedError
