"""The way of real input, on a dozen made-up records: the same code that is run on the published files."""

import json

from benchmarks.real_input import go_the_whole_way, installation, read_gsm8k, read_humaneval
from tests.conftest import ON_POSTGRESQL

WORDS = (
    "äpfel",
    "苹果",
    "<b>pears</b>",
    'quotes " and \\ signs',
    "plums\u2028figs",
    "$x^2$ kiwis",
    "👩‍🔬 limes",
    "{{nuts}}",
)


def a_file(folder, name, *rows):
    path = folder / f"{name}.jsonl"
    path.write_text("".join(json.dumps(row, ensure_ascii=False) + "\n" for row in rows), encoding="utf-8")
    return path


def a_word_problem(n):
    worked = f"There are {n} + 1 = <<{n}+1={n + 1}>>{n + 1} {WORDS[n]}.\n\nNone is {WORDS[-n - 1]}.\n#### {n + 1}"
    return {"question": f"Nora has {n} {WORDS[n]} and gets one more. How many?", "answer": worked}


def a_function(n):
    prompt = f'def add_{n}(x: int) -> int:\n    """Add {n}; mind the {WORDS[n]!r}."""\n' + "\n" * (n % 3)
    solution = f"    return x + {n}\n"
    named = {"task_id": f"made/{n}", "entry_point": f"add_{n}", "test": f"assert add_{n}(1) == {n + 1}"}
    return {**named, "prompt": prompt, "canonical_solution": solution}


def test_what_a_file_says_is_what_a_trainer_reads(tmp_path):
    problems = a_file(tmp_path, "problems", *map(a_word_problem, range(6)))
    functions = a_file(tmp_path, "functions", *map(a_function, range(6)))
    sources = [read_gsm8k(problems, 1000), read_humaneval(functions, 1000)]

    with installation("postgresql" if ON_POSTGRESQL else "sqlite") as place:
        watches = go_the_whole_way(place, sources, tmp_path)

    stages = ["import", "solve", "review", "freeze", "export", "load"]
    assert {name: list(watch.seconds) for name, watch in watches.items()} == {"gsm8k": stages, "humaneval": stages}
