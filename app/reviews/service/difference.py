"""The revision under review against the one compared with: steps, what is gone, and the parts beside them."""

from dataclasses import dataclass

from app.reviews.schemas import PartView, RemovedStep, StepView
from app.reviews.service.carrying import moved_steps, rests_on_change, unchanged_steps
from app.reviews.service.edits import spans_of
from app.submissions.schemas import Content
from app.submissions.service.comparing import Difference, StepDifference, compare
from app.submissions.service.reading import StepView as NumberedStep
from app.submissions.service.reading import number_steps
from app.text.markdown import render_markdown


@dataclass(frozen=True, slots=True)
class Compared:
    """All that the workbench shows of a revision's text."""

    steps: list[StepView]
    removed: list[RemovedStep]
    parts: list[PartView]


def compare_for_review(old: Content | None, new: Content, labelled: frozenset[str]) -> Compared:
    """Show `new` against `old`; on a first look (None) everything counts as the same.

    Settled are steps that were labelled before and are unchanged with all they rest on.
    """
    difference = compare(old or new, new, shows_effort=False)
    same = unchanged_steps(old, new) if old is not None else frozenset()
    kept = {step.id: step for step in difference.steps if step.change != "removed"}
    changed = frozenset(step_id for step_id, step in kept.items() if step.change != "same")
    facts = _Facts(
        moved=moved_steps(old.steps, new.steps) if old is not None else frozenset(),
        touched=rests_on_change(new, changed),
        settled=same & labelled,
        refs={step.id: step.refs for step in new.steps},
    )
    steps = [_step(step, kept[step.id], facts) for step in number_steps(new)]
    return Compared(steps, _removed(difference), _parts(new, difference))


@dataclass(frozen=True, slots=True)
class _Facts:
    """Ids of steps by what is to be said of them."""

    moved: frozenset[str]
    touched: frozenset[str]
    settled: frozenset[str]
    refs: dict[str, list[str]]


def _step(step: NumberedStep, against: StepDifference, facts: _Facts) -> StepView:
    return StepView(
        n=step.n,
        id=step.id,
        type=step.type,
        status=step.status,
        body=step.body,
        html=str(render_markdown(step.body).html),
        refs=step.refs,
        ref_ids=facts.refs[step.id],
        to=step.to,
        change=against.change,
        is_moved=step.id in facts.moved,
        rests_on_change=step.id in facts.touched,
        is_settled=step.id in facts.settled,
        old_type=against.old_type,
        diff=spans_of(against.pieces) if against.change == "changed" else [],
        runs=step.runs,
    )


def _removed(difference: Difference) -> list[RemovedStep]:
    removed: list[RemovedStep] = []
    before_n = 1
    for step in difference.steps:
        if step.change != "removed":
            before_n = step.n + 1
            continue
        body = "".join(piece.text for piece in step.pieces)
        html = str(render_markdown(body).html)
        removed.append(RemovedStep(n=step.n, id=step.id, type=step.type, body=body, html=html, before_n=before_n))
    return removed


def _parts(new: Content, difference: Difference) -> list[PartView]:
    against = {part.name: part for part in difference.parts}
    program = new.program.source if new.program is not None else ""
    parts: list[PartView] = []
    for key, name, text in (
        ("answer", "Answer", new.answer.text),
        ("program", "Program", program),
        ("wrong", "What would make this wrong", new.what_would_make_this_wrong),
        ("tools", "Tools used", new.tools_used),
        ("note", "Note to the reviewer", new.note_to_reviewer),
    ):
        found = against.get(name)
        if found is None:
            continue
        view = {
            "key": key,
            "name": name,
            "text": text,
            "html": "" if key == "program" else str(render_markdown(text).html),
            "change": found.change,
            "diff": [] if found.change == "same" else spans_of(found.pieces),
        }
        parts.append(PartView.model_validate(view))
    return parts
