"""Expressions: every equal form is right, and only what is certainly different is wrong."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.verifiers.formula.domain import WORDS
from app.verifiers.formula.nodes import Apply, Number, Symbol, number
from app.verifiers.formula.parser import parse
from app.verifiers.formula.printing import to_tex
from app.verifiers.outcome import Given
from app.verifiers.registry import check_spec, compare, read
from tests.verifiers.comparing import outcome


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("n(n+1)/2", "\\frac{n(n+1)}{2}"), ("\\frac{n^2+n}{2}", "\\frac{n(n+1)}{2}"), ("b + a", "a + b"),
        ("(x+1)^2", "x²+2x+1"), ("2\\sin x\\cos x", "\\sin 2x"), ("\\sin^2 x + \\cos^2 x", "1"), ("|x|", "\\sqrt{x^2}"),
        ("f(x) = 2x+1", "2x+1"), ("2x+1", "y = 1+2x"), ("x_1 + x_{2}", "x_2+x_1"), ("n*(n+1)/2", "\\binom{n+1}{2}"),
        ("\\sqrt{2}-1", "\\frac{1}{1+\\sqrt{2}}"), ("\\sqrt{3+2\\sqrt2}", "1+\\sqrt 2"), ("√2/2", "1/\\sqrt{2}"),
        ("\\frac{2\\sqrt3}{3}", "2/\\sqrt3"), ("\\log_2 8", "3"), ("\\ln 8", "3\\ln 2"), ("12^{10}", "61917364224"),
        ("1.41421356237", "\\sqrt2"), ("2x**2", "2x^2"), ("\\frac{96\\sqrt{10}}{13}", "96 \\cdot 10^{1/2} / 13"),
        ("\\sum_{k=1}^{n} k", "\\frac{n(n+1)}{2}"), ("\\int_0^1 x^2 dx", "\\frac13"), ("\\mathbb Z", "$\\mathbb{Z}$"),
        ("\\frac{R^2+Rr}{\\sqrt{R^2-2Rr}}", "\\frac{R(r+R)}{\\sqrt{R(R-2r)}}"), ("a^{m+n}", "a^n a^m"),
        ("9^{9^{9}}", "9^{9^{9}}"), ("\\lfloor 7/2 \\rfloor", "3"), ("\\gcd(12, 18)", "6"), ("5\\,\\text{cm}", "5"),
    ],
)  # fmt: skip
def test_equal_forms_pass(text, expected):
    assert outcome(text, expected, kind="expression") == "pass"


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("e^{i\\pi}", "-1"), ("e^{i\\pi}+1", "0"), ("i^2", "-1"), ("\\sqrt[3]{-8}", "-2"), ("(-8)^{1/3}", "-2"),
        ("\\cos(\\pi/7)\\cos(2\\pi/7)\\cos(3\\pi/7)", "1/8"), ("\\sin 30^\\circ", "1/2"), ("30°", "\\pi/6"),
        ("\\zeta(2)", "\\frac{\\pi^2}{6}"), ("\\zeta(-1)", "-1/12"), ("\\Gamma(1/2)", "\\sqrt{\\pi}"),
        ("\\arctan 1 + \\arctan 2 + \\arctan 3", "\\pi"), ("50\\%", "\\frac{1}{2}"), ("\\sqrt[5]{-32}", "-2"),
    ],
)  # fmt: skip
def test_what_the_library_is_known_to_miss_passes(text, expected):
    assert outcome(text, expected, kind="expression") == "pass"


@pytest.mark.parametrize(
    ("text", "expected"),
    [("n(n-1)/2", "\\frac{n(n+1)}{2}"), ("2x+y", "2x-y"), ("\\sqrt 3", "\\sqrt 2"), ("-i", "i"), ("3e", "2e"),
     ("1.415", "\\sqrt2"), ("2^{2024}", "2^{2024}+1"), ("e^{\\pi\\sqrt{163}}", "262537412640768744"), ("2", "x+y")],
)  # fmt: skip
def test_what_differs_everywhere_fails(text, expected):
    assert outcome(text, expected, kind="expression") == "fail"


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("\\sqrt{x^2}", "x"), ("\\ln(x^2)", "2\\ln x"), ("\\cos(n\\pi)", "(-1)^n"), ("k(k+1)/2", "\\frac{n(n+1)}{2}"),
        ("1/2x", "\\frac{1}{2x}"), ("1.414", "\\sqrt2"), ("n\\equiv 1 \\pmod 4", "1 \\bmod 4"), ("\\log 100", "2"),
        ("\\mathbb{Z}/2\\mathbb{Z}", "C_2"), ("9^{9^9}", "9^{9^8}"), ("\\int_0^1 x^2 dx", "\\frac14"), ("x", "y"),
        ("\\text{not } 5", "5"), ("5 \\text{ or } 6", "5"), ("$\\sqrt2$ or $7$", "\\sqrt2"), ("\\pm 2", "2"),
        ("x=2, y=3", "2"), ("0.33x", "\\frac{x}{3}"), ("1.23\\times 10^6", "1234567"), ("33%", "1/3"), ("1/3", "0.333"),
        ("\\sin 30", "1/2"), ("xy = 6", "6"), ("f(x)", "2x"), ("2(3)=6", "6"),
    ],
)  # fmt: skip
def test_what_is_not_certain_is_undecided(text, expected):
    assert outcome(text, expected, kind="expression") == "undecided"


@pytest.mark.parametrize(
    ("text", "expected", "domain", "found"),
    [
        ("\\sqrt{x^2}", "x", {"x": "positive"}, "pass"),
        ("\\sqrt{x^2}", "x", {"x": "negative"}, "fail"),
        ("\\ln(x^2)", "2\\ln x", {"x": [0, 1]}, "pass"),
        ("\\cos(n\\pi)", "(-1)^n", {"n": "integer"}, "pass"),
        ("|t-1|", "1-t", {"t": [0, 1]}, "pass"),
        ("|t-1|", "1-t", {"t": [0, 2]}, "fail"),
        ("e + e", "2e", {"e": "real"}, "pass"),
        ("i + 1", "1 + i", {"i": "positive integer"}, "pass"),
    ],
)
def test_a_declared_domain_makes_it_certain(text, expected, domain, found):
    assert outcome(text, expected, kind="expression", domain=domain) == found


NAMES = st.sampled_from(["x", "y", "a", "n"]).map(Symbol)
NUMBERS = st.integers(0, 99).map(number) | st.tuples(st.integers(0, 9), st.integers(1, 9)).map(
    lambda parts: Apply("div", (number(parts[0]), number(parts[1])))
)


def _larger(inner):
    several = st.lists(inner, min_size=2, max_size=3).map(tuple)
    return (
        several.map(lambda parts: Apply("add", parts))
        | several.map(lambda parts: Apply("mul", parts))
        | inner.map(lambda part: Apply("neg", (part,)))
        | inner.map(lambda part: Apply("sin", (part,)))
        | st.tuples(inner, inner).map(lambda parts: Apply("div", parts))
        | st.tuples(inner, st.integers(2, 4).map(number)).map(lambda parts: Apply("pow", parts))
        | inner.map(lambda part: Apply("root", (part, number(2))))
    )


FORMULAS = st.recursive(NAMES | NUMBERS, _larger, max_leaves=8)


def _turned(node):
    if not isinstance(node, Apply):
        return node
    parts = tuple(map(_turned, node.parts))
    return Apply(node.head, parts[::-1] if node.head in {"add", "mul"} else parts)


@given(formula=FORMULAS)
def test_what_is_written_as_tex_reads_as_the_same_formula(formula):
    assert to_tex(parse(to_tex(formula)).node) == to_tex(formula)


@given(formula=FORMULAS)
def test_sums_and_products_may_be_turned_around(formula):
    assert outcome(to_tex(_turned(formula)), to_tex(formula), kind="expression") in {"pass", "undecided"}


@given(formula=FORMULAS, more=st.integers(1, 9))
def test_a_number_more_is_never_the_same(formula, more):
    assert outcome(f"({to_tex(formula)}) + {more}", to_tex(formula), kind="expression") != "pass"


@pytest.mark.parametrize("huge", ["\\sin(\\sqrt{-10^{4}})", "e^{120}", "\\cosh(200)"])
def test_what_is_small_beside_a_huge_value_is_not_overlooked(huge):
    assert outcome(f"{huge} + 1", huge, kind="expression") != "pass"
    assert outcome(f"1 + {huge} - 1", huge, kind="expression") == "pass"


def test_the_method_tells_what_decided():
    pairs = {"1+1": "2", "\\sqrt{4+4}": "2\\sqrt2", "(x+1)^2": "x^2+2x+1", "\\sin^2 x": "1-\\cos^2 x"}
    found = {
        text: compare(Given(text), {"kind": "expression", "answer": expected}).method
        for text, expected in pairs.items()
    }
    assert found == {"1+1": "exact", "\\sqrt{4+4}": "numeric", "(x+1)^2": "symbolic", "\\sin^2 x": "probing"}


def test_the_reading_names_the_unknowns_and_writes_the_formula():
    reading = read(Given("n(n+1)/2"), {"kind": "expression"})
    assert (reading.words, reading.tex) == ("reads as an expression in n", "\\frac{n (n + 1)}{2}")


@pytest.mark.parametrize(
    ("change", "faults"),
    [
        ({}, []),
        ({"domain": {"x": "positive"}}, []),
        ({"domain": {"y": "positive"}}, ["“domain” speaks of y, which is not in the answer."]),
        ({"domain": {"x": [1, 0]}},
         [f"The domain of x must be one of {', '.join(WORDS)}, or two ends such as [0, 1]."]),
        ({"answer": "x^"}, ["“x^” does not read as an expression: something is missing in it."]),
        ({"answer": "\\int_0^x t\\,dt"}, []),
    ],
)  # fmt: skip
def test_a_specification_says_what_is_wrong_with_it(change, faults):
    assert check_spec({"kind": "expression", "answer": "x+1"} | change) == faults


def test_a_decimal_is_kept_exactly():
    assert parse("0.1").node == Number(number(1).value / 10, decimals=1, figures=1)
