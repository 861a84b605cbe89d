"""The reward functions of trainers: what they reward, what they refuse, and what they skip without a word."""

import pytest

from app.verifiers.checker import Checker
from app.verifiers.rewards import last_box, verl_gsm8k, verl_math, verl_math_dapo


@pytest.fixture(scope="module")
def checker():
    checker = Checker()
    yield checker
    checker.close()


@pytest.mark.parametrize(
    ("solution", "completions", "rewards"),
    [
        ("\\boxed{5}", ["\\boxed{5}", "It is $\\boxed{5}$.", "5", "\\boxed{6}"], (1.0, 1.0, 0.0, 0.0)),
        ("\\boxed{\\frac{3}{4}}", ["\\boxed{0.75}", "\\boxed{\\frac{4}{3}}"], (1.0, 0.0)),
        ("\\boxed{(1, 2)}", ["\\boxed{(1,2)}", "\\boxed{(2,1)}"], (1.0, 0.0)),
        ("B", ["\\boxed{B}"], (None,)),
        ("\\boxed{5}", ["\\boxed{5 km}"], (1.0,)),
    ],
)
def test_trl_rewards_what_math_verify_takes_for_equal_and_skips_what_it_cannot_read(
    checker, solution, completions, rewards
):
    assert checker.reward(solution, completions, seconds=30).values == rewards


def test_a_solution_that_takes_too_long_rewards_nothing(checker):
    assert checker.reward("\\boxed{\\sum_{k=1}^{1000000} \\sin k}", ["\\boxed{1}"], seconds=1).values == (None,)


def test_more_than_anybody_reads_is_not_even_asked(checker):
    assert checker.reward("\\boxed{1}", ["1" * 100_001], seconds=1).values == (None,)


@pytest.mark.parametrize(
    ("reward", "completion", "truth", "value"),
    [
        (verl_gsm8k, "#### 1\nso\n#### 1,240", "1240", 1.0),
        (verl_gsm8k, "#### 1240", "1,240", 0.0),
        (verl_gsm8k, "#### 7" + " " * 300, "7", 0.0),
        (verl_gsm8k, "7", "7", 0.0),
        (verl_math, "\\boxed{1}, no: \\boxed{\\frac{1}{2}}", "\\frac{1}{2}", 1.0),
        (verl_math, "\\boxed{1", "1", 0.0),
        (verl_math_dapo, "answer: 1\nAnswer: 2 ", "2", 1.0),
        (verl_math_dapo, "2", "2", 0.0),
    ],
)
def test_verl_rewards_what_stands_where_it_looks(reward, completion, truth, value):
    assert reward(completion, truth) == value


@pytest.mark.parametrize(
    ("text", "content"),
    [("\\boxed{}", ""), ("\\boxed{a}\\boxed{{b}c}d", "{b}c"), ("\\boxed{a", None), ("", None), ("\\fbox{a}", None)],
)
def test_the_last_box_is_taken_with_what_stands_in_its_braces(text, content):
    assert last_box(text) == content
