"""The linter's rules about any text: formulas, personal data, links, language, hidden characters."""

import pytest

from app.text.linter import Brief
from tests.text.written_work import SQUARE, findings, work


def test_a_formula_that_does_not_balance_is_named_with_its_place():
    content = work(("conclusion", r"so $\frac{1}{2$ is 5"), answer=r"$\left( 5$", what_would_make_this_wrong="if $$x")

    assert findings(content, "tex") == [
        ("Step 1: { is not closed.", "s1"),
        (r"The answer: \left is not closed.", "answer"),
        ("“What would make this wrong”: $$ opens no formula that closes in the same paragraph.", "wrong"),
    ]
    assert findings(work(), "tex") == []


def test_too_large_a_formula_is_named():
    content = work(("conclusion", f"${'x' * 4001}$"))

    assert findings(content, "tex_limit") == [
        ("Step 1: This formula has 4,001 characters; at most 4,000 are set. Split it.", "s1")
    ]
    assert findings(work(("conclusion", f"${'x' * 4000}$")), "tex_limit") == []


@pytest.mark.parametrize(
    ("text", "what"),
    [
        ("write to mona@example.org", "an e-mail address"),
        ("call +46 8 123 456 78", "a telephone number"),
        ("call (555) 123-4567", "a telephone number"),
        ("电话 13812345678", "a telephone number"),
        ("the ratio is $a@b.c$ and 123456789012", None),
        ("11, 17, 33, 73, 169, 393 and +5 -3 +12", None),
        ("`mona@example.org`", None),
        ("x@y and 3.14159265358979", None),
    ],
)
def test_personal_data_is_noticed(text, what):
    expected = [(f"Step 1 seems to hold {what}", "s1")] if what else []

    assert findings(work(("conclusion", text)), "personal") == expected


@pytest.mark.parametrize(
    ("text", "sentence"),
    [
        ("as https://example.org/proof shows", "Step 1 relies on a link"),
        ("see [here](http://example.org)", "Step 1 relies on a link"),
        ("see www.example.org", "Step 1 relies on a link"),
        ("as ![the drawing](https://example.org/x.png) shows", "Step 1 relies on a picture elsewhere"),
        ("as ![the drawing](/attachments/0190d3c0-7000-7000-8000-000000000001) shows", None),
        ("`curl https://example.org` prints 5", None),
        ("as [step 1](#step-1) shows", None),
    ],
)
def test_links_and_pictures_elsewhere_are_noticed(text, sentence):
    assert findings(work(("conclusion", text)), "link") == ([(sentence, "s1")] if sentence else [])


CHINESE = (
    "设 $n$ 是正整数。因为右边是偶数，所以两个因子都是偶数，它们的差是六。于是只有一个因子能被四整除，另一个不能。"
)


@pytest.mark.parametrize(
    ("language", "bodies", "sentence"),
    [
        ("zh", [CHINESE], None),
        ("zh", [body for _, body, _ in SQUARE], "The project is written in Chinese; most of this is not"),
        ("en", [CHINESE], "The project is written in English; most of this is not"),
        ("en", [body for _, body, _ in SQUARE], None),
        ("en", ["所以 $n=5$。"], None),
        (None, [CHINESE], None),
    ],
)
def test_the_language_is_the_projects(language, bodies, sentence):
    content = work(*(("insight", body) for body in bodies))

    assert findings(content, "language", Brief("solve", language=language)) == (
        [(sentence, "steps")] if sentence else []
    )


def test_hidden_characters_are_named_in_prose_and_in_the_program():
    content = work(
        ("conclusion", "n\u200b is\u202e 5 👩\u200d👩"),
        program={"language": "python", "source": "x = '\u2066'"},
        note_to_reviewer="\ufeffplease",
    )

    assert findings(content, "invisible") == [
        ("Step 1 holds an invisible character: U+200B ZERO WIDTH SPACE and 1 more", "s1"),
        ("The note to the reviewer holds an invisible character: U+FEFF ZERO WIDTH NO-BREAK SPACE", "note"),
        ("The program holds an invisible character: U+2066 LEFT-TO-RIGHT ISOLATE", "program"),
    ]
    assert findings(work(), "invisible") == []
