"""Exact text: equal letter by letter after the normalisation that the specification declares."""

import difflib
import re
import unicodedata

from app.verifiers.answer_type import (
    ALSO,
    AnswerType,
    Option,
    Spec,
    accepted_texts,
    faults_of_answer,
    not_guessable,
    texts_of,
)
from app.verifiers.outcome import Comparison, Given, Reading, failed, passed, undecided

IGNORABLE = ("case", "spaces", "unicode", "punctuation", "accents")
IGNORED = ("case", "spaces", "unicode")
"""What does not count unless the specification says so."""
SIMILAR = 0.8
"""Texts that are so much alike may differ by a slip of the pen only."""
_SPACES = re.compile(r"\s+")


def normalised(text: str, ignore: tuple[str, ...] | list[str] = IGNORED) -> str:
    """Bring a text into the one form of all texts that count as equal when `ignore` does not count."""
    if "unicode" in ignore:
        text = unicodedata.normalize("NFKC", text)
        text = "".join(char for char in text if unicodedata.category(char) != "Cf")
    if "accents" in ignore:
        decomposed = unicodedata.normalize("NFD", text)
        text = "".join(char for char in decomposed if unicodedata.category(char) != "Mn")
    if "punctuation" in ignore:
        text = "".join(" " if unicodedata.category(char)[0] == "P" else char for char in text)
    if "case" in ignore:
        text = text.casefold()
    if "spaces" in ignore:
        text = _SPACES.sub(" ", text)
    return unicodedata.normalize("NFC", text.strip())


def _ignored(spec: Spec) -> list[str]:
    return texts_of(spec, "ignore") if "ignore" in spec else list(IGNORED)


def _compare(given: Given, spec: Spec) -> Comparison:
    ignore = _ignored(spec)
    text = normalised(given.text, ignore)
    expected = [normalised(one, ignore) for one in accepted_texts(spec)]
    detail = f"“{given.text.strip()}” against “{'”, “'.join(expected)}”"
    if text in expected:
        return passed("exact", detail)
    if not text:
        return undecided("exact", "the answer is empty")
    if not spec.get("strict") and any(_may_mean_the_same(text, one) for one in expected):
        return undecided("exact", f"{detail}: not the same text, perhaps the same thing")
    return failed("exact", detail)


def _may_mean_the_same(text: str, expected: str) -> bool:
    """Tell whether only the wording may differ: one holds the other, they are alike, or only marks are different."""
    loose = [re.sub(r"[\W_]+", " ", normalised(one, IGNORABLE)).strip() for one in (text, expected)]
    shorter, longer = sorted(loose, key=len)
    if not shorter or f" {shorter} " in f" {longer} ":
        return True
    if any(char.isdigit() for char in text) and any(char.isdigit() for char in expected):
        return True  # numbers have many forms; the kinds for numbers know them
    return difflib.SequenceMatcher(None, loose[0][:1000], loose[1][:1000]).ratio() >= SIMILAR


def _read(given: Given, spec: Spec) -> Reading:
    text = normalised(given.text, _ignored(spec))
    return Reading(bool(text), f"reads as the text “{text}”" if text else "is empty")


def _check_spec(spec: Spec) -> list[str]:
    faults = faults_of_answer(spec)
    unknown = [name for name in _ignored(spec) if name not in IGNORABLE]
    if unknown:
        faults.append(f"“ignore” knows {', '.join(IGNORABLE)}, but not {', '.join(unknown)}.")
    return faults


TEXT = AnswerType(
    name="text",
    title="Exact text",
    hint="A word or a line that has to be written exactly so. Case, repeated spaces and character forms do not count.",
    example={"kind": "text", "answer": "Noether", "also": ["Emmy Noether"]},
    compare=_compare,
    read=_read,
    check_spec=_check_spec,
    guess_probability=not_guessable,
    options=(
        ALSO,
        Option("ignore", "What does not count", "several", "Differences that are overlooked.", IGNORABLE),
        Option("strict", "Everything else is wrong", "flag", "Another text fails, even if it holds the right one."),
    ),
)
