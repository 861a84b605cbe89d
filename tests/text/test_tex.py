"""Formulas in a text: where they are, what does not balance, what is over a limit."""

import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.text.segments import find_segments
from app.text.tex import Formula, balance_faults, brace_depth, find_formulas, limit_faults, text_faults
from tests.text.reference_data import long_texts


def sources(text):
    return [(formula.source, formula.display) for formula in find_formulas(text)]


def sentences(source):
    return [fault.sentence for fault in balance_faults(source)]


def test_a_formula_says_where_it_stands_with_its_delimiters():
    assert find_formulas("so $x$.") == [Formula(3, 6, "x", display=False)]


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("$a$ and $$b$$", [("a", False), ("b", True)]),
        (r"\(a\) and \[b\]", [("a", False), ("b", True)]),
        ("$$\na\n+ b\n$$", [("a\n+ b", True)]),
        ("$a\n b$", [("a\n b", False)]),
        (r"$\$5$", [(r"\$5", False)]),
        ("$$x$", [("x", False)]),
        ("> $$\n> a\n> > b\n> $$", [("a\n> b", True)]),
        ("- $$\n  a\n  $$", [("a", True)]),
        ("$a$$b$", [("a", False), ("b", False)]),
        ("数$n$学", [("n", False)]),
        ("$a$\r\n\r\n$b$", [("a", False), ("b", False)]),
        (r"$\text{``a''}$", [(r"\text{``a''}", False)]),
    ],
)
def test_formulas_are_found(text, found):
    assert sources(text) == found


@pytest.mark.parametrize(
    "text",
    [
        "costs $5 and $6",
        "from $5 to 7$8",
        r"\$x$",
        r"\\(a)",
        "$ x$",
        "$x $ y",
        "$$$$",
        "$$ $$",
        "$a\n\nb$",
        "$$a\n \nb$$",
        "$a\n- b$",
        "$a\n# b$",
        "`$x$`",
        "`` $x$ ` $y$ ``",
        "$5 and `x$`",
        "```\n$x$\n```",
        "~~~ tex\n$x$",
        "> ```\n> $x$\n> ```",
        "1. ```\n   $x$\n   ```",
        r"\(a",
        r"\[a\)",
    ],
)
def test_no_formula_is_seen_where_there_is_none(text):
    assert sources(text) == []


def test_a_fence_in_a_quotation_ends_with_the_quotation():
    assert sources("> ```\n> $a$\n$b$") == [("b", False)]


@given(st.text(alphabet="$\\()[]`~> \n-a1{}", max_size=60))
def test_segments_stand_in_order_and_hold_their_source(text):
    ends = [0]
    for segment in find_segments(text):
        assert ends[-1] <= segment.start < segment.end <= len(text)
        if segment.kind == "formula" and "\n" not in segment.source:
            assert segment.source in text[segment.start : segment.end]
        ends.append(segment.end)


HARD = [
    "\\(",
    "$a ",
    "$$ ",
    "`",
    "\\[a\n",
    "$a`",
    "```\n$",
    "> ```\n",
    "```a\n",
    "$$a\n",
    "\\",
    "> ",
    "- ",
    "1. ",
    "~~~\n",
    "$",
]


@pytest.mark.parametrize("piece", HARD)
def test_finding_takes_time_in_proportion_to_the_length(piece):
    started = time.thread_time()
    find_segments(piece * (200_000 // len(piece)))

    assert time.thread_time() - started < 1


@pytest.mark.parametrize(
    "source",
    [
        r"\frac{a}{b}",
        r"\left( \frac{1}{2} \right]",
        r"\left. x \right|_{0}^{1}",
        r"\begin{pmatrix} a & b \\ c & d \end{pmatrix}",
        r"\left\{ \begin{array}{ll} a & \text{if $x > 0$} \\ b \end{array} \right.",
        r"\{ a \} \$ \%",
        "a % } not here\n+ b",
        r"\text{a {b} c}",
        r"\left\lfloor x \right\rfloor",
        r"\big( a \bigr]",
        "",
    ],
)
def test_what_balances_has_no_fault(source):
    assert balance_faults(source) == []


@pytest.mark.parametrize(
    ("source", "said"),
    [
        (r"\frac{a}{b", ["{ is not closed."]),
        ("a}", ["} closes nothing."]),
        (r"\left( a", [r"\left is not closed."]),
        (r"a \right)", [r"\right closes nothing."]),
        (r"\left a", [r"\left needs a bracket after it (a full stop for none).", r"\left is not closed."]),
        (r"\left({a\right)}", ["{ is not closed before \\right.", "} closes nothing."]),
        (r"\begin{matrix} a", [r"\begin{matrix} is not closed."]),
        (r"\begin{a}\end{b}", [r"\begin{a} is not closed.", r"\end{b} closes nothing."]),
        (r"\begin a", [r"\begin needs the name of an environment in braces."]),
        ("a $ b", [r"A $ stands inside the formula: remove it, or write \$."]),
        (r"\text{a $b}", [r"A $ inside \text is not closed."]),
        ("a \\", ["A backslash stands alone at the end."]),
    ],
)
def test_what_does_not_balance_is_named(source, said):
    assert sentences(source) == said


def test_a_fault_says_where_it_is():
    assert [fault.position for fault in balance_faults(r"\frac{a}{b")] == [8]


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("so $$x^2", ["$$ opens no formula that closes in the same paragraph."]),
        (r"so \(x", [r"\( opens no formula that closes in the same paragraph."]),
        (r"x\]", [r"\] closes a formula never opened in the same paragraph."]),
        (r"so $\alpha + 1", [r"A $ stands alone before TeX: close the formula, or write \$."]),
        ("so $x^2 + 1", [r"A $ stands alone before TeX: close the formula, or write \$."]),
        ("it costs $5 or $6", []),
        ("`$$` and $x$ and $\\frac{a}{b}$", []),
        ("so ${x$", ["{ is not closed."]),
    ],
)
def test_the_faults_of_a_text_include_delimiters_left_open(text, said):
    assert [fault.sentence for fault in text_faults(text)] == said


def test_depth_counts_braces_pairs_and_environments():
    assert brace_depth(r"{\left( \begin{a}{x}\end{a} \right)}\{") == 4


def test_a_text_inside_the_limits_has_no_fault():
    assert limit_faults("$x$ " * 299 + "$" + "{" * 64 + "}" * 64 + "$") == []


def test_each_limit_has_its_sentence():
    assert [fault.sentence for fault in limit_faults(f"${'x' * 4001}$ ${'{' * 65 + '}' * 65}$")] == [
        "This formula has 4,001 characters; at most 4,000 are set. Split it.",
        "This formula is nested more than 64 deep. Give its parts names.",
    ]
    assert [fault.sentence for fault in limit_faults("$x$ " * 301)] == [
        "This text has 301 formulas; at most 300 are set. Split the text."
    ]
    assert [fault.sentence for fault in limit_faults(f"${'x' * 3900}$ " * 16)] == [
        "The formulas of this text have 62,400 characters; at most 60,000 are set. Split the text."
    ]


def test_the_formulas_of_real_texts_nearly_all_balance():
    formulas = [formula.source for text in ["$\\frac{1}{2}$", *long_texts()] for formula in find_formulas(text)]
    faulty = [source for source in formulas if balance_faults(source)]

    assert len(faulty) <= len(formulas) // 20
