"""Equations and inequalities: both sides may be moved, multiplied and swapped."""

import pytest

from app.verifiers.registry import check_spec
from tests.verifiers.comparing import outcome


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("y = 1+2x", "y=2x+1"), ("2x-y+1=0", "y=2x+1"), ("2x+1", "y=2x+1"), ("2x+1 = y", "y=2x+1"),
        ("x^2+y^2=1", "y^2=1-x^2"),
        ("2x^2+2y^2=2", "x^2+y^2=1"), ("x+y\\le 3", "3 \\ge y+x"), ("-x-y \\ge -3", "x+y\\le 3"),
        ("F=ma", "a=\\frac{F}{m}"),
        ("pV = nRT", "\\frac{pV}{nR} = T"), ("f(x)=2x", "f(x) = x+x"),
        ("n\\equiv 1 \\pmod 4", "n ≡ 5 (mod 4)"), ("x \\ne y", "y - x \\ne 0"),
        ("g(x)=-2x^3+c, g(x)=2x^3+c", "g(x)=2x^{3}+c, g(x)=-2x^{3}+c"), ("\\frac{x}{2}+\\frac{y}{3}=1", "3x+2y=6"),
    ],
)  # fmt: skip
def test_the_same_equation_passes(text, expected):
    assert outcome(text, expected, kind="equation") == "pass"


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("y=2x+2", "y=2x+1"), ("x^2+y^2=2", "x^2+y^2=1"), ("x+y\\ge 3", "x+y\\le 3"),
        ("n\\equiv 2 \\pmod 4", "n\\equiv 1 \\pmod{4}"),
        ("F = m/a", "F=ma"), ("2x - y = 0", "y=2x+1"), ("3x+2y=7", "\\frac{x}{2}+\\frac{y}{3}=1"),
    ],
)  # fmt: skip
def test_an_equation_with_other_solutions_fails(text, expected):
    assert outcome(text, expected, kind="equation") == "fail"


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("y=|x|", "y=x"), ("1 \\bmod 4", "n\\equiv 1 \\pmod{4}"), ("x(y-2x)=0", "y=2x"), ("y^2=x^2", "y=x"),
        ("y=2t+1", "y=2x+1"),
        ("2x+2", "y=2x+1"), ("6", "xy=6"), ("y=0.33x", "y=x/3"), ("y < 2x+1", "y=2x+1"),
        ("y=2x+1, x=3", "y=2x+1"), ("", "y=x"), ("y is twice x", "y=2x"),
    ],
)  # fmt: skip
def test_what_is_not_certain_is_undecided(text, expected):
    assert outcome(text, expected, kind="equation") == "undecided"


def test_a_declared_domain_decides_about_values():
    assert outcome("y=|x|", "y=x", kind="equation", domain={"x": "positive", "y": "positive"}) == "pass"


def test_a_specification_needs_a_relation():
    assert check_spec({"kind": "equation", "answer": "x^2 + y^2 \\le 1"}) == []
    assert check_spec({"kind": "equation", "answer": "2x+1"}) == [
        "“2x+1” does not read as an equation: it has no equals sign."
    ]
