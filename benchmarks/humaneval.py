"""Published functions with tests are judged: the right ones have to pass, small wrongs in them have to be seen.

`python -m benchmarks.humaneval --data FOLDER [--mutants 6] [--problems 164] [--show] [--write]`. FOLDER holds
humaneval/HumanEval.jsonl and mbpp/*.jsonl. Each mutant also runs as plain Python, the program and its tests in one
process (locked in as well): what fails there must fail before the judge. --show lists what differs; --write puts the
table into docs/how-to/program-tasks.md.
"""

import argparse
import ast
import json
import time
from collections import Counter
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from app.sandbox.job import Limits, Status
from app.sandbox.judging import Verdict, judge
from app.sandbox.sandbox import Sandbox
from benchmarks.figures import Figure, at_least, at_most, table
from benchmarks.mutants import mutants

PAGE = Path(__file__).resolve().parents[1] / "docs" / "how-to" / "program-tasks.md"
BEGIN, END = "<!-- measured: begin -->", "<!-- measured: end -->"
AT_ONCE = 2
CPU_SECONDS, WALL_SECONDS = 2.0, 10.0
WALL_AIM_SECONDS = 90
SEEN_AIM_PERCENT = 99.0


@dataclass(frozen=True)
class Problem:
    """A function with its tests."""

    name: str
    entry_point: str
    source: str
    tests: str
    plain: str
    """the tests as they run after the program in one process"""
    first_line: int = 1
    """of what is to be written: what a statement gives before it, tests take from the reference"""

    @property
    def spec(self) -> dict[str, Any]:
        """Write it as the specification of a task."""
        return {
            "kind": "program",
            "entry_point": self.entry_point,
            "tests": self.tests,
            "limits": {"cpu_seconds": CPU_SECONDS, "wall_seconds": WALL_SECONDS},
            "reference_program": {"language": "python", "source": self.source},
        }


