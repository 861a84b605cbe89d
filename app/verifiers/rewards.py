"""The reward functions of trainers, as far as they say whether a gold answer is rewarded at all.

Restated from their sources: TRL 1.16 `trl/rewards/accuracy_rewards.py`; verl 0.9 `verl/utils/reward_score/gsm8k.py`,
`math_reward.py`, `math_dapo.py`. verl's last two bring both texts into one form before they compare; here the texts are
compared as they are, so that what is rewarded here is rewarded there as well.
"""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

LOOKED_AT_CHARS = 300
"""verl looks at the end of an answer only."""
_AFTER_HASHES = re.compile(r"#### (-?[0-9.,]+)")
_AFTER_ANSWER = re.compile(r"Answer\s*:\s*([^\n]+)", re.IGNORECASE)
_BOX = "\\boxed{"


@dataclass(frozen=True, slots=True)
class Rewards:
    """What a reward function gives to each completion; None: it cannot read the solution and skips the row."""

    values: tuple[float | None, ...]


def trl_accuracy(solution: str, completions: Sequence[str]) -> Rewards:
    """Reward completions as TRL's accuracy_reward does, by math-verify: only in the child process of the Checker."""
    from latex2sympy2_extended import NormalizationConfig  # noqa: PLC0415 - slow to load, and only the child needs it
    from math_verify import LatexExtractionConfig, parse, verify  # noqa: PLC0415 - likewise

    gold = parse(solution, parsing_timeout=None)
    if not gold:
        return Rewards((None,) * len(completions))
    normalising = NormalizationConfig(units=True)
    reading = LatexExtractionConfig(
        normalization_config=normalising, boxed_match_priority=0, try_extract_without_anchor=False
    )

    def reward(completion: str) -> float:
        found = parse(completion, extraction_config=[reading], extraction_mode="first_match", parsing_timeout=None)
        return float(verify(gold, found, timeout_seconds=None))

    return Rewards(tuple(map(reward, completions)))


def verl_gsm8k(completion: str, truth: str) -> float:
    """Reward the number behind the last `####`."""
    found = _AFTER_HASHES.findall(completion[-LOOKED_AT_CHARS:])
    return float(bool(found) and found[-1].replace(",", "").replace("$", "") == truth)


def verl_math(completion: str, truth: str) -> float:
    """Reward what stands in the last box."""
    return float(last_box(completion) == truth)


def verl_math_dapo(completion: str, truth: str) -> float:
    """Reward what stands behind the last `Answer:`."""
    found = _AFTER_ANSWER.findall(completion[-LOOKED_AT_CHARS:])
    return float(bool(found) and found[-1].strip() == truth)


def last_box(text: str) -> str | None:
    r"""Take out what stands in the last `\boxed{…}`; None when there is none or it is not closed."""
    start = text.rfind(_BOX)
    if start < 0:
        return None
    depth = 0
    for place in range(start, len(text)):
        depth += (text[place] == "{") - (text[place] == "}")
        if text[place] == "}" and depth == 0:
            return text[start + len(_BOX) : place]
    return None


def read_rewards(message: dict[str, Any]) -> Rewards:
    """Read what came over the pipe."""
    return Rewards(tuple(None if value is None else float(value) for value in message["values"]))
