"""Programs with their tests: the reference passes what goes out, a wrong program does not, hidden tests stay here."""

import json
import runpy
import tempfile

import pytest
from pyarrow import parquet

from app.tasks.models import Task
from tests.exports.rendering import a_solved_program, excluded_of, rendered, rows_of
from tests.factories.judged import a_snapshot
from tests.factories.running import ADDING, RIGHT

STARTER = 'def double(x):\n    """Twice x."""\n'
DOUBLE = STARTER + "    return x * 2\n"
CHECK = "def check(candidate):\n    assert candidate(2) == 4\n    assert candidate([1]) == [1, 1]\n"
ASSERTS = "import math\n\nassert double(2) == 4\nassert double(\n    3\n) == 6, 'no (\\n'\n"
PAIRS = """
def pairs(items, *, times=1):
    if not items:
        raise KeyError("empty")
    return [tuple(pair) for pair in items] * times
"""
CALLS = [
    {"args": [[[1, 2], [3, 4]]], "expected": [[1, 2], [3, 4]]},
    {"args": [{"python": "((1, 2),)"}], "kwargs": {"times": 2}, "expected": {"python": "[(1, 2), (1, 2)]"}},
    {"args": [[]], "raises": "LookupError", "name": "canary-call", "is_hidden": True},
]


@pytest.fixture
def export(session, database, app_settings, sums, mona, ed, rae, tmp_path):
    """Freeze one program task and export it; return the files."""

    def exported(name, spec, source, /, **facts):
        a_solved_program(session, sums, ed, rae, spec, source, **facts)
        snapshot = a_snapshot(session, database, app_settings, manager=mona, project_id=sums.id)
        return rendered(database, app_settings, snapshot, name, tmp_path / "out")

    return exported


def passes(*sources):
    """Execute sources one after the other in one module, as evaluations do; they are programs of this file."""
    with tempfile.NamedTemporaryFile("w", suffix=".py", encoding="utf-8") as file:
        file.write("\n".join(sources))
        file.flush()
        try:
            runpy.run_path(file.name)
        except (AssertionError, LookupError, TypeError):
            return False
    return True


@pytest.mark.parametrize(
    ("tests", "source", "wrong"),
    [
        ({"tests": CHECK}, DOUBLE, "    return x + 2\n"),
        ({"tests": ASSERTS}, DOUBLE, "    return 4\n"),
        ({"tests": "assert candidate(2) == 4"}, DOUBLE, "    return x\n"),
        (
            {"cases": [{"args": [0.1], "expected": 0.2}], "match": {"how": "numeric", "absolute": 0.01}},
            DOUBLE,
            "    return x\n",
        ),
    ],
)
def test_humaneval_completes_the_starter_code(export, tests, source, wrong):
    files = export("humaneval", {"entry_point": "double", **tests}, source, starter_code=STARTER, external_id="D/1")

    row = rows_of(files["humaneval/train.jsonl"])[0]
    call = f"check({row['entry_point']})"
    assert (row["task_id"], row["prompt"], row["canonical_solution"]) == ("D/1", STARTER, "    return x * 2\n")
    assert passes(row["prompt"] + row["canonical_solution"], row["test"], call)
    assert not passes(row["prompt"] + wrong, row["test"], call)


def test_humaneval_without_starter_code_has_the_task_as_a_comment(export):
    files = export("humaneval", {"entry_point": "pairs", "cases": CALLS}, PAIRS, statement="Pair them.\n\n# Now.")

    row = rows_of(files["humaneval/train.jsonl"])[0]
    assert row["prompt"] == "# Pair them.\n#\n# # Now.\n\n\n"
    assert row["canonical_solution"] == PAIRS
    assert passes(row["prompt"] + row["canonical_solution"], row["test"], "check(pairs)")


