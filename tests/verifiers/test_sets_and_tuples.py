"""Sets without order, tuples in order, matrices by rows."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.verifiers.outcome import Given
from app.verifiers.registry import check_spec, read
from tests.verifiers.comparing import outcome

ELEMENTS = st.lists(st.integers(-99, 99), min_size=1, max_size=6)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("{3, 2, 1}", "\\{1,2,3\\}"), ("1, 2, 3", "\\{1,2,3\\}"), ("1 and 2", "{1,2}"), ("x=1 or x=2", "1,2"),
        ("$x=1$ and $x=2$", "1,2"), ("\\pm\\sqrt2", "-\\sqrt{2}, \\sqrt2"), ("x \\in \\{1,2\\}", "1,2"), ("1;2", "1,2"),
        ("\\frac{1\\pm\\sqrt5}{2}", "\\frac{1+\\sqrt5}{2},\\frac{1-\\sqrt5}{2}"), ("1,1,2", "2,1"), ("∅", "\\{\\}"),
        ("\\emptyset", "{}"), ("0.5, 1, 2", "1/2,1,2"), ("60, 100, 8p", "8p, 60, 100"), ("1，2、3", "1,2,3"),
        ("(1,2), (3,4)", "\\{(3,4),(1,2)\\}"), ("\\{1\\} \\cup \\{2\\}", "1,2"), ("5", "\\{5\\}"),
        ("1,000, 2", "1000, 2"),
        ("43, 47 and 2021", "43,47,2021"), ("{{1,2},{3}}", "{{3},{2,1}}"),
    ],
)  # fmt: skip
def test_a_set_is_the_same_however_it_is_written(text, expected):
    found = outcome(text, expected, kind="set")
    assert found == ("undecided" if text == "1,000, 2" else "pass")  # 1,000 is a number or two of them


@pytest.mark.parametrize(
    ("text", "expected"),
    [("1, 2", "1,2,3"), ("1,2,3,4", "1,2,3"), ("1,2,4", "1,2,3"), ("(1,2),(4,3)", "(3,4),(1,2)"), ("{}", "{1}"),
     ("\\pm 2", "2"), ("{1,2}", "{1,3}")],
)  # fmt: skip
def test_another_set_fails(text, expected):
    assert outcome(text, expected, kind="set") == "fail"


@pytest.mark.parametrize(
    ("text", "expected"),
    [("1,234", "\\{1234\\}"), ("(1,2)", "{1,2}"), ("1, 2 or so", "1,2"), ("", "1,2"), ("1, k", "1, n"),
    ("all primes", "2,3"),
     ("[1,2]", "{1,2}"), ("{1,2} or {3}", "{1,2,3}"), ("{{1,2},{3}}", "{1,2,3}"), ("1, 2, ..., 9", "1,2,9")],
)  # fmt: skip
def test_what_is_no_plain_set_is_undecided(text, expected):
    assert outcome(text, expected, kind="set") == "undecided"


@given(elements=ELEMENTS, data=st.data())
def test_order_and_repetition_do_not_count(elements, data):
    again = data.draw(st.permutations([*elements, *elements[:2]]))
    text = ", ".join(map(str, again))
    assert outcome(f"\\{{{text}\\}}", ", ".join(map(str, elements)), kind="set") == "pass"


@given(left=ELEMENTS, right=ELEMENTS)
def test_two_sets_pass_exactly_when_they_are_equal(left, right):
    found = outcome(", ".join(map(str, left)), ", ".join(map(str, right)), kind="set")
    assert found == ("pass" if set(left) == set(right) else "fail")


@pytest.mark.parametrize(
    "text",
    ["(1,2)", "1, 2", "[1,2]", "x=1, y=2", "(x,y) = (1,2)", "\\left(1,\\ 2\\right)", "(1.0, 4/2)", "1 and 2",
     "\\begin{pmatrix}1\\\\2\\end{pmatrix}", "\\langle 1, 2\\rangle", "$(1, \\sqrt{4})$"],
)  # fmt: skip
def test_a_tuple_is_recognised_in_many_forms(text):
    assert outcome(text, "(1,2)", kind="tuple") == "pass"


@pytest.mark.parametrize(
    ("text", "found"),
    [("(2,1)", "fail"), ("(1,2,3)", "fail"), ("1", "fail"), ("y=2, x=1", "undecided"), ("(1,2", "undecided"),
     ("{1,2}", "undecided"), ("(1,2) or (2,1)", "undecided"), ("", "undecided")],
)  # fmt: skip
def test_what_is_another_tuple_fails_and_what_is_none_is_undecided(text, found):
    assert outcome(text, "(1,2)", kind="tuple") == found


def test_named_values_are_put_in_order():
    found = {text: outcome(text, "(1,2)", kind="tuple", names=["x", "y"]) for text in ("y=2, x=1", "x=2, y=1", "1, 2")}
    assert found == {"y=2, x=1": "pass", "x=2, y=1": "fail", "1, 2": "pass"}
    assert outcome("a=1, b=2", "(1,2)", kind="tuple", names=["x", "y"]) == "undecided"


@given(values=st.lists(st.integers(-99, 99), min_size=2, max_size=5), data=st.data())
def test_a_tuple_passes_in_its_own_order_only(values, data):
    other = data.draw(st.permutations(values))
    found = outcome("(" + ", ".join(map(str, other)) + ")", ", ".join(map(str, values)), kind="tuple")
    assert found == ("pass" if list(other) == values else "fail")


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("\\begin{pmatrix}1&2\\\\3&4\\end{pmatrix}", "pass"),
        ("\\begin{bmatrix} 1 & \\frac42 \\\\ 3 & 4 \\\\ \\end{bmatrix}", "pass"),
        ("[[1,2],[3,4]]", "pass"), ("[1 2; 3 4]", "pass"), ("[1, 2; 3, 4]", "pass"), ("((1,2),(3,4))", "pass"),
        ("A = [[1,2],[3,4]]", "pass"), ("[[1,3],[2,4]]", "fail"), ("[[1,2,0],[3,4,0]]", "fail"), ("[1,2,3,4]", "fail"),
        ("[[1,2],[3]]", "undecided"), ("1 2 3 4", "undecided"),
    ],
)  # fmt: skip
def test_a_matrix_is_compared_cell_by_cell(text, found):
    assert outcome(text, "[[1,2],[3,4]]", kind="matrix") == found


def test_a_row_for_a_column_is_undecided():
    assert outcome("[1,2,3]", "[[1],[2],[3]]", kind="matrix") == "undecided"
    assert outcome("\\begin{pmatrix}1\\\\2\\\\3\\end{pmatrix}", "[[1],[2],[3]]", kind="matrix") == "pass"


def test_the_readings_tell_the_size():
    assert read(Given("3, 1, 2"), {"kind": "set"}).words == "reads as a set of 3 elements"
    assert read(Given("(3, 1)"), {"kind": "tuple"}).words == "reads as 2 values in this order"
    assert read(Given("[[1,2,3],[4,5,6]]"), {"kind": "matrix"}).words == "reads as a matrix of 2 × 3"


def test_specifications_say_what_is_wrong_with_them():
    assert check_spec({"kind": "set", "answer": "all primes"}) == [
        "“all primes” does not read as a finite set: it holds words."
    ]
    assert check_spec({"kind": "tuple", "answer": "(1,2)", "names": ["x"]}) == [
        "“names” must name each of the 2 values once."
    ]
    assert check_spec({"kind": "matrix", "answer": "[[1,2],[3]]"}) == [
        "“[[1,2],[3]]” does not read as a matrix: its rows have different lengths."
    ]
