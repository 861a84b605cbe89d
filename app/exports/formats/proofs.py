"""Whether a target's reward function takes a gold answer: none goes out that would be scored as wrong."""

from functools import partial

from app.exports.formats.base import Excluded
from app.exports.formats.golds import Gold, boxed, require_rewarded
from app.exports.formats.shipped import answer_reward
from app.tasks.service import engines

SECONDS = 15.0
"""As long as TRL gives math-verify for an answer; a hundredth of it is usual."""
WRONG_SECONDS = 5.0
"""For all wrong answers of a task; who needs longer has not taken any."""


def require_shipped(gold: Gold) -> None:
    """Excluded unless the shipped reward file takes what is right, and nothing that it knows to be wrong."""
    require_rewarded(gold, lambda text: _shipped(gold, text) is True)


def prove_shipped(gold: Gold) -> None:
    """Excluded when the shipped reward file would take a wrong answer with the help of math-verify."""
    unsure = tuple(text for text in gold.wrong if _shipped(gold, text) is None)
    if unsure and 1.0 in _math_verify(gold, unsure, WRONG_SECONDS):
        raise Excluded("the reward function takes a wrong answer")


def prove_accuracy(gold: Gold) -> None:
    """Excluded unless TRL's accuracy_reward takes what is right, and nothing that is known to be wrong."""
    rewards = {text: _math_verify(gold, (text,))[0] for text in gold.accepted}
    if set(rewards.values()) == {1.0}:
        rewards |= zip(gold.wrong, _math_verify(gold, gold.wrong, WRONG_SECONDS), strict=True)
    require_rewarded(gold, lambda text: rewards[text] == 1.0)


def _math_verify(gold: Gold, texts: tuple[str, ...], seconds: float = SECONDS) -> tuple[float | None, ...]:
    return engines.checker().reward(boxed(gold.text), [boxed(text) for text in texts], seconds=seconds).values


def _shipped(gold: Gold, text: str) -> bool | None:
    given = answer_reward.last_box(boxed(text))
    if given is None or len(given) > answer_reward.ANSWER_MAX_CHARS:
        return False
    compare = partial(answer_reward.is_same, given, kind=gold.kind, absolute=gold.absolute, relative=gold.relative)
    found = [compare(expected) for expected in gold.accepted]
    return True if True in found else None if None in found else False
