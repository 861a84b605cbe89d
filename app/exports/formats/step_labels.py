"""Labels of steps where there are only right and wrong: how neutral ones count, and what follows a wrong step."""

from dataclasses import dataclass

from pydantic import Field

from app.datasets.queries.records import Record
from app.exports.formats.base import Choice, Excluded, Options, Rendering
from app.exports.formats.texts import as_judged, labels_of, require_review, steps_of


class Neutral(Choice):
    """What a neutral step (0) becomes where there are only true and false."""

    GOOD = "good", "neutral steps count as good"
    BAD = "bad", "neutral steps count as bad"
    DROP = "drop", "neutral steps are left out"


class AfterError(Choice):
    """What happens behind the first wrong step."""

    STOP = "stop", "the row ends at the first wrong step"
    """The row ends with it, as in PRM800K's phase 2."""
    ALL = "all", "what follows a wrong step is labelled too"
    """The rest is labelled too."""


class StepwiseOptions(Options):
    """Options of step labels. Every labelled step is rendered unless the clean path is asked for."""

    render: Rendering = Field(
        default=Rendering.FULL,
        title="What is rendered",
        description="The whole exploration, or the clean path only.",
    )
    neutral: Neutral = Field(default=Neutral.GOOD, title="Neutral steps", description="What a neutral step counts as.")
    after_error: AfterError = Field(
        default=AfterError.ALL,
        title="After a wrong step",
        description="Stop at the first wrong step, or go on.",
    )


@dataclass(slots=True)
class Labelled:
    """The steps of a row with what each is."""

    bodies: list[str]
    are_good: list[bool]
    is_whole: bool = True
    """nothing was cut off at its end"""


def labelled_steps(record: Record, options: StepwiseOptions) -> Labelled:
    """Give the rendered steps with their labels, up to one that the reviewer was unsure about; Excluded without any.

    Every step needs a label, but those behind the first wrong one where the row ends with it.
    """
    if not steps_of(record, options.render):
        raise Excluded("no reasoning to render")
    review = require_review(record)
    steps, values = steps_of(as_judged(record, review), options.render), labels_of(review)
    found = Labelled([], [])
    for step in steps:
        value = values.get(step["id"])
        if value is None:
            raise Excluded("not every step is labelled")
        is_good = counts_as_good(value, options.neutral)
        if value == "unsure":
            found.is_whole = False
            break
        if is_good is None:
            continue
        found.bodies.append(step["body"].rstrip("\n"))
        found.are_good.append(is_good)
        if not is_good and options.after_error is AfterError.STOP:
            found.is_whole = step is steps[-1]
            break
    if not found.bodies:
        raise Excluded("no step with a clear label")
    return found


def counts_as_good(value: str, neutral: Neutral) -> bool | None:
    """Tell whether a label means good; None where it means nothing, or a neutral step is left out."""
    if value == "neutral":
        return None if neutral is Neutral.DROP else neutral is Neutral.GOOD
    return None if value == "unsure" else value == "good"


def notes_of(options: StepwiseOptions) -> list[str]:
    """Say in the card how labels were made."""
    return [
        options.neutral.words,
        options.after_error.words,
        "a step that the reviewer was unsure about ends the row",
        "what a reviewer edited stands as its author wrote it: the labels are about that text",
    ]
