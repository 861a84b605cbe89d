"""The sources keep to the sizes, names and calls that were agreed, and the tools to their written reasons."""

import ast
import re
from functools import cache

import pytest

from tests.architecture import python_rules, source_files
from tests.architecture.source_files import PYTHON_FOLDERS, files_below, project_files, read

LONGEST_FILE_LINES = 400
PYTHON_FILES = files_below(*PYTHON_FOLDERS, suffixes=(".py",))
TEST_FILES = [path for path in PYTHON_FILES if path.startswith("tests/") and "/test_" in path]
CODE_FILES = files_below(
    "app", "frontend", "tests", "scripts", "benchmarks", "templates", suffixes=(".py", ".ts", ".mjs", ".css", ".html")
)


@cache
def faults_in_python() -> dict[str, dict[str, list[str]]]:
    """Hold every Python file against the rules about its tree: rule → path → faults. Parsing is what takes time."""
    found: dict[str, dict[str, list[str]]] = {"lengths": {}, "calls": {}, "imports": {}, "tests": {}}
    for path in PYTHON_FILES:
        tree = ast.parse(read(path))
        told = {
            # What a migration does to the tables is one list of steps, however long.
            "lengths": [] if path.startswith("migrations/") else list(python_rules.long_functions(tree)),
            "calls": list(python_rules.forbidden_calls(tree, path)),
            "imports": list(python_rules.forbidden_imports(tree)),
            "tests": ["has no test"] if path in TEST_FILES and not python_rules.has_a_test(tree) else [],
        }
        for rule, faults in told.items():
            if faults:
                found[rule][path] = faults
    return found


def test_no_source_file_is_longer_than_400_lines():
    lengths = {path: len(read(path).splitlines()) for path in CODE_FILES}

    assert {path: lines for path, lines in lengths.items() if lines > LONGEST_FILE_LINES} == {}


def test_no_function_is_longer_than_40_lines():
    assert faults_in_python()["lengths"] == {}


def test_no_module_has_a_name_that_says_nothing():
    modules = files_below(*PYTHON_FOLDERS, "frontend", suffixes=(".py", ".ts", ".mjs"))
    words = {path: set(re.split(r"[/.]", path)) for path in modules}

    assert [path for path, parts in words.items() if parts & python_rules.DEPOSIT_NAMES] == []


def test_no_python_file_calls_what_it_must_not():
    assert faults_in_python()["calls"] == {}


def test_no_python_file_imports_a_module_that_runs_what_it_reads():
    assert faults_in_python()["imports"] == {}


def test_every_flush_says_why_it_cannot_wait_for_the_commit():
    paths = [path for path in PYTHON_FILES if path.startswith("app/")]
    faults = {path: list(python_rules.unexplained_flushes(read(path))) for path in paths}

    assert {path: found for path, found in faults.items() if found} == {}


def test_every_test_file_has_a_test():
    assert faults_in_python()["tests"] == {}


def test_every_exception_from_a_lint_rule_has_a_written_reason():
    table = read("pyproject.toml").partition("[tool.ruff.lint]")[2].partition("[tool.ruff.lint.pydocstyle]")[0]
    exceptions = re.findall(r'^ {4}"([A-Z]+\d*)",(.*)$', table, re.MULTILINE)

    assert [code for code, reason in exceptions if not re.search(r"# \S.{3,}", reason)] == []
    assert len(exceptions) > 10  # else this test reads the wrong lines


@pytest.mark.parametrize(
    ("source", "path", "faults"),
    [
        ("session.commit()", "app/tasks/service.py", 1),
        ("session.commit()", "app/cli.py", 1),
        ("session.commit()", "app/web/deps.py", 0),
        ("datetime.now(UTC)", "app/tasks/service.py", 1),
        ("datetime.now(UTC)", "app/core/clock.py", 0),
        ("eval(answer)", "app/text/tex.py", 1),
        ("subprocess.run(command, shell=True)", "app/cli.py", 1),
        ("subprocess.run(command, shell=False)", "app/cli.py", 0),
        ("Markup(statement)", "app/tasks/pages.py", 1),
        ("Markup(statement)", "app/text/markdown.py", 0),
        ("text(f'SELECT {column}')", "app/tasks/queries.py", 1),
        ("text('SELECT ' + column)", "app/tasks/queries.py", 1),
        ("text('SELECT {}'.format(column))", "app/tasks/queries.py", 1),
        ("text('SELECT 1')", "app/tasks/queries.py", 0),
        ("yaml.load(file)", "app/config.py", 1),
    ],
)
def test_the_rule_about_calls_sees_a_planted_fault(source, path, faults):
    assert len(list(python_rules.forbidden_calls(ast.parse(source), path))) == faults


def test_the_rule_about_length_sees_a_planted_fault_and_does_not_count_the_docstring():
    forty = "def f():\n    '''What\n\n    it does.'''\n" + "    x = 1\n" * 39
    assert list(python_rules.long_functions(ast.parse(forty))) == []
    assert list(python_rules.long_functions(ast.parse(forty + "    x = 1\n"))) == ["line 1: f has 41 lines"]


def test_the_rule_about_imports_sees_a_planted_fault():
    tree = ast.parse("import json, pickle\nfrom dill.source import getsource")
    assert list(python_rules.forbidden_imports(tree)) == ["imports pickle", "imports dill.source"]


def test_the_rule_about_flushes_sees_a_planted_fault():
    explained = "# the id is needed below\nsession.flush()\nsession.flush()  # for the id\n"
    assert list(python_rules.unexplained_flushes(explained)) == []
    assert len(list(python_rules.unexplained_flushes(explained + "session.flush()\n"))) == 1


def test_the_rules_read_the_files_of_this_project():
    assert {"app/config.py", "tests/architecture/test_tooling.py"} <= set(PYTHON_FILES)
    assert (source_files.ROOT / "pyproject.toml").is_file()
    assert not [path for path in project_files() if path.startswith((".venv/", "node_modules/"))]
