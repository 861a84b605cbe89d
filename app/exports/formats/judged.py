"""Versions of work with what was decided about each: what preferences are made from."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from enum import StrEnum
from functools import cached_property

from app.datasets.queries.records import Record
from app.exports.formats.base import Excluded, Rendering, Row
from app.exports.formats.texts import STEP_SEPARATOR, answer_of, prompt_of, require_something, steps_of
from app.text.fingerprints import normalise

QUOTE_CHARS = 40
"""From so many characters on, words of a reviewer that stand in the work are no accident."""
GAVE_UP = "given up: nobody decided about it"


class Fate(StrEnum):
    """What was decided about a version."""

    APPROVED = "approved"
    EDITED = "edited"
    """approved only with a reviewer's edits, which are the next version"""
    RETURNED = "returned"
    REJECTED = "rejected"


@dataclass(frozen=True)
class Version:
    """One version of a piece of work, as it is rendered."""

    at: int
    """number of its record among those given"""
    record: Record
    """as it would be if this version were the last"""
    fate: Fate
    prompt: str
    steps: tuple[str, ...]
    answer: str

    @property
    def name(self) -> str:
        """A stable id: the submission and the revision."""
        return f"{self.record['id']}.{self.record['revision']}"

    @property
    def trace(self) -> str:
        """The reasoning as one text."""
        return STEP_SEPARATOR.join(self.steps)

    @cached_property
    def key(self) -> str:
        """The form under which two versions are the same text."""
        return normalise(STEP_SEPARATOR.join([*self.steps, self.answer]))


def versions_of(records: Sequence[Record], rendering: Rendering) -> tuple[list[Version], dict[int, str]]:
    """Give every version that something was decided about, and for each record without any why."""
    found: list[Version] = []
    reasons: dict[int, str] = {}
    for at, record in enumerate(records):
        before = len(found)
        for fate, view in _decided(record):
            try:
                found.append(_version(at, view, fate, rendering))
            except Excluded as excluded:
                reasons[at] = excluded.reason
        if len(found) > before:
            reasons.pop(at, None)
        elif at not in reasons:
            reasons[at] = GAVE_UP
    return found, reasons


def _decided(record: Record) -> Iterator[tuple[Fate, Record]]:
    """Give the frozen version, then the earlier ones from the last to the first, where there is a decision."""
    if record["state"] in {Fate.APPROVED, Fate.REJECTED}:
        yield Fate(record["state"]), record
    for earlier in reversed(record["earlier"]):
        fate = _fate_of(record, earlier["revision"])
        if fate is not None:
            # Runs are kept for the frozen version only, and it alone has a tier.
            yield fate, {**record, **earlier, "state": str(fate), "tier": "X", "runs": []}


def _fate_of(record: Record, n: int) -> Fate | None:
    """Read the fate of an earlier version from the last review of it; None where that settled nothing."""
    verdict = next((review["verdict"] for review in reversed(record["reviews"]) if review["revision"] == n), None)
    if verdict == "return":
        return Fate.RETURNED
    is_edited_next = record["revision"] == n + 1 and record["edited_by"] is not None
    if verdict == "approve_with_edits" and is_edited_next and record["state"] == Fate.APPROVED:
        return Fate.EDITED
    return None


def _version(at: int, view: Record, fate: Fate, rendering: Rendering) -> Version:
    steps = tuple(step["body"] for step in steps_of(view, rendering))
    if not steps and rendering is not Rendering.ANSWER:
        raise Excluded("no reasoning to render")
    prompt, answer = prompt_of(view), answer_of(view)
    require_something(prompt, answer)
    texts = (*steps, answer)
    if any("<think>" in text or "</think>" in text for text in texts):
        raise Excluded("the text itself holds <think> tags")
    if _quotes_reviewers(view, texts):
        raise Excluded("the words of a reviewer stand in it")
    return Version(at, view, fate, prompt, steps, answer)


def _quotes_reviewers(view: Record, texts: Sequence[str]) -> bool:
    """Tell whether what reviewers said of versions before this one stands in it word by word.

    Who edited this version is not looked at: those edits are the work now, and its author accepted them.
    """
    written = normalise(STEP_SEPARATOR.join(texts))
    said = (normalise(text) for text in _words_of_reviewers(view))
    return any(len(words) >= QUOTE_CHARS and words in written for words in said)


def _words_of_reviewers(view: Record) -> Iterator[str]:
    own = {view["author"], view["edited_by"]}
    for thread in view["threads"]:
        if thread["revision"] < view["revision"]:
            yield from (comment["body"] for comment in thread["comments"] if comment["author"] not in own)
    for review in view["reviews"]:
        if review["revision"] < view["revision"] and review["reviewer"] not in own:
            yield from _words_of(review)


def _words_of(review: Row) -> Iterator[str]:
    yield from (review["reason"], review["disagreement"], review["verification_note"], review["own_answer"])
    yield from (label["note"] for label in review["labels"])
