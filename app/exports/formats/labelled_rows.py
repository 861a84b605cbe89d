"""What layouts for KTO have in common: work with what was decided about it, shuffled, never all of one label."""

import json
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from typing import Any, ClassVar

from pydantic import Field

from app.datasets.queries.records import Record
from app.exports.formats.base import Choice, Format, Options, Row
from app.exports.formats.columns import FILLED, JSON_TEXT, TRUTH, Column
from app.exports.formats.judged import Fate, Version, versions_of
from app.exports.formats.texts import metadata_of
from app.exports.formats.thinking import Trace

LABEL = Column("true where it was approved, false where it was rejected or sent back", TRUTH)
VERSION_ID = Column("the submission and its revision", FILLED)
VERSION_METADATA = Column("JSON text: task, author's pseudonym, tier, labels, licence, decision", JSON_TEXT)


class Undesired(Choice):
    """Which work gets the label false."""

    ALL = "all", "rejected work and returned versions"
    REJECTED = "rejected", "rejected work only"


class LabelledOptions(Options):
    """Options of labelled work, whatever its layout."""

    undesired: Undesired = Field(
        default=Undesired.ALL, title="Labelled false", description="Approved work is labelled true."
    )
    system: str = Field(
        default="", max_length=4000, title="System message", description="Stands before every row; empty for none."
    )


class LabelledTextOptions(LabelledOptions):
    """Options of labelled work in which a reply is one text."""

    reasoning: Trace = Field(
        default=Trace.THINK_TAGS,
        title="How the reasoning stands",
        description="Between <think> tags before the answer, or as plain text.",
    )


class LabelledRows(Format):
    """Each version with `label`; shuffled, since trainers pair each prompt with the row before."""

    is_by_task: ClassVar[bool] = True
    is_shuffled: ClassVar[bool] = True

    def rows_of_task(self, records: Sequence[Record], options: Any) -> tuple[Iterable[tuple[str, Row]], dict[int, str]]:
        """Give one row per labelled version; no text twice, and none that was judged both ways."""
        versions, reasons = versions_of(records, options.render)
        labelled = [(version, label) for version in versions if (label := _label_of(version, options)) is not None]
        labels: defaultdict[tuple[str, str], set[bool]] = defaultdict(set)
        for version, label in labelled:
            labels[version.prompt, version.key].add(label)
        taken: dict[tuple[str, str], int] = {}
        rows = []
        for version, label in labelled:
            text = version.prompt, version.key
            if len(labels[text]) > 1:
                reasons.setdefault(version.at, "the same text was judged both ways")
            elif text in taken:
                reasons.setdefault(version.at, "another row has the same text")
            else:
                taken[text] = version.at
                rows.append((self.main_path, {**self.work_of(version, options), "label": label, **_origin_of(version)}))
        shares = set(taken.values())
        default = "nothing with a label"
        return rows, {at: reasons.get(at, default) for at in range(len(records)) if at not in shares}

    def work_of(self, version: Version, options: Any) -> Row:
        """Write the prompt and the work as the layout has them."""
        raise TypeError(f"{type(self).__name__} is no complete format: {version.name} {options}")

    def notes(self, options: Any) -> list[str]:
        """Say what the labels are, what the order is, and what would give more."""
        false = "rejected" if options.undesired is Undesired.REJECTED else "rejected or sent back"
        return [
            "steps are joined by one empty line; runs of programs that steps cite are left out",
            f"label: true for approved work, false for work that was {false}; no text has both labels",
            "rows are shuffled, the same way each time; keep their order, or shuffle anew: neighbours are compared",
            "where one label is rarer, set the trainer's weights (desirable_weight and undesirable_weight in TRL)",
            "rejected work is in it only where the dataset's rule takes rejected work besides approved work",
        ]

    def kind_of(self, line: bytes) -> str:
        """Tell a row's label from its line; a quote inside a text would have a backslash before it."""
        return "true" if b'"label":true' in line else "false"

    def fault_of_all(self, kinds: Mapping[str, int]) -> str | None:
        """Refuse rows that all have one label: nothing can be learnt from them, and trainers do not say so."""
        missing = [kind for kind in ("true", "false") if not kinds.get(kind)]
        if not missing:
            return None
        return (
            f"KTO needs work of both labels, and the split train has no row with the label {' or '.join(missing)}. "
            "Let the dataset's rule take approved and rejected work."
        )


def fault_of_label(row: Row) -> str | None:
    """Refuse labels that are no booleans: trainers take numbers and words for something else without a word."""
    return None if isinstance(row["label"], bool) else "a label is not true or false"


def _label_of(version: Version, options: LabelledOptions) -> bool | None:
    match version.fate:
        case Fate.APPROVED:
            return True
        case Fate.REJECTED:
            return False
        case Fate.RETURNED if options.undesired is Undesired.ALL:
            return False
    return None


def _origin_of(version: Version) -> Row:
    metadata = {**metadata_of(version.record), "decision": str(version.fate)}
    return {"id": version.name, "metadata": json.dumps(metadata, ensure_ascii=False, sort_keys=True)}