@pytest.mark.parametrize(
    ("before", "after"),
    [
        ("KeyError", "ValueError"),
        ("* times", "* 1"),
        ("tuple(pair)", "list(pair)"),
        ('raise KeyError("empty")', "return []"),
    ],
)
def test_cases_written_as_code_ask_for_all_that_the_cases_ask(export, before, after):
    files = export("humaneval", {"entry_point": "pairs", "cases": CALLS}, PAIRS)

    row = rows_of(files["humaneval/train.jsonl"])[0]
    try:
        assert not passes(PAIRS.replace(before, after), row["test"], "check(pairs)")
    except ValueError:
        assert after == "ValueError"


@pytest.mark.parametrize(
    ("tests", "before", "listed"),
    [
        ({"tests": CHECK}, CHECK, ["check(double)"]),
        ({"tests": ASSERTS}, "import math\n\n", ["assert double(2) == 4", "assert double(\n    3\n) == 6, 'no (\\n'"]),
        (
            {"tests": "assert double(1) == 2; assert double(2) == 4"},
            "",
            ["assert double(1) == 2; assert double(2) == 4"],
        ),
        (
            {"tests": "assert double(1) == 2\nx = 2\nassert double(x) == 4"},
            "",
            ["assert double(1) == 2\nx = 2\nassert double(x) == 4"],
        ),
        ({"tests": "assert candidate(1) == 2"}, "candidate = double\n", ["assert candidate(1) == 2"]),
    ],
)
def test_mbpp_lists_the_assertions(export, tests, before, listed):
    files = export("mbpp", {"entry_point": "double", **tests}, DOUBLE, statement="Double it.")

    row = rows_of(files["mbpp/train.jsonl"])[0]
    assert (row["test_setup_code"], row["test_list"]) == (before, listed)
    assert row["text"] == "Double it.\n\nWrite the Python function `double`."
    assert passes(row["code"], row["test_setup_code"], *row["test_list"])
    assert not passes(row["code"].replace("* 2", "+ 3"), row["test_setup_code"], *row["test_list"])


def test_mbpp_lists_cases_too(export):
    files = export("mbpp", {"entry_point": "pairs", "cases": CALLS}, PAIRS)

    row = rows_of(files["mbpp/train.jsonl"])[0]
    assert row["test_list"][:2] == [
        "assert same_value(pairs([[1, 2], [3, 4]]), [[1, 2], [3, 4]])",
        "assert same_value(pairs(((1, 2),), times=2), [(1, 2), (1, 2)], is_json=False)",
    ]
    assert passes(row["test_setup_code"], row["code"], *row["test_list"])


def test_apps_writes_input_and_output(export):
    files = export("apps", ADDING, RIGHT, difficulty=3, title="Sum", source="Ours", domain="sums")

    row = rows_of(files["apps/train.jsonl"])[0]
    assert json.loads(row["input_output"]) == {"inputs": ["1 2\n", "770077 880088\n"], "outputs": ["3", "1650165"]}
    assert json.loads(row["solutions"]) == [RIGHT]
    assert (row["difficulty"], row["name"], row["source"], row["tags"]) == ("MEDIUM_HARD", "Sum", "Ours", '["sums"]')
    assert (row["time_limit"], row["memory_limit"]) == ("10 seconds", "512 megabytes")
    assert {type(value) for value in row.values()} == {str}


