"""Comparisons in child processes: bombs end, threads do not hang, nothing stays behind."""

import os
import signal
import subprocess
import sys
import threading
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from app.verifiers.checker import Checker
from app.verifiers.outcome import Given, Outcome
from app.verifiers.registry import check_spec

ROOT = Path(__file__).resolve().parents[2]
TWO = {"kind": "expression", "answer": "2"}
SLOW = Given("\\sum_{k=1}^{1000000} \\sin k")
"""Read by the library, which would add up a million sines."""


@pytest.fixture(scope="module")
def shared():
    checker = Checker()
    yield checker
    checker.close()


@pytest.fixture
def checker():
    checker = Checker(children=1)
    yield checker
    checker.close()


def children_of(pid: int) -> dict[int, str]:
    """List the children of a process with their states; Z is a zombie."""
    found = {}
    for path in Path("/proc").glob("[0-9]*/stat"):
        try:
            fields = path.read_text().rpartition(")")[2].split()
        except OSError:
            continue
        if int(fields[1]) == pid:
            found[int(path.parent.name)] = fields[0]
    return found


def test_it_compares_reads_and_tests_like_the_registry(shared):
    found = shared.compare(Given("1 + 1"), TWO)
    assert (found.outcome, found.method, found.needs_assumption) == (Outcome.PASS, "exact", False)
    assert shared.read(Given("\\frac{1}{2}"), {"kind": "rational"}).tex == "\\frac{1}{2}"
    tested = shared.self_test(TWO, [Given("3"), Given("2")])
    assert [str(one.outcome) for one in (tested.reference, *tested.wrong)] == ["pass", "fail", "pass"]
    assert not tested.is_passed


def test_assumptions_units_and_every_script_cross_the_pipe(shared):
    spec = {
        "kind": "by_assumption",
        "branches": [
            {"assumption": "正方形", "spec": {"kind": "quantity", "answer": "24.3 m", "absolute": 0.1}},
            {"assumption": "wall", "spec": {"kind": "integer", "answer": "7"}},
        ],
    }
    assert shared.compare(Given("2430", "cm", ("底面是正方形 \ud800",)), spec).outcome is Outcome.PASS
    assert shared.compare(Given("2430", "cm"), spec).needs_assumption


@pytest.mark.parametrize(
    "text",
    [
        "9^{9^{9}}", "10^{10^{10}}", "9^{9^{9^{9}}}",
        "(" * 300 + "2" + ")" * 300, "{" * 300 + "2" + "}" * 300, "1" * 99_999,
        "\\sqrt{" * 500 + "2" + "}" * 500, "2" + "!" * 500, "((((9!)!)!)!)", "x^{x^{x^{x}}}",
        "\\frac{1}{" * 400 + "2" + "}" * 400,
        "-" * 90_000 + "2", "\\zeta(10^{300})", "\\sin(10^{10^{5}})", "\\binom{10^9}{5\\cdot 10^8}",
        "2" * 4000 + "^" + "9" * 4000,
        "\\lfloor 10^{400000} \\rfloor", "1e999999", "\\gcd(2^{20000}, 3^{20000})", "1/" * 700 + "2",
        "\\prod_{k=1}^{9999999} k", SLOW.text, "\\int_0^1 \\frac{x^{x^x}}{\\sin x} dx",
        "\\sum_{k=1}^{\\infty} \\frac{1}{k^{k}}",
    ],
)  # fmt: skip
def test_bombs_end_in_time_as_undecided(shared, text):
    shared.compare(Given("2"), TWO)
    begun = time.monotonic()

    assert shared.compare(Given(text), TWO).outcome is Outcome.UNDECIDED

    assert time.monotonic() - begun < 6
    assert shared.compare(Given("2"), TWO).outcome is Outcome.PASS


