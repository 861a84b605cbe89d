"""Several right answers, each under an assumption that the answer has to state."""

import re
from collections.abc import Callable, Mapping
from typing import Any

from app.verifiers.answer_type import AnswerType, Option, Spec, text_of, texts_of
from app.verifiers.outcome import Comparison, Given, Outcome, Reading, undecided
from app.verifiers.text import normalised

BRANCHES_MAX = 20
ASK = "State the assumption that this answer rests on: the question can be understood in more than one way."
NOT_RECOGNISED = "The stated assumption was not recognised; a person will look at it."
_BETWEEN_WORDS = re.compile(r"[\W_]+")
_NOT = re.compile(r"\b(?:not|no|non|without|never|instead of|rather than|unlike|except|neither|nor)(?: \w+){0,2} $")

Compare = Callable[[Given, Spec], Comparison]
Branch = Mapping[str, Any]


def branches_of(spec: Spec) -> list[Branch]:
    """List the branches of a specification that have the right form."""
    found = spec.get("branches")
    if not isinstance(found, list):
        return []
    return [one for one in found if isinstance(one, dict) and isinstance(one.get("spec"), dict)]


def _keys(branch: Branch) -> list[str]:
    return [key for key in map(_plain, [text_of(branch, "assumption"), *texts_of(branch, "keys")]) if key]


def _plain(text: str) -> str:
    return _BETWEEN_WORDS.sub(" ", normalised(text)).strip()


def _is_stated(key: str, assumption: str) -> bool:
    """Tell whether an assumption holds the words of a key, and does not deny them."""
    if key.isascii():
        found = re.search(rf"\b{re.escape(key)}\b", assumption)
        place = found.start() if found else -1
    else:
        place = assumption.find(key)  # no spaces between Chinese words
    return place >= 0 and _NOT.search(assumption[:place]) is None


def recognised(assumptions: tuple[str, ...], branches: list[Branch]) -> list[int]:
    """List the branches whose assumption is stated; a key inside a longer one that is stated too does not count.

    "flat triangular wall" names the wall, although "triangular" is the key of another branch.
    """
    stated: list[tuple[int, str]] = []
    for assumption in map(_plain, assumptions):
        here = [(n, key) for n, branch in enumerate(branches) for key in _keys(branch) if _is_stated(key, assumption)]
        stated += [(n, key) for n, key in here if not any(key != other and key in other for _, other in here)]
    return sorted({n for n, _ in stated})


def comparing(compare: Compare) -> Compare:
    """Make the comparison of this kind out of that of all kinds, which it uses for its branches."""

    def compare_branches(given: Given, spec: Spec) -> Comparison:
        branches = branches_of(spec)
        if not branches:
            return undecided(detail="the specification has no branches")
        if not any(assumption.strip() for assumption in given.assumptions):
            values = _by_branch(given, branches, compare)
            return Comparison(Outcome.UNDECIDED, ASK, values, "assumption", needs_assumption=True)
        stated = recognised(given.assumptions, branches)
        if len(stated) != 1:
            values = _by_branch(given, branches, compare)
            return undecided("assumption", f"{len(stated)} assumptions recognised; {values}", NOT_RECOGNISED)
        branch = branches[stated[0]]
        found = compare(Given(given.text, given.unit), branch["spec"])
        detail = f"under “{text_of(branch, 'assumption')}”: {found.detail}"
        return Comparison(found.outcome, found.reason, detail, found.method, found.needs_assumption)

    return compare_branches


def _by_branch(given: Given, branches: list[Branch], compare: Compare) -> str:
    bare = Given(given.text, given.unit)
    found = [f"{text_of(one, 'assumption')}: {compare(bare, one['spec']).outcome}" for one in branches]
    return "by assumption: " + "; ".join(found)


def reading(read: Callable[[Given, Spec], Reading]) -> Callable[[Given, Spec], Reading]:
    """Make the reading of this kind: as the first branch reads it, for none may be preferred."""

    def read_first(given: Given, spec: Spec) -> Reading:
        branches = branches_of(spec)
        if not branches:
            return Reading(False, "cannot be read by the machine")
        found = read(given, branches[0]["spec"])
        count = sum(1 for one in given.assumptions if one.strip())
        said = f"{count} {'assumption' if count == 1 else 'assumptions'}" if count else "no assumption stated"
        return Reading(found.is_readable, f"{found.words}; {said}", found.tex)

    return read_first


def checking(check: Callable[[Spec], list[str]]) -> Callable[[Spec], list[str]]:
    """Make the check of a specification of this kind out of that of all kinds."""

    def check_branches(spec: Spec) -> list[str]:
        branches = branches_of(spec)
        listed = spec.get("branches")
        if not isinstance(listed, list) or not 2 <= len(listed) <= BRANCHES_MAX:  # noqa: PLR2004 - one needs no other kind
            return [f"There must be 2 to {BRANCHES_MAX} branches, each an assumption with its own answer."]
        if len(branches) < len(listed):
            return ["Each branch needs “assumption”, “keys” and a “spec” of its own."]
        faults = []
        for n, branch in enumerate(branches, start=1):
            faults += _faults_of(branch, n, check)
        keys = [key for branch in branches for key in set(_keys(branch))]
        faults += [f"“{key}” is a key of two branches." for key in sorted(set(keys)) if keys.count(key) > 1]
        return faults

    return check_branches


def _faults_of(branch: Branch, n: int, check: Callable[[Spec], list[str]]) -> list[str]:
    faults = []
    if not text_of(branch, "assumption").strip():
        faults.append(f"Branch {n} says no assumption.")
    if text_of(branch["spec"], "kind") in {"by_assumption", "program", "rubric", "none", ""}:
        return [*faults, f"Branch {n} needs an answer of a kind that can be compared."]
    return faults + [f"Branch {n}: {fault}" for fault in check(branch["spec"])]


def guessing(guess: Callable[[Spec], float | None]) -> Callable[[Spec], float | None]:
    """Estimate by the branch that is guessed most easily."""

    def guess_branches(spec: Spec) -> float | None:
        found = [guess(branch["spec"]) for branch in branches_of(spec)]
        known = [one for one in found if one is not None]
        return max(known, default=None)

    return guess_branches


def make_by_assumption(
    compare: Compare,
    read: Callable[[Given, Spec], Reading],
    check: Callable[[Spec], list[str]],
    guess: Callable[[Spec], float | None],
) -> AnswerType:
    """Make the kind out of what all kinds can do, since its branches may be of any of them."""
    return AnswerType(
        name="by_assumption",
        title="Right under an assumption",
        hint="One question, several right answers: each holds under an assumption that has to be stated.",
        example=EXAMPLE,
        compare=comparing(compare),
        read=reading(read),
        check_spec=checking(check),
        guess_probability=guessing(guess),
        options=(Option("branches", "Assumptions and answers", "object", "Each with keys: words that tell it."),),
    )


EXAMPLE: Spec = {
    "kind": "by_assumption",
    "branches": [
        {
            "assumption": "square-based close packing",
            "keys": ["square-based", "square base"],
            "spec": {"kind": "quantity", "answer": "24.3 m", "absolute": 0.1},
        },
        {
            "assumption": "triangular-based close packing",
            "keys": ["triangular-based", "triangular base", "tetrahedral"],
            "spec": {"kind": "quantity", "answer": "35.3 m", "absolute": 0.1},
        },
    ],
}
