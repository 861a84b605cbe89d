"""Texts are taken apart so that what means the same is the same, in any script."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.text.shingles import SHORT_TOKENS, jaccard, masked, shingles_of, tokens_of

WORDS = st.lists(st.from_regex(r"[a-z]{1,8}|[0-9]{1,4}", fullmatch=True), max_size=90)


@pytest.mark.parametrize(
    ("text", "tokens"),
    [
        ("Hence, by (3): n = 5.", ["hence", "by", "3", "n", "=", "5"]),
        (r"\left(\dfrac{1}{2}\right)\cdot x^{2}", [r"\frac", "1", "2", "*", "x", "^", "2"]),
        (r"$\tfrac12 \times x^2 \le 3$", [r"\frac", "12", "*", "x", "^", "2", "≤", "3"]),
        ("1,240 pens, 3.5 m, 6e23", ["1,240", "pens", "3.5", "m", "6e23"]),
        ("ﬁve ①，Ｘ", ["five", "1", "x"]),
        ("解：设价格为５元", ["解", "设", "价", "格", "为", "5", "元"]),
        ("x 가 작다", ["x", "가", "작다"]),
        ("", []),
        ("... !? {}", []),
    ],
)
def test_a_text_is_split_into_words_numbers_commands_and_signs(text, tokens):
    assert tokens_of(text) == tokens


def test_notation_that_means_the_same_makes_no_difference():
    assert tokens_of(r"\( \left( a \right) \, \leq \displaystyle b \)") == tokens_of("$(a) ≤ b$")


def test_every_number_is_masked_and_nothing_else():
    assert masked(tokens_of("x2 = 1,240 and ٣ or ½")) == ["x", "<n>", "=", "<n>", "and", "<n>", "or", "<n>", "<n>"]


def test_a_long_text_is_read_in_runs_of_five_words_and_a_short_one_in_runs_of_four_characters():
    long = [f"w{chr(97 + n % 26)}{chr(97 + n // 26)}" for n in range(SHORT_TOKENS)]

    assert shingles_of(long) == [" ".join(long[n : n + 5]) for n in range(SHORT_TOKENS - 4)]
    assert shingles_of(["ab", "cde"]) == ["\0ab c", "\0b cd", "\0 cde"]
    assert shingles_of(["ab"]) == ["\0ab"]
    assert shingles_of([]) == []


@given(st.text())
def test_splitting_what_was_split_changes_nothing(text):
    tokens = tokens_of(text)
    assert tokens_of(" ".join(tokens)) == tokens


@given(WORDS, WORDS)
def test_what_two_texts_share_is_the_same_from_both_sides_and_all_of_a_text_is_shared_with_itself(one, other):
    left, right = frozenset(shingles_of(one)), frozenset(shingles_of(other))

    assert jaccard(left, right) == jaccard(right, left)
    assert 0 <= jaccard(left, right) <= 1
    assert jaccard(left, left) == (1 if one else 0)
