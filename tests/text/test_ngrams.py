"""Words, windows and their hashes: the same for equal texts under one key, and under no other."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.text.ngrams import Hasher, places_of, words_of

KEY, OTHER = b"k" * 32, b"o" * 32


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("Ten APPLES, 3.5 kg – don't!", ["ten", "apples", "3", "5", "kg", "don", "t"]),
        (r"\frac{a_1}{b} = x^2", ["frac", "a", "1", "b", "x", "2"]),
        ("求 x 的值", ["求", "x", "的", "值"]),
        ("ﬁne ½", ["fine", "1", "2"]),
        ("— … —", []),
    ],
)
def test_words_are_runs_of_letters_or_digits_and_single_cjk_characters(text, words):
    assert words_of(text) == words


@given(st.text(max_size=60))
def test_every_word_has_a_place_in_the_text_as_it_stands(text):
    places = places_of(text)
    assert all(0 <= start < end <= len(text) for start, end in places)
    if text.isascii():
        assert [text[start:end].lower() for start, end in places] == words_of(text)


@given(st.lists(st.sampled_from(["a", "b", "c"]), min_size=3, max_size=12))
def test_a_window_is_hashed_alike_alone_and_among_all(words):
    hasher = Hasher(KEY)
    codes = hasher.codes(words)
    windows = hasher.windows(codes, 3).to_pylist()
    assert windows == [hasher.window(codes[start : start + 3], 3) for start in range(len(words) - 2)]
    assert len(set(windows)) == len({tuple(words[start : start + 3]) for start in range(len(words) - 2)})


def test_a_text_shorter_than_the_window_has_none():
    hasher = Hasher(KEY)
    assert hasher.windows(hasher.codes(["a", "b"]), 3).to_pylist() == []


def test_the_order_of_words_counts():
    hasher = Hasher(KEY)
    there, back = (hasher.window(hasher.codes(words), 2) for words in (["a", "b"], ["b", "a"]))
    assert there != back


def test_another_key_hashes_everything_differently():
    ours, theirs = Hasher(KEY), Hasher(OTHER)
    text = "How many apples are left?"
    pairs = [
        (ours.whole(text), theirs.whole(text)),
        (ours.masked(text), theirs.masked(text)),
        (ours.window(ours.codes(["a"]), 1), theirs.window(theirs.codes(["a"]), 1)),
    ]
    assert [mine == other for mine, other in pairs] == [False, False, False]


def test_only_the_numbers_may_differ_when_they_are_masked():
    hasher = Hasher(KEY)
    assert hasher.masked("Add 17 and  4.") == hasher.masked("add 2,300 and 5.1.")
    assert hasher.whole("Add 17 and 4.") != hasher.whole("Add 17 and 5.")
