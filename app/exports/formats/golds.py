"""The gold answer of a task as reward functions read it: one right text, others, and ones known to be wrong."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from app.datasets.queries.records import Record
from app.exports.formats.base import Excluded, Row
from app.exports.formats.texts import prompt_of
from app.verifiers import choice, registry
from app.verifiers.answer_type import accepted_texts, text_of, texts_of
from app.verifiers.formula.nodes import Unreadable
from app.verifiers.formula.printing import to_tex
from app.verifiers.outcome import Given
from app.verifiers.quantity import Quantity, read_quantity

BOXED = "Put the final answer in \\boxed{}."
NUMBERS = frozenset({"integer", "rational", "real", "quantity"})
FORMULAS = frozenset({"expression", "equation", "interval", "matrix"})
"""Kinds whose right answers have so many forms that only algebra tells them."""
UNITS_DIFFER = "an answer is given in two units"
Spec = dict[str, Any]


@dataclass(frozen=True, slots=True)
class Gold:
    """What is right for a task, in LaTeX where it is a formula."""

    kind: str
    text: str
    also: tuple[str, ...]
    wrong: tuple[str, ...]
    absolute: float
    relative: float
    hint: str
    """what the prompt has to say beside the task, so that there is one form of the answer"""

    @property
    def has_tolerance(self) -> bool:
        """Whether other numbers near it are right as well."""
        return bool(self.absolute or self.relative)

    @property
    def accepted(self) -> tuple[str, ...]:
        """All that is right."""
        return (self.text, *self.also)


def compared(gold: Gold) -> Row:
    """Write how an answer is compared with it, in the columns `COMPARED`."""
    return {"kind": gold.kind, "absolute": gold.absolute, "relative": gold.relative}


def gold_of(record: Record) -> Gold:
    """Read the gold answer of a record; Excluded when there is none that a reward function could take."""
    require_approved(record)
    spec: Spec = record["task"]["answer_spec"]
    kind = text_of(spec, "kind") or "none"
    if kind in {"none", "rubric"} or kind not in registry.KINDS:
        raise Excluded("no answer that a machine can compare")
    if kind == "by_assumption":
        raise Excluded("several answers, each under an assumption")
    if kind == "program":
        raise Excluded("a program; its tests are in the formats for code")
    if kind == "quantity":
        return _quantity(spec)
    read = _reader(spec, kind)
    text, *also = [read(text) for text in accepted_texts(spec) or [_joined(spec)]]
    if text is None:
        raise Excluded("its answer cannot be read as what it is")
    return Gold(
        kind, text, _known(also, text), _wrong(spec, read, {text, *also}), *_tolerances(spec), _hint(record, kind)
    )


def require_approved(record: Record) -> None:
    """Only what people approved and no machine refuses is worth a reward."""
    if record["state"] != "approved":
        raise Excluded("not approved")
    if record["check"] is not None and record["check"]["finding"] == "fail":
        raise Excluded("the approved answer is not the expected one")


def reward_prompt(record: Record, gold: Gold, convention: str) -> str:
    """Write the task with what its answer has to look like."""
    return "\n\n".join(part for part in (prompt_of(record), gold.hint, convention) if part)


def fault_of_prompt(prompt: list[Row]) -> str | None:
    """Say what is wrong with the messages of a prompt."""
    if [message["role"] for message in prompt] != ["user"]:
        return "the prompt is not one message of the user"
    return None if prompt[0]["content"].strip() else "the prompt is empty"


def require_rewarded(gold: Gold, is_right: Callable[[str], bool]) -> None:
    """Excluded unless a reward function takes all that is right and nothing that is known to be wrong."""
    if not all(map(is_right, gold.accepted)):
        raise Excluded("the reward function does not take its answer")
    if any(map(is_right, gold.wrong)):
        raise Excluded("the reward function takes a wrong answer")


def boxed(text: str) -> str:
    """Put an answer where the convention wants it."""
    return f"\\boxed{{{text}}}"


def _reader(spec: Spec, kind: str) -> Callable[[str], str | None]:
    if kind == "text":
        return lambda text: " ".join(text.split()) or None
    if kind == "choice":
        return lambda text: choice.labels_of(text, spec)
    return lambda text: registry.read(Given(text), spec).tex or None


def _joined(spec: Spec) -> str:
    return ", ".join(texts_of(spec, "answer"))


def _known(texts: list[str | None], *but: str) -> tuple[str, ...]:
    return tuple(dict.fromkeys(text for text in texts if text is not None and text not in but))


def _wrong(spec: Spec, read: Callable[[str], str | None], right: set[str | None]) -> tuple[str, ...]:
    return tuple(text for text in _known([read(text) for text in texts_of(spec, "wrong")]) if text not in right)


def _tolerances(spec: Spec) -> tuple[float, float]:
    return float(spec.get("absolute") or 0), float(spec.get("relative") or 0)


def _hint(record: Record, kind: str) -> str:
    if kind != "choice":
        return ""
    spec = record["task"]["answer_spec"]
    offered = choice.offered(spec)
    statement = record["task"]["statement"]
    listed = (
        ""
        if all(text in statement for _, text in offered)
        else "\n".join(f"{label}. {text}" for label, text in offered)
    )
    asked = (
        "Answer with the letters of all right options, as in A, C."
        if spec.get("several")
        else "Answer with the letter."
    )
    return "\n\n".join(filter(None, (listed, asked)))


def _quantity(spec: Spec) -> Gold:
    """Fix the unit in the prompt: the answer is then a number, which reward functions can compare."""
    unit = text_of(spec, "unit")
    try:
        first, *others = [read_quantity(text, unit) for text in accepted_texts(spec)]
    except (Unreadable, ValueError) as error:
        raise Excluded("its answer cannot be read as what it is") from error
    if any(_unit(other) != _unit(first) for other in others):
        raise Excluded(UNITS_DIFFER)
    text, *also = [to_tex(one.readings.node) for one in (first, *others)]

    def read(wrong: str) -> str | None:
        try:
            found = read_quantity(wrong, "")
        except Unreadable:
            return None
        return to_tex(found.readings.node) if _unit(found) in {"", _unit(first)} else None

    figures = spec.get("significant_figures")
    hint = f"Give the number in {_unit(first)}" if _unit(first) else "Give the number"
    hint += f", with {figures} significant figures." if figures else "."
    wrong = _wrong(spec, read, {text, *also})
    return Gold("quantity", text, _known([*also], text), wrong, *_tolerances(spec), hint)


def _unit(found: Quantity) -> str:
    return found.unit.text if found.unit is not None else ""