@pytest.mark.parametrize("kind", ["text", "integer", "expression", "set", "interval", "matrix", "choice", "quantity"])
def test_what_is_too_long_is_refused_for_every_kind(shared, kind):
    found = shared.compare(Given("2" * 100_001), {"kind": kind, "answer": "2", "options": ["2", "3"], "relative": 0.1})
    assert (found.outcome, found.reason) == (
        Outcome.UNDECIDED,
        "The machine could not confirm this answer. It is too long.",
    )


def test_a_slow_comparison_is_ended_and_the_next_one_is_quick(checker):
    checker.compare(Given("2"), TWO)
    begun = time.monotonic()

    found = checker.compare(SLOW, TWO, seconds=0.5)

    assert (found.outcome, found.method, found.detail) == (Outcome.UNDECIDED, "ended", "it took too long")
    assert time.monotonic() - begun < 2
    assert checker.compare(Given("1+1"), TWO).outcome is Outcome.PASS


def test_a_child_that_does_not_answer_is_killed_and_replaced(checker):
    before = set(children_of(os.getpid()))
    checker.compare(Given("2"), TWO)
    (pid,) = set(children_of(os.getpid())) - before
    os.kill(pid, signal.SIGSTOP)

    found = checker.compare(Given("2"), TWO, seconds=0.5)

    assert (found.outcome, found.detail) == (Outcome.UNDECIDED, "it took too long")
    assert pid not in children_of(os.getpid())
    assert checker.compare(Given("2"), TWO).outcome is Outcome.PASS


def test_no_zombie_stays_and_closing_ends_every_child():
    before = set(children_of(os.getpid()))
    checker = Checker()
    for _ in range(2):
        checker.compare(Given("2"), TWO)
        (pid,) = set(children_of(os.getpid())) - before
        os.kill(pid, signal.SIGSTOP)
        checker.compare(Given("2"), TWO, seconds=0.2)

    ours = {pid: state for pid, state in children_of(os.getpid()).items() if pid not in before}
    assert len(ours) == 1
    assert "Z" not in ours.values()
    checker.close()
    assert set(children_of(os.getpid())) - before == set()


def test_a_child_that_is_killed_while_idle_is_replaced(checker):
    before = set(children_of(os.getpid()))
    checker.compare(Given("2"), TWO)
    (pid,) = set(children_of(os.getpid())) - before

    os.kill(pid, signal.SIGKILL)
    time.sleep(0.2)

    assert checker.compare(Given("2"), TWO).outcome is Outcome.PASS
    assert pid not in children_of(os.getpid())


def test_a_child_that_is_killed_at_work_leaves_the_answer_undecided(checker):
    before = set(children_of(os.getpid()))
    checker.compare(Given("2"), TWO)
    (pid,) = set(children_of(os.getpid())) - before
    killer = threading.Timer(0.5, os.kill, (pid, signal.SIGKILL))
    killer.start()

    found = checker.compare(SLOW, TWO, seconds=10)

    assert (found.outcome, found.detail) == (Outcome.UNDECIDED, "the process ended")
    assert checker.compare(Given("2"), TWO).outcome is Outcome.PASS
    killer.join()


def test_a_child_is_replaced_by_one_that_has_loaded_after_its_number_of_orders(checker, monkeypatch):
    monkeypatch.setattr("app.verifiers.checker.ORDERS_MAX", 3)
    before = set(children_of(os.getpid()))
    pids: set[int] = set()
    deadline = time.monotonic() + 30
    while len(pids) < 3 and time.monotonic() < deadline:
        assert checker.compare(Given("2"), TWO).outcome is Outcome.PASS
        pids |= set(children_of(os.getpid())) - before

    assert len(pids) >= 3
    assert len(set(children_of(os.getpid())) - before) <= 2


def test_sixteen_threads_at_once_get_each_their_own_answer(shared):
    start = threading.Barrier(16)

    def ask(n):
        start.wait()
        spec = {"kind": "integer", "answer": str(n)}
        return [str(shared.compare(Given(str(m)), spec).outcome) for m in (n, n + 1)]

    with ThreadPoolExecutor(16) as pool:
        assert list(pool.map(ask, range(16))) == [["pass", "fail"]] * 16


