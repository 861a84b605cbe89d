"""What holds for every kind of answer."""

import ast
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.tasks.states import AnswerKind
from app.verifiers import registry
from app.verifiers.outcome import AGREES, DIFFERS, Given, Outcome
from app.verifiers.registry import KINDS, check_spec, compare, guess_probability, read, reference_of, self_test

DECIDED = [kind for kind in KINDS.values() if kind.is_decided_here]
FOLDER = Path(registry.__file__).parent
RUNNING = {"eval", "exec", "compile", "sympify", "parse_expr", "lambdify", "S", "__import__"}
"""Calls that run the text they are given, sympy's among them."""
OPTION_FORMS = {"text", "number", "numbers", "flag", "list", "choice", "several", "object"}
JUNK = st.text(max_size=60) | st.text(alphabet="0123456789+-*/^{}()[]\\,.;|=<>~ $%!_xyeipi", max_size=40)
SCRAPS = st.lists(
    st.sampled_from(["\\frac", "{", "}", "1", "x", "\\sqrt", "[", "]", "^", "_", "\\text{a}", "\\pm", "|", "(", ")",
                     ",", "\\left", "\\infty", "\\cup", "\\begin{pmatrix}", "\\end{pmatrix}", "&", "\\\\", "=", "<",
                     "°", "é", "中"])
).map("".join)  # fmt: skip
SETTINGS = [
    "kind", "answer", "options", "also", "domain", "branches", "unit", "relative", "several", "names", "ignore",
    "range", "significant_figures",
]  # fmt: skip
VALUES = (
    st.sampled_from([*KINDS])
    | st.text(max_size=5)
    | st.integers()
    | st.none()
    | st.booleans()
    | st.lists(st.text(max_size=3), max_size=3)
    | st.dictionaries(st.text(max_size=2), st.integers())
)


def test_there_is_a_verifier_for_every_kind_that_a_task_can_have():
    assert sorted(KINDS) == sorted(AnswerKind)


@pytest.mark.parametrize("kind", KINDS.values(), ids=list(KINDS))
def test_every_example_is_a_specification_without_fault(kind):
    assert check_spec(kind.example) == []
    assert kind.title
    assert kind.hint
    assert {option.form for option in kind.options} <= OPTION_FORMS


@pytest.mark.parametrize("kind", DECIDED, ids=[kind.name for kind in DECIDED])
def test_every_example_accepts_its_own_reference_and_nothing_else(kind):
    tested = self_test(kind.example, [Given(""), Given("something completely different"), Given("987654321.5")])

    assert tested.is_passed
    assert tested.reference.outcome is Outcome.PASS


@pytest.mark.parametrize("kind", KINDS.values(), ids=list(KINDS))
def test_the_reading_does_not_depend_on_the_expected_value(kind):
    without = {name: value for name, value in kind.example.items() if name not in {"answer", "also"}}
    texts = ["12", "x", "", "B", "24.3 m", "(1, 2)", kind.example.get("answer", "")]
    assert [read(Given(str(text)), kind.example) for text in texts] == [
        read(Given(str(text)), without) for text in texts
    ]


@pytest.mark.parametrize("kind", DECIDED, ids=[kind.name for kind in DECIDED])
@given(text=JUNK | SCRAPS, unit=st.just("") | JUNK, assumption=JUNK)
def test_whatever_is_answered_something_is_said_and_the_author_is_told_nothing(kind, text, unit, assumption):
    answer = Given(text, unit, (assumption,))
    found, reading = compare(answer, kind.example), read(answer, kind.example)

    assert isinstance(found.outcome, Outcome)
    assert found.reason
    assert reading.words
    expected = reference_of(kind.example).text
    assert len(expected) < 3 or expected not in found.reason or expected in text


@given(spec=st.dictionaries(st.sampled_from(SETTINGS), VALUES))
def test_whatever_is_stored_as_a_specification_is_told_its_faults(spec):
    assert all(isinstance(fault, str) for fault in check_spec(spec))
    assert compare(Given("2"), spec).reason
    guess_probability(spec)


def test_an_empty_specification_expects_nothing():
    assert check_spec({}) == []
    assert compare(Given("2"), {}).outcome is Outcome.UNDECIDED
    assert check_spec({"kind": "unheard"}) == ["There is no kind of answer called “unheard”."]


def test_programs_and_open_answers_are_decided_elsewhere():
    found = {name: compare(Given("2"), {"kind": name, "tests": "x"}) for name in ("program", "rubric", "none")}
    assert {name: (str(one.outcome), one.method) for name, one in found.items()} == {
        "program": ("undecided", "tests"),
        "rubric": ("undecided", "people"),
        "none": ("undecided", "people"),
    }


def test_another_right_answer_passes_as_well():
    spec = {"kind": "integer", "answer": "12", "also": ["15", "a score"]}
    assert [str(compare(Given(text), spec).outcome) for text in ("12", "15")] == ["pass", "pass"]
    assert str(compare(Given("13"), spec).outcome) == "undecided"  # one of the others could not be read
    assert check_spec(spec) == ["“a score” does not read as a whole number: it holds words."]


def test_pass_and_fail_are_told_in_the_same_words_by_all_kinds_but_units():
    integer = {"kind": "integer", "answer": "12"}
    assert [compare(Given(text), integer).reason for text in ("12", "13")] == [AGREES, DIFFERS]


def test_no_verifier_runs_what_it_reads():
    trees = {path.name: ast.parse(path.read_text(encoding="utf-8")) for path in FOLDER.rglob("*.py")}
    called = {
        (name, ast.unparse(node.func))
        for name, tree in trees.items()
        for node in ast.walk(tree)
        if isinstance(node, ast.Call) and ast.unparse(node.func).rpartition(".")[2] in RUNNING
    }
    assert {(name, call) for name, call in called if call != "re.compile"} == set()
    assert len(trees) > 20


@pytest.mark.parametrize(
    "text",
    ["__import__('os').system('true')", "().__class__.__bases__[0]", "lambda: 0", "exec('x=1')", "open('/etc/passwd')",
     "\\input{/etc/passwd}", "\\write18{ls}", "x.subs(x, 2)", "Integer(2)", "pi.evalf()"],
)  # fmt: skip
def test_code_in_an_answer_is_no_formula(text):
    assert {str(compare(Given(text), {"kind": kind, "answer": "2", "relative": 0.1}).outcome)
            for kind in ("integer", "real", "expression", "set", "interval", "quantity")} == {"undecided"}  # fmt: skip


@pytest.mark.parametrize("text", ["2^{13990}", "2^{14010}", "9" * 3999, "1/" + "7" * 3999, "1." + "1" * 3900, "1500!"])
@pytest.mark.parametrize("kind", DECIDED, ids=[kind.name for kind in DECIDED])
def test_numbers_of_thousands_of_digits_are_read_and_compared(kind, text):
    assert read(Given(text), kind.example).words
    assert compare(Given(text), kind.example).outcome is not Outcome.PASS