def test_calls_are_lists_in_apps_and_lines_of_json_in_verl(
    session, database, app_settings, sums, mona, ed, rae, tmp_path
):
    cases = [{"args": [[1, 2], "a\nb"], "expected": [[1, 2], "a\nb"]}]
    a_solved_program(session, sums, ed, rae, {"entry_point": "f", "cases": cases}, "def f(*a):\n    return a\n")
    snapshot = a_snapshot(session, database, app_settings, manager=mona, project_id=sums.id)

    apps = rendered(database, app_settings, snapshot, "apps", tmp_path / "apps")
    rendered(database, app_settings, snapshot, "verl", tmp_path / "verl")

    row = parquet.read_table(tmp_path / "verl" / "verl" / "train.parquet").to_pylist()[0]
    tests = json.loads(row["reward_model"]["ground_truth"])
    assert json.loads(rows_of(apps["apps/train.jsonl"])[0]["input_output"]) == {
        "inputs": [[[1, 2], "a\nb"]],
        "outputs": [[[[1, 2], "a\nb"]]],
        "fn_name": "f",
    }
    assert [json.loads(line) for line in tests["inputs"][0].split("\n")] == [[1, 2], "a\nb"]
    assert json.loads(tests["outputs"][0]) == [[[1, 2], "a\nb"]]
    assert row["prompt"][0]["content"].endswith(
        "Write the Python function `f`. Put the whole program into one ```python block."
    )


@pytest.mark.parametrize(
    ("name", "spec", "facts", "reason"),
    [
        ("apps", ADDING, {"finding": "fail"}, "the approved answer is not the expected one"),
        ("apps", ADDING, {"finding": "undecided"}, "no machine has seen its program pass the tests"),
        ("apps", ADDING, {"finding": None}, "no machine has seen its program pass the tests"),
        ("apps", ADDING, {"language": "cpp"}, "not in Python"),
        ("apps", ADDING | {"checker": {"language": "python", "source": "x"}}, {}, "its output is judged by a program"),
        ("apps", ADDING | {"match": {"how": "numeric", "absolute": 1}}, {}, "its output has a tolerance"),
        (
            "apps",
            {"cases": [{"stdout": "1 2"}], "match": {"how": "tokens"}},
            {},
            "line ends in its output do not count, which this target does not know",
        ),
        ("apps", {"entry_point": "f", "tests": CHECK}, {}, "its tests are code, not input and output"),
        ("apps", {"entry_point": "f", "cases": CALLS[1:]}, {}, "its tests name arguments or expect exceptions"),
        (
            "apps",
            {"entry_point": "f", "cases": [{"args": [{"python": "{1}"}], "expected": 1}]},
            {},
            "its tests hold values that JSON has not",
        ),
        (
            "apps",
            {"entry_point": "f", "cases": [{"args": [{"1": 2}], "expected": 1}]},
            {},
            "its tests hold numbers as keys, which this target takes for whole numbers",
        ),
        (
            "apps",
            {"entry_point": "f", "cases": [{"args": [], "expected": [[[1]]]}]},
            {},
            "it returns lists too deep inside of lists for this target",
        ),
        ("humaneval", ADDING, {}, "a whole program, not a function"),
        ("mbpp", {"entry_point": "f", "cases": "none"}, {}, "its tests cannot be read"),
        ("trl_grpo", ADDING, {}, "a program; its tests are in the formats for code"),
    ],
)
def test_what_a_layout_cannot_carry_is_left_out_with_its_reason(export, name, spec, facts, reason):
    assert excluded_of(export(name, spec, RIGHT, **facts)) == {reason: 1}


def test_tests_that_were_changed_since_are_not_vouched_for(
    session, database, app_settings, sums, mona, ed, rae, tmp_path
):
    work = a_solved_program(session, sums, ed, rae, ADDING, RIGHT)
    task = session.get_one(Task, work.task_id)
    task.answer_spec = {**task.answer_spec, "match": {"how": "tokens"}}
    session.flush()
    snapshot = a_snapshot(session, database, app_settings, manager=mona, project_id=sums.id)

    files = rendered(database, app_settings, snapshot, "apps", tmp_path / "out")

    assert excluded_of(files) == {"its tests were changed after its program had passed them": 1}


@pytest.mark.parametrize("name", ["trl_sft", "trl_stepwise", "prm800k", "openai_chat", "trl_grpo", "openai_rft"])
def test_hidden_tests_are_in_no_other_format(export, name):
    files = export(name, ADDING, RIGHT)

    assert [path for path, data in files.items() if b"canary-name" in data or b"770077" in data] == []