def test_bombs_from_many_threads_do_not_keep_others_from_being_served(shared):
    with ThreadPoolExecutor(8) as pool:
        bombs = [pool.submit(shared.compare, SLOW, TWO, 0.5) for _ in range(6)]
        honest = [pool.submit(shared.compare, Given("1+1"), TWO) for _ in range(6)]
        assert {one.result().outcome for one in honest} == {Outcome.PASS}
        assert {one.result().outcome for one in bombs} == {Outcome.UNDECIDED}


@pytest.mark.parametrize("spec", [
                                  {}, {"kind": "unheard"}, {"kind": "integer"}, {"kind": "integer", "answer": ["2"]},
                                  {"kind": "set", "answer": 7}, {"kind": "choice", "options": 5, "answer": {}},
                                  {"kind": "quantity", "answer": "2 m", "absolute": "much", "significant_figures": "3"},
                                  {"kind": "expression", "answer": "x", "domain": "everywhere", "unknowns": 3},
                                  {"kind": "by_assumption", "branches": [1, {"spec": 2}]},
                                  {"kind": "integer", "answer": "2", "x": float("nan")}])  # fmt: skip
def test_a_broken_specification_ends_nobody_and_lets_nothing_pass(shared, spec):
    assert shared.compare(Given("3"), spec).outcome is not Outcome.PASS
    assert shared.read(Given("3"), spec).words
    assert shared.check_spec(spec) == check_spec(spec) or "x" in spec


def test_a_specification_is_read_by_the_child_with_the_same_words(shared):
    spec = {"kind": "quantity", "answer": "3 furlongs of nothing"}

    assert shared.check_spec(spec) == check_spec(spec) != []
    assert shared.check_spec({"kind": "quantity", "answer": "24.3 m", "absolute": 0.1}) == []
    assert shared.check_spec({"kind": "expression", "answer": SLOW.text}) == []


def test_a_closed_checker_leaves_nothing_running():
    before = set(children_of(os.getpid()))
    checker = Checker()
    checker.close()
    assert checker.compare(Given("2"), TWO).outcome is Outcome.PASS
    assert set(children_of(os.getpid())) == before


def test_the_web_process_never_loads_the_algebra():
    code = (
        "import sys, app.main\n"
        "from app.submissions.schemas import AnswerIn\n"
        "from app.submissions.service.comparing_answers import read_answer\n"
        "from app.tasks.service import answers, engines\n"
        "from app.verifiers import registry\n"
        "for kind in registry.KINDS.values():\n"
        "    if kind.name != 'program':\n"
        "        assert answers.look(kind.example, checker=engines.checker(), sandbox=None).results\n"
        "        read_answer(AnswerIn(text='x^2 + 1'), kind.example)\n"
        "print([name for name in ('sympy', 'mpmath', 'math_verify', 'pint') if name in sys.modules])"
    )
    done = subprocess.run(
        [sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, check=True, timeout=120
    )
    assert done.stdout.strip() == "[]"


def test_the_child_ends_when_its_parent_is_gone():
    code = (
        "import os, time\n"
        "from app.verifiers.checker import Checker\n"
        "from app.verifiers.outcome import Given\n"
        "checker = Checker()\n"
        "checker.compare(Given('2'), {'kind': 'integer', 'answer': '2'})\n"
        "print(checker._idle[0]._process.pid, flush=True)\n"
        "os.kill(os.getpid(), 9)"
    )
    done = subprocess.run(
        [sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, check=False, timeout=60
    )
    pid = int(done.stdout)
    deadline = time.monotonic() + 10
    while Path(f"/proc/{pid}").exists() and time.monotonic() < deadline:
        time.sleep(0.05)
    assert not Path(f"/proc/{pid}").exists()
