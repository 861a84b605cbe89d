"""What the program says of a draft: mechanical findings with the author's waivers, words and tokens."""

import threading
from collections import OrderedDict
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import lru_cache
from typing import Any, Literal

from app.submissions.schemas import FindingOut
from app.tasks.states import Activity
from app.text import linter
from app.text.tokens import count_tokens
from app.text.words import count_words as count_words_in

CACHED_MAX_CHARS = 4_000
Document = Mapping[str, Any]
"""A content document as stored: a dumped `Content`."""


@dataclass(frozen=True, slots=True)
class Brief:
    """What the task and its project ask of the work, as far as a program can check it."""

    activity: Activity
    unit_expected: bool
    language: str | None
    """human language the work should be written in; None: any"""


_ACTIVITIES: dict[Activity, Literal["solve", "program", "open"]] = {
    Activity.SOLVE: "solve",
    Activity.PROGRAM: "program",
    Activity.OPEN: "open",
}


def check(document: Document, brief: Brief) -> list[FindingOut]:
    """Find mechanical faults in a dumped `Content`, blockers first; the author's reason stands at what was waived.

    A blocker cannot be waived.
    """
    asked = linter.Brief(_ACTIVITIES[brief.activity], unit_expected=brief.unit_expected, language=brief.language)
    return [_told(finding, document["waivers"]) for finding in linter.lint(document, asked)]


def in_order(findings: list[FindingOut]) -> list[FindingOut]:
    """Put what stops handing in first, the rest as it comes."""
    return sorted(findings, key=lambda finding: not finding.stops)


def check_stored(sha256: str, document: Document, brief: Brief) -> list[FindingOut]:
    """Do as `check`, remembering the last answers by the hash of the document: what is handed in was just saved."""
    key = (sha256, brief)
    with _remembering:
        known = _remembered.get(key)
    if known is None:
        known = check(document, brief)
        with _remembering:
            _remembered[key] = known
            while len(_remembered) > REMEMBERED:
                _remembered.popitem(last=False)
    return known


REMEMBERED = 512
_remembering = threading.Lock()
_remembered: OrderedDict[tuple[str, Brief], list[FindingOut]] = OrderedDict()


def _told(finding: linter.Finding, waivers: Mapping[str, str]) -> FindingOut:
    key = f"{finding.rule}:{finding.step_id}" if finding.step_id else finding.rule
    waiver = None if finding.severity == "blocker" else waivers.get(key) or waivers.get(finding.rule)
    return FindingOut(
        rule=finding.rule,
        severity=finding.severity,
        sentence=finding.sentence,
        hint=finding.hint,
        step_id=finding.step_id,
        where=finding.field or "",
        waiver_key=key,
        waiver=waiver,
    )


def count(document: Document) -> tuple[int, int]:
    """Count the words and the tokens of what a reader reads: steps, answer, assumptions, program, remarks."""
    texts = list(_texts(document))
    return sum(map(_words, texts)), sum(map(_tokens, texts))


def count_words(document: Document) -> int:
    """Count the words alone, which is cheap enough for each save."""
    return sum(map(_words, _texts(document)))


def _words(text: str) -> int:
    return _cached_words(text) if len(text) <= CACHED_MAX_CHARS else count_words_in(text)


def _tokens(text: str) -> int:
    return _cached_tokens(text) if len(text) <= CACHED_MAX_CHARS else count_tokens(text)


# While somebody writes, one step changes from save to save; the others are counted once.
_cached_words = lru_cache(maxsize=4096)(count_words_in)
_cached_tokens = lru_cache(maxsize=4096)(count_tokens)


def _texts(document: Document) -> Iterator[str]:
    yield from (step["body"] for step in document["steps"])
    yield document["answer"]["text"]
    yield from document["answer"]["assumptions"]
    if document["program"] is not None:
        yield document["program"]["source"]
    yield document["what_would_make_this_wrong"]
