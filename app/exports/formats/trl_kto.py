"""Unpaired preference for Hugging Face TRL: work with what was decided about it, for KTO."""

import json
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from typing import ClassVar

from pydantic import Field

from app.datasets.queries.records import Record
from app.exports.formats.base import Choice, FileOf, Format, Options, Part, Row
from app.exports.formats.judged import Fate, Version, versions_of
from app.exports.formats.messages import asked, fault_of_columns, fault_of_prompt, fault_of_reply, read_as, said
from app.exports.formats.texts import metadata_of
from app.exports.formats.trl_sft import Reasoning

PATH = "kto/train.jsonl"


class Undesired(Choice):
    """Which work gets the label false."""

    ALL = "all", "rejected work and returned versions"
    REJECTED = "rejected", "rejected work only"


class KtoOptions(Options):
    """Options of labelled work."""

    undesired: Undesired = Field(
        default=Undesired.ALL, title="Labelled false", description="Approved work is labelled true."
    )
    reasoning: Reasoning = Field(
        default=Reasoning.FIELD,
        title="Where the reasoning stands",
        description="A field of its own, or <think> tags.",
    )
    system: str = Field(
        default="", max_length=4000, title="System message", description="Stands before every row; empty for none."
    )


class TrlKto(Format):
    """`prompt`, `completion`, `label`; shuffled, since trainers pair each prompt with the row before."""

    name: ClassVar[str] = "trl_kto"
    title: ClassVar[str] = "TRL unpaired preference (KTO)"
    summary: ClassVar[str] = "Approved and not approved work with true and false labels; for KTOTrainer."
    columns: ClassVar[dict[str, str]] = {
        "prompt": "system (optional) and user",
        "completion": "the work: one message of the assistant",
        "label": "true where it was approved, false where it was rejected or sent back",
        "id": "the submission and its revision",
        "metadata": "JSON text: task, author's pseudonym, tier, labels, licence, decision",
    }
    options_model: ClassVar[type[KtoOptions]] = KtoOptions
    files: ClassVar[tuple[FileOf, ...]] = (FileOf(PATH, "kto"),)
    is_by_task: ClassVar[bool] = True
    is_shuffled: ClassVar[bool] = True

    def rows_of_task(
        self, records: Sequence[Record], options: KtoOptions
    ) -> tuple[Iterable[tuple[str, Row]], dict[int, str]]:
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
                rows.append((PATH, _row(version, options, label=label)))
        shares = set(taken.values())
        default = "nothing with a label"
        return rows, {at: reasons.get(at, default) for at in range(len(records)) if at not in shares}

    def read(self, row: Row) -> list[Part]:
        """Read the prompt, then the work with its label."""
        return [*read_as(None, row["prompt"]), *read_as("good" if row["label"] else "bad", row["completion"])]

    def notes(self, options: KtoOptions) -> list[str]:
        """Say what the labels are, what the order is, and what would give more."""
        false = "rejected" if options.undesired is Undesired.REJECTED else "rejected or sent back"
        return [
            "steps are joined by one empty line; runs of programs that steps cite are left out",
            f"label: true for approved work, false for work that was {false}; no text has both labels",
            "rows are shuffled, the same way each time; keep their order, or shuffle anew: neighbours are compared",
            "where one label is rarer, set desirable_weight and undesirable_weight",
            "rejected work is in it only where the dataset's rule takes rejected work besides approved work",
        ]

    def check(self, path: str, row: Row) -> str | None:
        """Refuse labels that are no booleans, and what no trainer notices in messages."""
        del path
        if not isinstance(row["label"], bool):
            return "a label is not true or false"
        return (
            fault_of_columns(row, self.columns) or fault_of_prompt(row["prompt"]) or fault_of_reply(row["completion"])
        )

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


def _label_of(version: Version, options: KtoOptions) -> bool | None:
    match version.fate:
        case Fate.APPROVED:
            return True
        case Fate.REJECTED:
            return False
        case Fate.RETURNED if options.undesired is Undesired.ALL:
            return False
    return None


def _row(version: Version, options: KtoOptions, *, label: bool) -> Row:
    metadata = {**metadata_of(version.record), "decision": str(version.fate)}
    return {
        "prompt": asked(version.prompt, options.system),
        "completion": said(version, options.reasoning),
        "label": label,
        "id": version.name,
        "metadata": json.dumps(metadata, ensure_ascii=False, sort_keys=True),
    }