def main() -> None:
    """Run the benchmark from the command line; it fails when an aim is missed."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--data", type=Path, required=True)
    parser.add_argument("--mutants", type=int, default=6, help="of each problem")
    parser.add_argument("--problems", type=int, default=1000, help="of each set")
    parser.add_argument("--show", action="store_true")
    parser.add_argument("--write", action="store_true")
    asked = parser.parse_args()
    figures: list[Figure] = []
    differing: list[str] = []
    with Sandbox() as sandbox, ThreadPoolExecutor(AT_ONCE) as threads:
        for name, problems in (("HumanEval", humaneval(asked.data)), ("MBPP", mbpp(asked.data))):
            chosen = problems[: asked.problems]
            figures += right_ones(sandbox, threads, name, chosen, differing)
            figures += wrong_ones(sandbox, threads, name, chosen, asked.mutants, differing)
    report = table(figures)
    print(report)
    if asked.show:
        print("\n".join(differing))
    if asked.write:
        before, _, rest = PAGE.read_text(encoding="utf-8").partition(BEGIN)
        PAGE.write_text(f"{before}{BEGIN}\n{report}\n{END}{rest.partition(END)[2]}", encoding="utf-8")
    raise SystemExit(not all(figure.is_met for figure in figures))


def humaneval(folder: Path) -> list[Problem]:
    """Read functions whose tests define `check(candidate)`."""
    found = []
    for row in _rows(folder / "humaneval"):
        source, entry_point = row["prompt"] + row["canonical_solution"], row["entry_point"]
        plain = f"{row['test']}\ncheck({entry_point})\n"
        first_line = row["prompt"][: row["prompt"].index(f"def {entry_point}(")].count("\n") + 1
        found.append(Problem(row["task_id"], entry_point, source, row["test"], plain, first_line))
    return found


def mbpp(folder: Path) -> list[Problem]:
    """Read functions with bare asserts, which alone say what the function is called."""
    found = []
    for row in _rows(folder / "mbpp"):
        source, tests = row["code"].replace("\r\n", "\n"), "\n".join([row["test_setup_code"], *row["test_list"]])
        found.append(Problem(f"MBPP/{row['task_id']}", _called(source, tests), source, tests, tests))
    return found


def _rows(folder: Path) -> Iterator[dict[str, Any]]:
    for path in sorted(folder.glob("*.jsonl")):
        yield from map(json.loads, path.read_text(encoding="utf-8").splitlines())


def _called(source: str, tests: str) -> str:
    """Find the function that the tests call, outermost first."""
    defined = {node.name for node in ast.parse(source).body if isinstance(node, ast.FunctionDef)}
    calls = (node.func for node in ast.walk(ast.parse(tests)) if isinstance(node, ast.Call))
    return next(name.id for name in calls if isinstance(name, ast.Name) and name.id in defined)


def right_ones(
    sandbox: Sandbox, threads: ThreadPoolExecutor, name: str, problems: list[Problem], differing: list[str]
) -> list[Figure]:
    """Judge the solutions that come with the problems."""
    began = time.perf_counter()
    verdicts = list(threads.map(lambda one: judge(sandbox, one.spec, "python", one.source), problems))
    seconds = time.perf_counter() - began
    for problem, verdict in zip(problems, verdicts, strict=True):
        if not verdict.is_passed:
            differing.append(f"{problem.name}: the right one is {_words(verdict)}")
    passed = sum(verdict.is_passed for verdict in verdicts)
    tests = sum(len(verdict.tests) for verdict in verdicts)
    return [
        at_least(f"{name}: {len(problems)} right solutions that pass, {tests:,} assertions", passed, len(problems), ""),
        at_most(f"{name}: time for them, two at once", seconds, WALL_AIM_SECONDS, "s"),
    ]


def wrong_ones(
    sandbox: Sandbox, threads: ThreadPoolExecutor, name: str, problems: list[Problem], count: int, differing: list[str]
) -> list[Figure]:
    """Judge mutants beside running them as plain Python."""
    made = [
        (problem, *mutant)
        for problem in problems
        for mutant in mutants(problem.source, problem.name, count, problem.first_line)
    ]

    def both(one: tuple[Problem, str, str]) -> tuple[bool, Verdict]:
        problem, _, source = one
        verdict = judge(sandbox, problem.spec, "python", source, stops_early=True)
        return _passes_plainly(sandbox, problem, source), verdict

    agreed: Counter[tuple[bool, bool]] = Counter()
    for (problem, change, _), (plainly, verdict) in zip(made, threads.map(both, made), strict=True):
        agreed[plainly, verdict.is_passed] += 1
        if plainly is not verdict.is_passed:
            said = "passes" if plainly else "fails"
            differing.append(f"{problem.name}, {change}: plainly it {said}; here it is {_words(verdict)}")
    wrong = agreed[False, False] + agreed[False, True]
    harmless = agreed[True, True] + agreed[True, False]
    return [
        at_least(
            f"{name}: {wrong:,} mutants that fail plainly, and here",
            100 * agreed[False, False] / max(wrong, 1),
            SEEN_AIM_PERCENT,
            "%",
            digits=2,
        ),
        at_least(
            f"{name}: {harmless:,} mutants that pass plainly, and here",
            100 * agreed[True, True] / max(harmless, 1),
            SEEN_AIM_PERCENT,
            "%",
            digits=2,
        ),
    ]


def _passes_plainly(sandbox: Sandbox, problem: Problem, source: str) -> bool:
    limits = Limits(cpu_seconds=CPU_SECONDS, wall_seconds=WALL_SECONDS)
    result = sandbox.run("python", f"{source}\n{problem.plain}", limits=limits)
    assert result.status not in {Status.UNAVAILABLE, Status.INTERNAL_ERROR}, result.note
    return result.status is Status.OK


def _words(verdict: Verdict) -> str:
    failed = [test for test in verdict.tests if test.verdict != "passed"]
    return " ".join([verdict.verdict, verdict.note, *(f"{test.expected}: {test.reason}" for test in failed[:1])])


if __name__ == "__main__":
    main()
