"""What one export is, with the numbers that its papers tell."""

import json
from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from importlib.metadata import version
from typing import TYPE_CHECKING, Any

from app.core.storage import StoredFile
from app.datasets.models import Snapshot
from app.exports.formats.base import Format, Options
from app.recipients.models import Recipient
from app.text.agreement import interval, krippendorff_alpha, nominal

if TYPE_CHECKING:
    from app.exports.service.layout import Place

NOT_STATED = "Not stated."
VERSION = version("workings")
_ROOM_PERCENT = 150
"""A suggested length has so much of the 99th percentile, since prompt and chat template come on top."""
_LEAST_LENGTH = 256


@dataclass(frozen=True)
class Issue:
    """One export as its papers see it; `facts` are what `datasets.queries.facts` has counted."""

    snapshot: Snapshot
    facts: Mapping[str, Any]
    format: Format
    options: Options
    rows: Counter[str]
    excluded: Counter[str]
    files: Mapping[str, StoredFile]
    places: Mapping[str, "Place"]
    """config and split of those files that a loader sees, by path in order"""
    samples: Mapping[str, Mapping[str, Any]] = field(default_factory=dict)
    """file of rows → its first row, where it can be read"""
    recipient: Recipient | None = None
    """whom this copy is for; None: this installation itself"""
    is_marked: bool = False
    """carries the fingerprint of its recipient"""

    @property
    def title(self) -> str:
        """What the data set is called."""
        return f"{self.snapshot.dataset.name}, snapshot {self.snapshot.n}"

    @property
    def version(self) -> str:
        """The number of the snapshot as a semantic version: other data, another major number."""
        return f"{self.snapshot.n}.0.0"

    @property
    def purpose(self) -> str:
        """What it is for, in the words of its managers, or what it is."""
        return (
            self.snapshot.dataset.purpose or "Reasoning of human experts, step by step, with the answer they reached."
        )

    @property
    def cut_at(self) -> datetime:
        """When its members were fixed."""
        return self.snapshot.cut_at

    @property
    def total(self) -> int:
        """How many rows loaders see."""
        return sum(self.rows[path] for path in self.places)

    @property
    def languages(self) -> list[str]:
        """Codes of the languages that tasks name."""
        return sorted(code for code in self.facts["language"] if code)

    @property
    def step_alpha(self) -> float | None:
        """Agreement on the labels of steps: bad -1, neutral 0, good 1; who was unsure is left out."""
        units = ((_labels((1, 0, -1), counts), times) for *counts, times in self.facts["step_labels"]["agreement"])
        return krippendorff_alpha(units, interval)

    @property
    def verdict_alpha(self) -> float | None:
        """Agreement on verdicts of the same revision: for it or against it."""
        units = ((_labels((1, 0), counts), times) for *counts, times in self.facts["reviews"]["agreement"])
        return krippendorff_alpha(units, nominal)

    @property
    def judged_twice(self) -> tuple[int, int]:
        """How many steps, and how many revisions, have labels or verdicts of two people or more."""
        steps, verdicts = self.facts["step_labels"]["agreement"], self.facts["reviews"]["agreement"]
        return sum(unit[-1] for unit in steps), sum(unit[-1] for unit in verdicts)

    @property
    def suggested_length(self) -> int:
        """The least power of two with room for 99 of 100 items and half as much again."""
        needed, length = self.facts["lengths"].get("p99", 0) * _ROOM_PERCENT, _LEAST_LENGTH
        while length * 100 < needed:
            length *= 2
        return length

    @property
    def model_tokens(self) -> int:
        """Tokens of reasoning on tasks that a model wrote, alone or with a person."""
        return sum(count for origin, count in self.facts["origin_tokens"].items() if origin != "human")

    @property
    def effective_authors(self) -> float:
        """N_eff = 1 / Σ p_a², where p_a is an author's share of the tokens."""
        squared = self.facts["people"]["author_tokens_squared"]
        return self.snapshot.tokens**2 / squared if squared else 0.0


def _labels(values: tuple[int, ...], counts: list[int]) -> dict[int, int]:
    return {value: count for value, count in zip(values, counts, strict=True) if count}


def json_text(value: Any) -> str:
    """Write a paper in JSON."""
    return json.dumps(value, ensure_ascii=False, indent=2, sort_keys=True) + "\n"


def bullets(lines: Iterable[str]) -> str:
    """Write a list in Markdown."""
    return "\n".join(f"- {line}" for line in lines)


def counted(counts: Mapping[str, int], *, nameless: str = "not stated") -> str:
    """Say how many there are of each: the most frequent first."""
    most = sorted(counts.items(), key=lambda pair: (-pair[1], pair[0]))
    return ", ".join(f"{(name or nameless).replace('_', ' ')} {count:,}" for name, count in most) or "none"


def share(part: float, whole: float) -> str:
    """Say what part of a whole something is."""
    return f"{100 * part / whole:.1f} %" if whole else "0.0 %"


def two_places(number: float | None) -> str:
    """Write an agreement; where nobody could differ there is none."""
    return "not defined (nobody could differ)" if number is None else f"{number:.2f}"
