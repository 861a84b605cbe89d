"""Differences between texts: what is shown, that nothing is lost, that time is bounded."""

import random
import time
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.text.diff import WORK_MAX, Span, _Work, diff_lines, diff_words, tokens_of


def shown(spans):
    marks = {"same": "{}", "add": "[+{}]", "del": "[-{}]"}
    return "".join(marks[span.kind].format(span.text) for span in spans)


def sides(spans):
    old = "".join(span.text for span in spans if span.kind != "add")
    return old, "".join(span.text for span in spans if span.kind != "del")


@pytest.mark.parametrize(
    ("text", "tokens"),
    [
        ("don't x_1", ["don't", " ", "x_1"]),
        ("数学 n=5。", ["数", "学", " ", "n", "=", "5", "。"]),
        ("so $a + b$ \n\n\\(c\\)", ["so", " ", "$a + b$", " \n\n", "\\(c\\)"]),
        ("`$a$`", ["`", "$", "a", "$", "`"]),
        ("costs $5 and $6", ["costs", " ", "$", "5", " ", "and", " ", "$", "6"]),
        ("naïve мир 한국어", ["naïve", " ", "мир", " ", "한국어"]),
        ("", []),
    ],
)
def test_texts_are_cut_into_words_characters_and_formulas(text, tokens):
    assert tokens_of(text) == tokens


@pytest.mark.parametrize(
    ("old", "new", "difference"),
    [
        ("the cat sat", "the dog sat", "the [-cat][+dog] sat"),
        ("so $x^2$ holds", "so $x^3$ holds", "so [-$x^2$][+$x^3$] holds"),
        ("数学很好", "数论很好", "数[-学][+论]很好"),
        ("a b", "a b, c", "a b[+, c]"),
        ("one two three four", "one 2 3 four", "one [-two three][+2 3] four"),
        ("", "a", "[+a]"),
        ("a", "", "[-a]"),
        ("", "", ""),
        ("same", "same", "same"),
        ("first\n\nsecond", "first\n\nnew\n\nsecond", "first\n\n[+new\n\n]second"),
    ],
)
def test_what_changed_is_shown_by_words(old, new, difference):
    assert shown(diff_words(old, new)) == difference


def test_lines_are_compared_whole():
    assert shown(diff_lines("a\nb c\nd", "a\nb x\nd\ne\n")) == "a\n[-b c\nd][+b x\nd\ne\n]"
    assert shown(diff_lines("1\n2\n3\n4\n", "1\n3\n4\n2\n")) == "1\n[-2\n]3\n4\n[+2\n]"


def test_spans_compare_as_a_list():
    assert diff_words("a", "a") == [Span("same", "a")]


PIECES = st.lists(st.sampled_from(["a", "b", " ", "\n", "$x$", "$", "中", ",", "word", "`"]), max_size=40).map("".join)


@given(PIECES, PIECES)
def test_both_texts_can_be_read_from_the_difference(old, new):
    assert sides(diff_words(old, new)) == (old, new)
    assert sides(diff_lines(old, new)) == (old, new)


@given(PIECES, PIECES)
def test_no_two_neighbours_are_of_one_kind_and_none_is_empty(old, new):
    for spans in (diff_words(old, new), diff_lines(old, new)):
        kinds = [span.kind for span in spans]
        assert [pair for pair in pairwise(kinds) if pair[0] == pair[1] or pair == ("add", "del")] == []
        assert [span for span in spans if not span.text] == []


def shortest(old, new):
    """Edits by dynamic programming, to check the algorithm against."""
    row = list(range(len(new) + 1))
    for i, a in enumerate(old, 1):
        last, row[0] = row[0], i
        for j, b in enumerate(new, 1):
            last, row[j] = row[j], last if a == b else 1 + min(row[j], row[j - 1])
    return row[-1]


@given(st.text(alphabet="中文字", max_size=25), st.text(alphabet="中文字", max_size=25))
def test_no_shorter_difference_exists(old, new):
    edits = _Work(WORK_MAX).edits(tokens_of(old), tokens_of(new))

    assert edits is not None
    assert sum(len(token) for kind, token in edits if kind != "same") == shortest(old, new)


def a_long_text(paragraphs=1_000):
    chance = random.Random(7)
    words = [
        "so",
        "the",
        "number",
        "is",
        "even",
        "and",
        "prime",
        "hence",
        "$n^2$",
        "we",
        "divide",
        "by",
        "two",
        "数",
        "学",
    ]
    lines = (" ".join(chance.choices(words, k=20)) + f", case {number}." for number in range(paragraphs))
    return "\n\n".join(lines)


LONG = a_long_text()
OTHER = LONG.replace("even", "odd").replace(" the", " a").replace("two", "three").replace("case", "part")
FAR_APART = {
    "many words": (LONG, OTHER),
    "other order": (LONG, "\n\n".join(reversed(LONG.split("\n\n")))),
    "one line": (LONG.replace("\n", " "), OTHER.replace("\n", " ")),
    "repetition": ("a " * 20_000, "a b " * 10_000),
    "lines": ("a\n" * 20_000, "b\n" * 20_000),
    "Chinese": ("中文" * 20_000, "中国" * 20_000),
    "something and nothing": (LONG, ""),
}


@pytest.mark.parametrize("name", FAR_APART)
def test_twenty_thousand_words_take_bounded_time_and_nothing_is_lost(name):
    old, new = FAR_APART[name]
    started = time.thread_time()
    spans = diff_words(old, new)

    # 200 ms on a quiet machine; several times that where the processor is shared.
    assert time.thread_time() - started < 0.8
    assert sides(spans) == (old, new)


def test_a_long_text_with_few_changes_is_compared_by_words():
    old = LONG
    new = LONG.replace("case 500.", "case five hundred.")
    spans = diff_words(old, new)

    assert spans.by_lines is False
    assert [(span.kind, span.text) for span in spans if span.kind != "same"] == [
        ("del", "500"),
        ("add", "five hundred"),
    ]


def test_texts_far_apart_say_that_lines_were_compared_first_and_still_show_words():
    spans = diff_words(LONG, LONG.replace("even", "odd"))

    assert spans.by_lines is True
    changed = [(span.kind, word) for span in spans if span.kind != "same" for word in span.text.split()]
    assert set(changed) == {("del", "even"), ("add", "odd")}


def test_a_word_that_two_long_changes_share_by_chance_is_part_of_them():
    old = "Since it holds, the factors share nothing but 2, so one of them is even."
    new = "Since it holds, one factor is exactly 2 times an odd number, the other one carries the rest."
    spans = [(span.kind, span.text) for span in diff_words(old, new)]

    assert [kind for kind, _ in spans].count("same") <= 3
    assert "".join(text for kind, text in spans if kind != "add") == old
    assert "".join(text for kind, text in spans if kind != "del") == new


def test_a_word_between_short_changes_stays():
    spans = [(span.kind, span.text) for span in diff_words("an even number here", "an odd number there")]

    assert ("same", " number ") in spans
