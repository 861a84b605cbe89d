"""What the program says of a draft: mechanical findings with the author's waivers, words and tokens."""

from collections.abc import Iterator
from dataclasses import dataclass

from app.submissions.schemas import Content, FindingOut
from app.tasks.states import Activity
from app.text.tokens import count_tokens
from app.text.words import count_words as count_words_in


@dataclass(frozen=True, slots=True)
class Brief:
    """What the task and its project ask of the work, as far as a program can check it."""

    activity: Activity
    unit_expected: bool
    language: str | None
    """human language the work should be written in; None: any"""


def check(content: Content, brief: Brief) -> list[FindingOut]:
    """Find mechanical faults, blockers first; the author's reason stands at each that was waived."""
    if brief.activity == Activity.SOLVE and not content.answer.text.strip():
        return [
            FindingOut(
                rule="no_answer",
                severity="blocker",
                sentence="The answer is empty.",
                where="answer",
                waiver_key="no_answer",
            )
        ]
    return []


def count(content: Content) -> tuple[int, int]:
    """Count the words and the tokens of what a reader reads: steps, answer, assumptions, program, remarks."""
    texts = list(_texts(content))
    return sum(map(count_words_in, texts)), sum(map(count_tokens, texts))


def count_words(content: Content) -> int:
    """Count the words alone, which is cheap enough for each save."""
    return sum(map(count_words_in, _texts(content)))


def _texts(content: Content) -> Iterator[str]:
    yield from (step.body for step in content.steps)
    yield content.answer.text
    yield from content.answer.assumptions
    if content.program is not None:
        yield content.program.source
    yield content.what_would_make_this_wrong
