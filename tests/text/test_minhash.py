"""Signatures: the same everywhere and for ever, met by near-duplicates, and passed by everybody else."""

import random
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.text.minhash import BANDS, Likeness, Text, are_near_duplicates, shared, sign
from app.text.shingles import masked, shingles_of, tokens_of

SHORT = "Let $n$ be a positive integer. Then $n^2 + n$ is even, since one of $n$ and $n + 1$ is."
CHINESE = "解：设价格为5元，则总价为3乘以5等于15元。"
VOCABULARY = [f"{a}{b}{c}" for a in "bdfgklmnprst" for b in "aeiou" for c in "lmnrst"]


def some_text(seed, words=200):
    return " ".join(random.Random(seed).choices(VOCABULARY, k=words))


def with_changed(text, at):
    words = text.split()
    for place in at:
        words[place] = "changed"
    return " ".join(words)


def bands_met(one, other):
    return sum(a == b for a, b in zip(sign(one) or (), sign(other) or (), strict=True))


def test_a_signature_is_the_same_on_every_machine_and_in_every_version():
    # Stored signatures would be worth nothing if these numbers moved: then SIGNED_BY has to grow.
    assert sign(SHORT) == (
        926738029, -1720712614, -297469075, 1446974657, -137322978, -144225056, -1058165353, -1723209057, 86342549,
        421828500, -1133271074, 470124841, -96975293, -993573411,
    )  # fmt: skip
    assert sign(" ".join(f"word{chr(97 + n % 26)} and {n}" for n in range(50))) == (
        2141999059, 2033128136, -675214510, 754729454, 1557334186, 75341186, -241011898, 102399350, 50568519,
        1022552357, 499769995, -2061010019, 2114660018, -286095992,
    )  # fmt: skip


def test_no_text_has_no_signature():
    assert (sign(""), sign(" ... ")) == (None, None)


@given(st.text(min_size=1))
def test_a_signature_is_fourteen_numbers_of_32_bits_for_whatever_is_written(text):
    signed = sign(text)

    assert (signed is None) == (tokens_of(text) == [])
    if signed is not None:
        assert len(signed) == BANDS
        assert all(-(2**31) <= band < 2**31 for band in signed)


def test_texts_that_share_nine_of_ten_runs_meet_and_unrelated_ones_do_not():
    texts = [some_text(seed) for seed in range(300)]

    near = [bands_met(text, with_changed(text, [20, 120])) for text in texts]
    far = [bands_met(one, other) for one, other in pairwise(texts)]

    assert sum(met > 0 for met in near) == 300
    assert sum(met > 0 for met in far) == 0


@pytest.mark.parametrize(
    ("one", "other", "likeness"),
    [
        (some_text(1), some_text(1).upper(), Likeness.DUPLICATE),
        (some_text(1), with_changed(some_text(1), [20, 120]), Likeness.DUPLICATE),
        (some_text(1), with_changed(some_text(1), [20, 60, 100, 140, 160, 190]), Likeness.SIMILAR),
        (some_text(1), some_text(2), None),
        (some_text(1) + " 7 10", some_text(1) + " 9 44", Likeness.DUPLICATE),
        ("Ann has 17 pens and gives 4 away. 17 - 4 = 13.", "Ann has 58 pens and gives 9 away. 58 - 9 = 49.",
         Likeness.NEW_NUMBERS),
        (CHINESE, CHINESE.replace("5元", "8元").replace("以5", "以8"), Likeness.NEW_NUMBERS),
        (CHINESE, CHINESE.replace("，", "; ").replace("5元", " ５ 元"), Likeness.DUPLICATE),
        ("x = 5", "y = 7", None),
    ],
)  # fmt: skip
def test_likeness_is_named_by_what_is_really_shared(one, other, likeness):
    assert shared(Text(one), Text(other)).likeness == likeness
    assert are_near_duplicates(Text(one), Text(other)) == (likeness in {Likeness.DUPLICATE, Likeness.NEW_NUMBERS})


def test_new_numbers_in_every_sentence_leave_the_signature_as_it_is():
    problem = "A train of {} m passes a bridge of {} m in {} s. How fast is it? " * 6
    one, other = problem.format(*range(18)), problem.format(*range(50, 68))

    assert sign(one) == sign(other)
    assert shared(Text(one), Text(other)).likeness == Likeness.NEW_NUMBERS


@given(st.lists(st.sampled_from(VOCABULARY), min_size=40, max_size=80), st.data())
def test_what_is_exactly_shared_is_the_share_of_equal_runs(words, data):
    at = data.draw(st.integers(0, len(words) - 1))
    one, other = " ".join(words), with_changed(" ".join(words), [at])

    left, right = set(shingles_of(tokens_of(one))), set(shingles_of(tokens_of(other)))

    assert shared(Text(one), Text(other)).exact == len(left & right) / len(left | right)
    assert masked(words) == words
