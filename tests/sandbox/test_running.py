"""Programs are compiled once, run many times, and told from each other by what became of them."""

import dataclasses
import os
import subprocess
import sys
import threading
import time

import pytest

from app.sandbox.job import CompileFailed, Limits, Status
from app.sandbox.languages import LANGUAGES, offered
from app.sandbox.process_tree import ProcessTree
from app.sandbox.supervisor import Run

QUICK = Limits(cpu_seconds=0.3, wall_seconds=5, memory_bytes=64 << 20)


@pytest.mark.parametrize("key", LANGUAGES)
def test_every_language_that_is_offered_says_hello(sandbox, key):
    if key not in offered():
        assert sandbox.run(key, LANGUAGES[key].hello).status is Status.UNAVAILABLE
        return
    assert key in sandbox.languages(), "it is offered, and its hello was not said"


def test_a_program_reads_its_input_its_arguments_and_the_files_beside_it(sandbox):
    source = "import sys\nprint(input(), sys.argv[1:], open('data/table.csv').read())"
    with sandbox.prepare("python", source, files={"data/table.csv": b"1,2"}) as program:
        results = [program.run(b"first\n", ["a b", "$HOME"]), program.run(b"second\n")]
    assert [result.stdout for result in results] == [b"first ['a b', '$HOME'] 1,2\n", b"second [] 1,2\n"]


def test_a_program_imports_the_modules_that_were_handed_in_with_it(sandbox):
    result = sandbox.run("python", "import helper\nprint(helper.ANSWER)", files={"helper.py": b"ANSWER = 42"})
    assert result.stdout == b"42\n"


def test_one_compilation_serves_many_runs(sandbox):
    source = '#include <iostream>\nint main() { int n; std::cin >> n; std::cout << n * n << "\\n"; }'
    with sandbox.prepare("cpp", source) as program:
        assert [program.run(str(n).encode()).stdout for n in range(4)] == [b"0\n", b"1\n", b"4\n", b"9\n"]


def test_what_the_compiler_says_is_told(sandbox):
    with pytest.raises(CompileFailed) as failed, sandbox.prepare("cpp", "int main() { return nothing; }"):
        pass
    result = failed.value.result
    assert (result.status, "‘nothing’ was not declared".encode() in result.stderr, result.stdout) == (
        Status.COMPILE_ERROR,
        True,
        b"",
    )


@pytest.mark.parametrize(
    ("source", "expected"),
    [
        ("pass", (Status.OK, 0, None)),
        ("import sys; sys.exit(3)", (Status.RUNTIME_ERROR, 3, None)),
        ("1 / 0", (Status.RUNTIME_ERROR, 1, None)),
        ("import os; os.abort()", (Status.RUNTIME_ERROR, None, 6)),
        ("import os; os.kill(os.getpid(), 9)", (Status.RUNTIME_ERROR, None, 9)),
        ("while True: pass", (Status.TIME_LIMIT, None, 9)),
        ("x = bytearray(200 << 20)", (Status.MEMORY_LIMIT, None, 9)),
        ("while True: print('x' * 4096)", (Status.OUTPUT_LIMIT, None, 9)),
    ],
)
def test_the_status_says_how_a_program_ended(sandbox, source, expected):
    result = sandbox.run("python", source, limits=QUICK)
    assert (result.status, result.exit_code, result.signal) == expected


def test_a_program_that_sleeps_is_ended_by_the_clock_on_the_wall(sandbox):
    result = sandbox.run("python", "import time; time.sleep(60)", limits=dataclasses.replace(QUICK, wall_seconds=0.3))
    assert (result.status, result.note) == (Status.TIME_LIMIT, "It took longer than 0.3 s.")
    assert 0.3 <= result.wall_seconds < 2


def test_the_time_in_which_a_busy_machine_gave_it_no_processor_is_not_the_programs(monkeypatch):
    run = Run.__new__(Run)
    run.limits, run._pid, run._started = dataclasses.replace(QUICK, wall_seconds=1.0), os.getpid(), 100.0
    waited = {"seconds": 0.0}
    monkeypatch.setattr(ProcessTree, "waited_seconds", lambda _tree: waited["seconds"])

    assert (run._has_had_its_time(101.5), run._has_had_its_time(100.5)) == (True, False)
    waited["seconds"] = 0.7
    assert (run._has_had_its_time(101.5), run._has_had_its_time(101.8)) == (False, True)
    waited["seconds"] = 2.5
    assert (run._has_had_its_time(102.9), run._has_had_its_time(103.1)) == (False, True)


