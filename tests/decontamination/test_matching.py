"""The rules: the same, covered by more than half, ten or thirteen words in a row, the same but for numbers."""

from uuid import UUID

import pytest

from app.decontamination.service.matching import TOLD_MAX, Index
from app.decontamination.service.sealing import Grams, kept_of, seal, unseal
from app.decontamination.states import GramKind, Likeness
from app.text.ngrams import Hasher

KEY = b"k" * 32
SET = UUID(int=7)
APPLES = (
    "Natalia sold clips to forty eight of her friends in April, and then she sold half as many clips in May. "
    "How many clips did Natalia sell altogether in April and May?"
)
WORDS = APPLES.replace(",", "").replace(".", "").replace("?", "").split()
SHORT = "What is 17 plus 25 in base 9?"


def kept(texts, key=KEY):
    grams = {kind: Grams() for kind in GramKind}
    for number, text in enumerate(texts, 1):
        for kind, hashes in kept_of(Hasher(key), [text]).items():
            grams[kind].add(hashes, number)
    for one in grams.values():
        one.sort()
    return grams


@pytest.fixture
def index():
    """Three reference texts, loaded under number 1, 2, 3."""
    return Index(
        Hasher(KEY), {SET: kept([APPLES, SHORT, "Nobody writes anything like this here, or so we hope."])}, through=1
    )


def told(index, text):
    return [(match.text_number, match.likeness, match.n, match.coverage) for match in index.look([text])[0]]


def others(count, start=0):
    return [f"other{number}" for number in range(start, start + count)]


def test_the_same_text_is_exact_whatever_its_case_and_spaces(index):
    found = told(index, APPLES.upper().replace(" ", "\n "))
    assert found == [(1, Likeness.EXACT, 13, 100)]


def test_a_text_without_its_commas_is_covered(index):
    assert told(index, " ".join(WORDS)) == [(1, Likeness.COVERED, 13, 100)]


@pytest.mark.parametrize(
    ("own", "likeness", "coverage"),
    [(15, Likeness.COVERED, 51), (16, Likeness.LARGE, 50), (64, Likeness.LARGE, 20)],
)
def test_more_than_half_of_the_words_must_be_covered(index, own, likeness, coverage):
    text = " ".join([*WORDS[:16], *others(own)])
    assert told(index, text) == [(1, likeness, 13, coverage)]


@pytest.mark.parametrize(
    ("shared", "expected"),
    [
        (13, [(1, Likeness.LARGE, 13, 13)]),
        (12, [(1, Likeness.MIDDLE, 10, 12)]),
        (10, [(1, Likeness.MIDDLE, 10, 10)]),
        (9, []),
    ],
)
def test_ten_words_in_a_row_are_told_and_nine_are_not(index, shared, expected):
    text = " ".join([*others(50), *WORDS[4 : 4 + shared], *others(50 - shared, 60)])
    assert told(index, text) == expected


def test_a_renumbered_short_text_is_told(index):
    assert told(index, "What is 3 plus 8 in base 7?") == [(2, Likeness.NUMBERS, None, 0)]


def test_what_is_matched_is_our_own_text_as_it_stands(index):
    ours = (
        f"{' '.join(others(30))} – NATALIA  sold clips, to «forty» eight of her Friends in: {' '.join(others(9, 40))}"
    )
    (match,) = index.look([ours])[0]
    assert match.matched == "NATALIA  sold clips, to «forty» eight of her Friends in"


def test_texts_of_one_batch_do_not_run_into_one_another(index):
    halves = [" ".join(WORDS[:7]), " ".join(WORDS[7:14])]
    assert index.look([*halves, SHORT]) == [[], [], index.look([SHORT])[0]]


def test_three_words_are_neither_kept_nor_found():
    index = Index(Hasher(KEY), {SET: kept(["42", "x is 5", "the answer is 5"])}, through=1)
    assert [told(index, text) for text in ("42", "x is 5", "the answer is 5")] == [
        [],
        [],
        [(3, Likeness.EXACT, None, 100)],
    ]


def test_of_many_reference_texts_the_most_alike_are_told():
    texts = [f"{' '.join(WORDS[:12])} number{number}" for number in range(40)]
    index = Index(Hasher(KEY), {SET: kept(texts)}, through=1)
    found = told(index, texts[30])
    assert (found[0], len(found)) == ((31, Likeness.EXACT, 13, 100), TOLD_MAX)


def test_sealed_hashes_come_back_only_with_the_key_and_at_their_place():
    grams = kept([APPLES])[GramKind.SMALL]
    ((part, sealed),) = seal(KEY, SET, GramKind.SMALL, grams)

    def opened(key, kind, place):
        found = Grams()
        unseal(key, SET, kind, place, sealed, found)
        return list(found.hashes)

    assert opened(KEY, GramKind.SMALL, part) == list(grams.hashes)
    wrong = [(b"x" * 32, GramKind.SMALL, part), (KEY, GramKind.MIDDLE, part), (KEY, GramKind.SMALL, part + 1)]
    assert [set(opened(*place)) & set(grams.hashes) for place in wrong] == [set(), set(), set()]
