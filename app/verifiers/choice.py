"""Multiple choice: one option, or several of them."""

import re
import string

from app.verifiers.answer_type import AnswerType, Option, Spec, text_of, texts_of
from app.verifiers.outcome import Comparison, Given, Reading, failed, passed, undecided
from app.verifiers.text import normalised

OPTIONS_MAX = 26
_DRESS = re.compile(r"\\(?:text|textbf|mathrm|mathbf|boxed)\s*\{([^{}]*)\}")
_INTRODUCTION = re.compile(r"^(?:the )?(?:answer|option|choice)s?(?: is| are)?[: ]+")
_LABEL = re.compile(r"^[(\[]?\s*([a-z])\s*[)\].:]*(?:\s+(.*))?$")
_BETWEEN = re.compile(r"\s*(?:,|;|，|、|；|\band\b|&|\+|/|\s)\s*")
_TRUTH = {"true": "yes", "t": "yes", "yes": "yes", "y": "yes", "false": "no", "f": "no", "no": "no", "n": "no"}


def _options(spec: Spec) -> dict[str, str]:
    """Give the options by label; a plain list is labelled A, B, C …."""
    found = spec.get("options")
    if isinstance(found, dict):
        return {str(label).strip().casefold(): str(text) for label, text in found.items()}
    texts = texts_of(spec, "options")
    return dict(zip(string.ascii_lowercase, texts, strict=False))


def _plain(text: str) -> str:
    previous = None
    while text != previous:
        previous, text = text, _DRESS.sub(r"\1", text)
    return normalised(text.replace("$", " ")).strip(" .")


def _chosen(text: str, options: dict[str, str]) -> str | None:
    """Find the one option that a text names by its label, its words, or both; None when it is not plain which."""
    plain = _INTRODUCTION.sub("", _plain(text))
    by_text = {_plain(words): label for label, words in options.items()}
    truths = {_TRUTH.get(words): label for words, label in by_text.items()}
    for bare in (plain, plain.strip("()[] ")):
        if len(by_text) == len(options) and bare in by_text:
            return by_text[bare]
        if bare in options:
            return bare
        if set(truths) == {"yes", "no"} and bare in _TRUTH:
            return truths[_TRUTH[bare]]
    found = _LABEL.match(plain)
    if found is None or found[1] not in options:
        return None
    words = (found[2] or "").strip(" .:")
    return found[1] if words in {"", _plain(options[found[1]])} else None


def _chosen_several(text: str, options: dict[str, str]) -> frozenset[str] | None:
    one = _chosen(text, options)
    if one is not None:
        return frozenset({one})
    plain = _plain(text).strip("{}()[]\\ ")
    if plain in {"none", "∅", "none of them"}:
        return frozenset()
    if plain.isalpha() and len(plain) == len(set(plain)) and set(plain) <= set(options):
        return frozenset(plain)  # "acd"
    chosen = [_chosen(part, options) for part in _BETWEEN.split(plain) if part]
    known = [label for label in chosen if label is not None]
    return frozenset(known) if known and len(known) == len(chosen) else None


def _expected(spec: Spec, options: dict[str, str]) -> frozenset[str]:
    if isinstance(spec.get("answer"), list):
        found = [_chosen(text, options) for text in texts_of(spec, "answer")]
        return frozenset(label for label in found if label is not None)
    if spec.get("several"):
        return _chosen_several(text_of(spec), options) or frozenset()
    label = _chosen(text_of(spec), options)
    return frozenset() if label is None else frozenset({label})


def _understood(given: Given, spec: Spec) -> frozenset[str] | None:
    options = _options(spec)
    if spec.get("several"):
        return _chosen_several(given.text, options)
    label = _chosen(given.text, options)
    return None if label is None else frozenset({label})


def labels_of(text: str, spec: Spec) -> str | None:
    """Write the labels of the options that a text names, A or A, C; None when it is not plain which."""
    chosen = _understood(Given(text), spec)
    return None if not chosen else _shown(chosen)


def offered(spec: Spec) -> list[tuple[str, str]]:
    """List the options: label and text."""
    return [(label.upper(), text) for label, text in _options(spec).items()]


def _shown(labels: frozenset[str]) -> str:
    return ", ".join(sorted(label.upper() for label in labels)) or "none"


def _compare(given: Given, spec: Spec) -> Comparison:
    chosen, expected = _understood(given, spec), _expected(spec, _options(spec))
    if chosen is None:
        return undecided("choice", f"expected {_shown(expected)}", "It is not plain which option this answer names.")
    detail = f"chose {_shown(chosen)}, expected {_shown(expected)}"
    return passed("choice", detail) if chosen == expected else failed("choice", detail)


def _read(given: Given, spec: Spec) -> Reading:
    chosen = _understood(given, spec)
    if chosen is None:
        return Reading(False, "names none of the options")
    word = "option" if len(chosen) == 1 else "options"
    return Reading(True, f"reads as {word} {_shown(chosen)}")


def _check_spec(spec: Spec) -> list[str]:
    options = _options(spec)
    if not 2 <= len(options) <= OPTIONS_MAX:  # noqa: PLR2004 - one option is no choice
        return [f"A choice needs 2 to {OPTIONS_MAX} options."]
    faults = []
    if len({_plain(words) for words in options.values()}) < len(options):
        faults.append("Two options have the same text.")
    answers = texts_of(spec, "answer") if isinstance(spec.get("answer"), list) else [text_of(spec)]
    if len(answers) != 1 and not spec.get("several"):
        faults.append("Exactly one option is right, unless “several” is set.")
    names_options = _chosen_several if spec.get("several") else _chosen
    faults += [f"“{one}” is none of the options." for one in answers if names_options(one, options) is None]
    return faults


def _guess(spec: Spec) -> float | None:
    count = len(_options(spec))
    if not count:
        return None
    return 1 / (2**count - 1) if spec.get("several") else 1 / count


CHOICE = AnswerType(
    name="choice",
    title="Multiple choice",
    hint="The label (A, B, C …) or the text of the right option; a list of them when several are right.",
    example={"kind": "choice", "options": ["12", "18", "24", "36"], "answer": "B"},
    compare=_compare,
    read=_read,
    check_spec=_check_spec,
    guess_probability=_guess,
    options=(
        Option("options", "Options", "list", "In their order; they are labelled A, B, C …"),
        Option("several", "Several may be right", "flag", "All right options have to be named, and no other."),
    ),
)
