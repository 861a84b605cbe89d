import sys
from importlib import import_module

import pytest

from benchmarks import __main__ as program
from benchmarks.figures import Figure, at_least, at_most, table

FIGURES = {
    "annotate_cycle": [
        "cycle, 1 annotator: server CPU",
        "cycle, 1 annotator: database CPU",
        "cycle, 1 annotator: errors",
        "cycle, 8 annotators: server CPU",
        "cycle, 8 annotators: database CPU",
        "cycle, 8 annotators: errors",
        "cycle, 8 annotators: throughput",
        "cycle, 32 annotators: server CPU",
        "cycle, 32 annotators: database CPU",
        "cycle, 32 annotators: errors",
        "cycle, 32 annotators: throughput",
        "next task, 32 annotators: p95",
        "bare cycle, 8 annotators: CPU in all, throughput",
        "ours, as many times that",
        "draft save: server CPU",
        "next task among 2,000 open ones, as many times that among 1,000",
    ],
    "review_queue": [
        "review queue of 1,000, first page, SQLite",
        "review queue of 1,000, middle page, SQLite",
        "review queue of 1,000, count to 200, SQLite",
        "review queue of 1,000, rare subject, SQLite",
        "review queue of 1,000, rare difficulty, SQLite",
        "review queue of 1,000, rare activity, SQLite",
        "review queue of 1,000, absent subject, SQLite",
        "review queue of 1,000, first page, PostgreSQL",
        "review queue of 1,000, middle page, PostgreSQL",
        "review queue of 1,000, count to 200, PostgreSQL",
        "review queue of 1,000, rare subject, PostgreSQL",
        "review queue of 1,000, rare difficulty, PostgreSQL",
        "review queue of 1,000, rare activity, PostgreSQL",
        "review queue of 1,000, absent subject, PostgreSQL",
    ],
    "import_tasks": [
        "import, ready, SQLite",
        "import, open, with a place each, SQLite",
        "import, ready, PostgreSQL",
        "import, open, with a place each, PostgreSQL",
    ],
    "export_native": [
        "native export of 600 items, SQLite",
        "native export, SQLite: worker's CPU of 1,000 items",
        "native export, SQLite: memory that grew in the second half",
        "native export of 600 items, PostgreSQL",
        "native export, PostgreSQL: worker's CPU of 1,000 items",
        "native export, PostgreSQL: memory that grew in the second half",
    ],
    "start_time": ["start to first page"],
    "idle_memory": ["web and worker, idle"],
    "dependencies": ["installed dependencies"],
    "sandbox": [
        "hello in Python 3, bare / in the sandbox",
        "hello in Python 3, what the sandbox adds",
        "hello in C++17, bare / in the sandbox",
        "hello in C++17, what the sandbox adds",
        "compiling a hello in C++ in the sandbox",
    ],
}


@pytest.mark.parametrize("name", FIGURES)
def test_a_benchmark_measures_its_figures_at_the_small_size(name):
    figures = import_module(f"benchmarks.{name}").measure(True)

    assert [figure.name for figure in figures] == FIGURES[name]
    assert [figure for figure in figures if "nan" in figure.measured] == []
    assert [figure.measured for figure in figures if figure.name.endswith(": errors")] == ["0"] * (
        3 if name == "annotate_cycle" else 0
    )


def test_every_benchmark_is_tried():
    in_chromium = {"page_weight"}  # tests/browser/test_page_weight.py
    # They start processes that take as long at any size; what they measure has its own tests.
    too_long = {"dataset_parts", "export_dataset", "near_duplicates", "pressing_run"}

    assert set(program.NAMES) == {*FIGURES, *in_chromium, *too_long}


def test_the_table_says_what_misses_its_aim():
    figures = [at_most("weight", 451.2, 450, "kB"), at_least("speed", 9_000, 8_000, "tasks/s")]

    assert table(figures).splitlines() == [
        "| figure | aim             | measured        |",
        "|--------|-----------------|-----------------|",
        "| weight | ≤ 450 kB        | 451 kB (missed) |",
        "| speed  | ≥ 8,000 tasks/s | 9,000 tasks/s   |",
    ]


def test_what_was_not_measured_misses_its_aim():
    figure = at_most("p95", float("nan"), 250, "ms")

    assert figure == Figure("p95", "≤ 250 ms", "nan ms", is_met=False)


def test_the_program_prints_one_table_of_what_it_was_asked_for(monkeypatch, capsys):
    monkeypatch.setattr(sys, "argv", ["benchmarks", "--quick", "--only", "dependencies"])

    program.main()

    printed = capsys.readouterr().out.splitlines()
    assert [line.split("|")[1].strip(" -") for line in printed[2:]] == ["figure", "", "installed dependencies"]
