"""What the pages of insights show: figures with the number they rest on, stages, asks, pieces of work."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from math import sqrt
from uuid import UUID

from app.projects.models import Project

Z_95 = 1.959963984540054
"""Quantile of the normal distribution for a two-sided interval of 95 %."""
SMALL_NUMBERS = (
    "No",
    "One",
    "Two",
    "Three",
    "Four",
    "Five",
    "Six",
    "Seven",
    "Eight",
    "Nine",
    "Ten",
    "Eleven",
    "Twelve",
)


def say(count: int, one: str, many: str | None = None) -> str:
    """Say a count as the beginning of a sentence: 1, "piece" → "One piece"; 14, "piece" → "14 pieces"."""
    number = SMALL_NUMBERS[count] if count < len(SMALL_NUMBERS) else f"{count:,}"
    return f"{number} {one if count == 1 else many or one + 's'}"


def span(length: timedelta) -> str:
    """Say an age in its largest unit, rounded down: 84 d, 9 h, 25 min."""
    minutes = max(0, int(length.total_seconds() // 60))
    if minutes >= 2 * 24 * 60:
        return f"{minutes // (24 * 60)} d"
    return f"{minutes // 60} h" if minutes >= 60 else f"{minutes} min"  # noqa: PLR2004 - minutes of an hour


@dataclass(frozen=True, slots=True)
class Share:
    """A proportion with its 95 % interval by Wilson's formula (E. B. Wilson, J. Am. Stat. Assoc. 22, 1927)."""

    hits: int
    n: int

    @property
    def percent(self) -> int:
        """The proportion in percent; 0 when nothing was counted."""
        return round(100 * self.hits / self.n) if self.n else 0

    @property
    def interval(self) -> tuple[int, int]:
        """The bounds in percent; 0 to 100 when nothing was counted."""
        if not self.n:
            return 0, 100
        p, z2 = self.hits / self.n, Z_95 * Z_95
        middle = (p + z2 / (2 * self.n)) / (1 + z2 / self.n)
        half = Z_95 * sqrt(p * (1 - p) / self.n + z2 / (4 * self.n * self.n)) / (1 + z2 / self.n)
        return round(100 * max(0.0, middle - half)), round(100 * min(1.0, middle + half))


@dataclass(frozen=True, slots=True)
class Stage:
    """One station of the way: how many pieces are there, for how long, and one more figure in words."""

    key: str
    name: str
    count: int
    ages: Sequence[int]
    """pieces by age, youngest first, in the steps of `AGE_STEPS`"""
    path: str | None
    note: str
    late: int = 0
    """how many are past the limit; the last `late_from` of the ages are theirs"""
    late_from: int | None = None

    @property
    def bars(self) -> list[tuple[int, float, float, bool]]:
        """The ages as (x, y, height, late) on a grid of 100 by 28, for the picture."""
        top = max(self.ages, default=0) or 1
        bars: list[tuple[int, float, float, bool]] = []
        for place, count in enumerate(self.ages):
            height = max(0.5, round(26 * count / top, 1))
            late = self.late_from is not None and place >= self.late_from and count > 0
            bars.append((10 * place, round(28 - height, 1), height, late))
        return bars


@dataclass(frozen=True, slots=True)
class Ask:
    """Something that wants a person: what is so, why it matters, and the page where it is done."""

    kind: str
    """bad, warn or ink"""
    sentence: str
    more: str
    path: str
    action: str


@dataclass(frozen=True, slots=True)
class PersonRow:
    """What one member did in the last seven days; the share is over all their decided pieces."""

    name: str
    roles: tuple[str, ...]
    pieces: int
    first_time: Share | None
    """None for those who do not annotate"""
    reviews: int
    active_seconds: int


@dataclass(frozen=True, slots=True)
class Deed:
    """One event of the log in words."""

    who: str
    did: str
    at: datetime


@dataclass(frozen=True, slots=True)
class Figure:
    """One row of the download: a number and what it rests on."""

    name: str
    value: float | int | str
    n: int
    low: float | None = None
    high: float | None = None
    unit: str = ""


@dataclass(frozen=True, slots=True)
class ProjectRow:
    """A project in the list, with what it holds for the viewer."""

    project: Project
    roles: tuple[str, ...]
    open_tasks: int
    waiting_reviews: int
    own_drafts: int
    own_returned: int


@dataclass(frozen=True, slots=True)
class Piece:
    """One piece of the viewer's own work."""

    submission_id: UUID
    number: int
    title: str
    project_name: str
    project_slug: str
    state: str
    revision_n: int
    updated_at: datetime
    submitted_at: datetime | None
    lease_until: datetime | None
    is_skipped: bool
    """put aside for good; what was written is only read"""
    steps: int = 0
    words: int = 0
    issues: Sequence[tuple[str, int]] = ()
    """(severity, how many), the heaviest first"""
    quote: str = ""
    """the reviewer's first sentence"""


@dataclass(frozen=True, slots=True)
class Field:
    """Open work in one field of a project."""

    name: str
    domain: str | None
    tasks: int
    levels: Sequence[int]
    """tasks by difficulty 1 to 5; tasks without one are in none"""

    @property
    def bars(self) -> list[tuple[int, float, float]]:
        """The levels as (x, y, height) on a grid of 50 by 28."""
        top = max(self.levels, default=0) or 1
        heights = [max(0.5, round(26 * count / top, 1)) for count in self.levels]
        return [(10 * place, round(28 - height, 1), height) for place, height in enumerate(heights)]

    @property
    def levels_in_words(self) -> str:
        """The levels for those who do not see the picture."""
        said = [f"level {level}: {count}" for level, count in enumerate(self.levels, 1) if count]
        return ", ".join(said) or "no level given"


@dataclass(frozen=True, slots=True)
class Offer:
    """What one project offers the viewer now: fields with open work, or the reason why there is none."""

    project: Project
    fields: Sequence[Field]
    reason: str | None
    reason_path: str | None = None
    reason_action: str = ""

    @property
    def tasks(self) -> int:
        """How many tasks are open to the viewer."""
        return sum(one.tasks for one in self.fields)


@dataclass(frozen=True, slots=True)
class Hours:
    """Active seconds of this month, by kind."""

    writing: int = 0
    revising: int = 0
    judging: int = 0
    on_paper: int = 0

    @property
    def together(self) -> int:
        """All of them."""
        return self.writing + self.revising + self.judging


@dataclass(frozen=True, slots=True)
class History:
    """What became of the viewer's work so far."""

    counts: dict[str, int] = field(default_factory=dict)
    first_time: Share = Share(0, 0)
    reasons: Sequence[tuple[str, int]] = ()
    last_three: Sequence[Piece] = ()