def test_waiting_for_a_processor_is_counted():
    spin = "import os\nos.sched_setaffinity(0, {min(os.sched_getaffinity(0))})\nwhile True: pass"
    busy = [subprocess.Popen([sys.executable, "-c", spin]) for _ in range(2)]
    try:
        until = time.monotonic() + 20
        while (waited := ProcessTree(busy[0].pid, 0).waited_seconds()) < 0.05 and time.monotonic() < until:
            time.sleep(0.02)
    finally:
        for process in busy:
            process.kill()
            process.wait()
    assert waited >= 0.05


def test_output_is_cut_at_its_limit_and_errors_are_cut_without_ending_the_run(sandbox):
    long = sandbox.run("python", "print('x' * 100_000)")
    noisy = sandbox.run("python", "import sys; sys.stderr.write('e' * 100_000); print('done')")
    assert (long.status, len(long.stdout), long.is_cut) == (Status.OUTPUT_LIMIT, 64 << 10, True)
    assert (noisy.status, noisy.stdout, len(noisy.stderr), noisy.is_cut) == (Status.OK, b"done\n", 16 << 10, True)


def test_what_was_used_is_measured(sandbox):
    source = "import time\nx = bytearray(40 << 20)\nt = time.process_time()\nwhile time.process_time() < t + 0.2: pass"
    result = sandbox.run("python", source)
    assert 0.2 <= result.cpu_seconds < 1
    assert result.cpu_seconds <= result.wall_seconds
    assert 40 << 20 <= result.memory_bytes < 80 << 20


def test_nothing_that_a_run_wrote_is_there_in_the_next(sandbox):
    source = (
        "import os\nprint(sorted(os.listdir('/box')), os.listdir('/tmp'))\nopen('left', 'w'); open('/tmp/left', 'w')"
    )
    with sandbox.prepare("python", source) as program:
        assert {program.run().stdout for _ in range(2)} == {b"['.tmp', 'main.py'] []\n"}


def test_many_threads_share_one_sandbox(sandbox):
    answers: dict[int, bytes] = {}

    def square(number: int) -> None:
        answers[number] = program.run(str(number).encode()).stdout

    with sandbox.prepare("python", "print(int(input()) ** 2)") as program:
        threads = [threading.Thread(target=square, args=[number]) for number in range(6)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
    assert answers == {number: b"%d\n" % number**2 for number in range(6)}


GUESSER = """
low, high = 1, 1000
while True:
    guess = (low + high) // 2
    print(guess, flush=True)
    answer = input()
    if answer == "right":
        break
    low, high = (guess + 1, high) if answer == "more" else (low, guess - 1)
"""
JUDGE = """
import os, sys
secret, tries = int(sys.stdin.readline()), 0
reads, writes = os.fdopen(3), os.fdopen(4, "w")
for line in reads:
    tries += 1
    guess = int(line)
    print("right" if guess == secret else "more" if guess < secret else "less", file=writes, flush=True)
    if guess == secret:
        print("found after", tries)
        break
else:
    print("gave up")
"""


def test_a_judge_talks_with_a_program_and_reports_where_the_program_cannot(sandbox):
    with sandbox.prepare("python", GUESSER) as program, sandbox.prepare("python", JUDGE) as judge:
        played, judged = program.run_linked(judge, judge_stdin=b"700\n")
    assert (played.status, played.stdout) == (Status.OK, b"")
    assert (judged.status, judged.stdout) == (Status.OK, b"found after 9\n")


def test_a_program_that_prints_a_report_has_not_reported(sandbox):
    with sandbox.prepare("python", "print('found after 1')") as program, sandbox.prepare("python", JUDGE) as judge:
        _, judged = program.run_linked(judge, judge_stdin=b"700\n")
    assert (judged.status, judged.stdout) == (Status.RUNTIME_ERROR, b"")


def test_a_program_that_says_nothing_does_not_hold_up_its_judge(sandbox):
    with sandbox.prepare("python", "pass") as program, sandbox.prepare("python", JUDGE) as judge:
        played, judged = program.run_linked(judge, judge_stdin=b"700\n")
    assert (played.status, judged.stdout) == (Status.OK, b"gave up\n")


def test_a_program_that_goes_on_without_its_judge_is_ended(sandbox):
    endless = "import os, time\nos.close(1)\ntime.sleep(60)"
    with sandbox.prepare("python", endless) as program, sandbox.prepare("python", "print('done')") as judge:
        began = time.monotonic()
        played, judged = program.run_linked(judge)
    assert (played.status, played.note) == (Status.TIME_LIMIT, "It went on after its judge had ended.")
    assert (judged.stdout, time.monotonic() - began < 15) == (b"done\n", True)
