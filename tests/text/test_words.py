"""Counting words: Latin, Chinese, formulas, code."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.text.words import count_words


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("", 0),
        ("  \n ", 0),
        ("one two, three.", 3),
        ("don't be well-known at 3.14 or 1,240", 7),
        ("e.g. Müller's naïve œuvre", 4),
        ("数学很好", 2),
        ("数", 1),
        ("证明" * 17, 20),
        ("设 n 是整数 then done", 5),
        ("ひらがなとカタカナ", 5),
        ("한국어 문장입니다", 2),
        ("мир и труд", 3),
        (r"$\frac{a}{2}$", 2),
        (r"$\alpha + \beta$", 0),
        (r"$x^2 + y^2 = 25$", 5),
        (r"$\begin{pmatrix} a & b \end{pmatrix}$", 2),
        (r"$\text{if } n \text{ is odd}$", 4),
        ("`foo_bar(x, 1.5)`", 3),
        ("```py\nfor i in range(10):\n    pass\n```", 6),
        ("costs $5 and $6", 4),
        ("**bold** _it_ [link](https://a.org)", 5),
    ],
)
def test_words_are_counted(text, words):
    assert count_words(text) == words


@given(st.lists(st.text(alphabet="abcxyz", min_size=1), max_size=30))
def test_plain_words_are_as_many_as_there_are(words):
    assert count_words(" ".join(words)) == len(words)
