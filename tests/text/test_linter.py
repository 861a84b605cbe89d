"""Mechanical faults of a piece of work: each rule with work that passes it and work that does not."""

import time

import pytest

from app.text.linter import RULES, Brief, Finding, lint
from tests.text.reference_data import solved_sums
from tests.text.written_work import SOLVE, SQUARE, findings, work


def test_finished_work_has_no_fault():
    assert lint(work(), SOLVE) == []


def test_a_finding_says_what_is_wrong_where_and_what_to_do():
    assert lint(work(answer=" "), SOLVE) == [
        Finding("no_answer", "blocker", "The answer is empty", "Write the final answer.", None, "answer")
    ]


def test_only_an_empty_answer_no_reasoning_and_an_empty_program_stop_anybody():
    assert {name for name, rule in RULES.items() if rule.severity == "blocker"} == {
        "no_answer",
        "no_steps",
        "no_program",
    }


def test_every_rule_has_a_hint_that_is_a_sentence():
    assert [name for name, rule in RULES.items() if not rule.hint.endswith(".") or rule.id != name] == []


def test_blockers_come_first_then_the_steps_in_order():
    content = work(("work", "a"), ("work", ""), ("work", "b"), answer="", confidence=None)

    assert [(found.rule, found.step_id) for found in lint(content, SOLVE)] == [
        ("no_answer", None),
        ("empty_step", "s2"),
        ("uses_nothing", "s3"),
        ("confidence", None),
        ("no_conclusion", None),
    ]


def test_an_empty_document_is_judged_and_not_an_error():
    assert {found.rule for found in lint({}, SOLVE)} == {"no_answer", "no_steps", "confidence", "wrong"}


def test_an_open_task_wants_an_answer_only_when_it_says_so():
    content = work(answer="")

    assert findings(content, "no_answer", Brief("open")) == []
    assert findings(content, "no_answer", Brief("open", answer_expected="integer")) == [
        ("The answer is empty", "answer")
    ]


def test_a_program_task_wants_a_program():
    brief = Brief("program")
    written = {"language": "python", "source": "print(1)\n"}

    assert findings(work(), "no_program", brief) == [("The program is empty", "program")]
    assert findings(work(program=written | {"source": " \n"}), "no_program", brief) == [
        ("The program is empty", "program")
    ]
    assert findings(work(program=written), "no_program", brief) == []


def test_work_without_a_live_step_has_no_reasoning():
    given_up = work(("work", "a"))
    given_up["steps"][0]["status"] = "abandoned"

    assert findings(given_up, "no_steps") == [("There is no reasoning yet", "steps")]
    assert findings(work(("work", " \n")), "no_steps") == [("There is no reasoning yet", "steps")]
    assert findings(work(("work", "a")), "no_steps") == []


def test_an_empty_step_is_named():
    assert findings(work(("plan", "a"), ("work", " ")), "empty_step") == [("Step 2 is empty", "s2")]


@pytest.mark.parametrize(
    ("following", "found"),
    [
        ([], True),
        ([("work", "Now differently.")], True),
        ([("insight", "It fails because 9 is a square."), ("plan", "Factor.")], True),
        ([("backtrack", "Factor instead.")], False),
        ([("insight", "It fails because 9 is a square."), ("backtrack", "Factor instead.")], False),
        ([("dead_end", "Nor modulo 5."), ("backtrack", "Factor instead.")], False),
        ([("conclusion", "No sieve can finish, so this stays open.")], False),
    ],
)
def test_a_dead_end_is_left_by_a_backtrack_or_a_conclusion(following, found):
    content = work(("plan", "Sieve."), ("dead_end", "Modulo 3 it fails."), *following)
    expected = [("The dead end in step 2 leads nowhere", "s2")] if found else []

    assert [each for each in findings(content, "dead_end_open") if each[1] == "s2"] == expected


@pytest.mark.parametrize(("target", "found"), [("s1", False), (None, True), ("s2", True), ("s3", True), ("gone", True)])
def test_a_backtrack_names_an_earlier_step(target, found):
    content = work(("plan", "a"), ("backtrack", "b"), ("work", "c"))
    content["steps"][1]["to"] = target
    expected = [("The backtrack in step 2 does not say to which earlier step", "s2")] if found else []

    assert findings(content, "backtrack_target") == expected


@pytest.mark.parametrize(
    ("ref", "sentence"),
    [
        ("gone", "uses a step that is gone"),
        ("s2", "uses itself"),
        ("s3", "uses step 3, which comes later"),
        ("s1", None),
    ],
)
def test_cited_steps_exist_and_come_earlier(ref, sentence):
    content = work(("plan", "a"), ("work", "b", [ref]), ("work", "c", ["s2"]))

    assert findings(content, "refs") == ([(f"Step 2 {sentence}", "s2")] if sentence else [])


@pytest.mark.parametrize(
    ("body", "found"),
    [
        ("By step 1 it is even.", False),
        ("By steps 1 and 2 it is even.", False),
        ("By step 7 it is even.", True),
        ("By steps 1, 2 and 9 it is even.", True),
        ("由第7步得偶数。", True),
        ("The step 2.5 is small, $\\text{step 9}$ too.", False),
    ],
)
def test_a_step_cited_by_its_number_exists(body, found):
    expected = [(f"Step 2 speaks of step {9 if '9' in body else 7}, which does not exist", "s2")] if found else []

    assert findings(work(("plan", "a"), ("work", body)), "cited_number") == expected


def test_a_step_of_work_names_what_it_rests_on_unless_it_is_the_first():
    content = work(
        ("plan", "a"), ("work", "b"), ("work", "c"), ("work", "d", ["s3"]), ("work", "by step 2, e"), ("insight", "f")
    )

    assert findings(content, "uses_nothing") == [("Step 3 uses nothing", "s3")]


def test_a_step_holds_one_idea():
    assert findings(work(("work", "word " * 121)), "long_step") == [("Step 1 has 121 words", "s1")]
    assert findings(work(("work", "word " * 120)), "long_step") == []
    assert findings(work(("work", "证明" * 103)), "long_step") == [("Step 1 has 121 words", "s1")]


@pytest.mark.parametrize(
    ("first", "second", "found"),
    [
        (
            "The right side is even, so both factors are even.",
            "The right side is even, so both factors are even!",
            True,
        ),
        (
            "The right side is even, so both factors are even.",
            "the right  side is even: so both factors are even",
            True,
        ),
        ("With $x=2$ the left side of the equation is 4.", "With $x=3$ the left side of the equation is 9.", False),
        ("From Ann's side 20 couples came, that is 40.", "From Bob's side 20 couples came, that is 40.", False),
        ("It is even.", "It is even.", False),
        ("右边是偶数，所以两个因子都是偶数。", "右边是偶数，所以两个因子都是偶数", True),
        ("word " * 500, "word " * 500, True),
        ("word " * 500, "word " * 500 + "more", False),
    ],
)
def test_neighbours_do_not_tell_the_same(first, second, found):
    expected = [("Step 2 says nearly the same as step 1", "s2")] if found else []

    assert findings(work(("work", first), ("insight", second)), "restated") == expected


@pytest.mark.parametrize(
    ("answer", "reasoning", "unseen"),
    [
        ("n = 5", "so $n=5$", None),
        ("1,240", "that is 1240 in all", None),
        ("1240", "that is $1{,}240$ in all", None),
        ("0.50", "so $x = .5$", None),
        (r"$\frac{3}{7}$", "three in seven, 3/7", None),
        ("x_2 = 4", "the second root $x_2$ is 4", None),
        ("３", "so 3", None),
        ("no solution", "it has none", None),
        ("42", "so 24 and 4 and 2", "The answer's 42 appears in no step"),
        ("3.14 or 42", "so 3.1 and 4", "The answer's 3.14, 42 appear in no step"),
    ],
)
def test_the_numbers_of_the_answer_come_from_a_step(answer, reasoning, unseen):
    expected = [(unseen, "answer")] if unseen else []

    assert findings(work(("conclusion", reasoning), answer=answer), "answer_number") == expected


def test_a_number_that_only_an_abandoned_step_had_comes_from_nowhere():
    content = work(("work", "it is 5"), ("conclusion", "so it is six"), answer="5")
    content["steps"][0]["status"] = "abandoned"

    assert findings(content, "answer_number") == [("The answer's 5 appears in no step", "answer")]


@pytest.mark.parametrize(
    ("answer", "unit", "found"),
    [
        ("5", "", True),
        ("5", "m/s", False),
        ("5 m/s", "", False),
        (r"$5\,\mathrm{m}$", "", False),
        ("5%", "", False),
        ("", "", False),
    ],
)
def test_a_unit_is_given_when_one_is_asked_for(answer, unit, found):
    content = work(answer=answer)
    content["answer"]["unit"] = unit

    assert findings(content, "unit", Brief("solve", unit_expected=True)) == (
        [("The answer has no unit", "unit")] if found else []
    )
    assert findings(content, "unit", Brief("solve")) == []


def test_confidence_and_weakest_point_are_asked_for():
    assert findings(work(confidence=None), "confidence") == [("You have not said how sure you are", "confidence")]
    assert findings(work(what_would_make_this_wrong=" "), "wrong") == [
        ("Nothing is said of what would make this wrong", "wrong")
    ]
    assert findings(work(), "confidence") + findings(work(), "wrong") == []


def test_work_ends_with_a_conclusion():
    assert findings(work(("work", "a")), "no_conclusion") == [("No conclusion yet", "steps")]
    assert findings(work(("work", "a"), ("conclusion", " ")), "no_conclusion") == [("No conclusion yet", "steps")]
    assert findings(work(("work", "a"), ("conclusion", "b")), "no_conclusion") == []


def test_a_hundred_steps_are_checked_fast_enough_for_every_save():
    body = (
        "We compute $x_{1}=\\frac{1}{2}$ and note that some words follow here, as they do in real work of this length. "
        * 2
    )
    content = work(*(("work", f"{body} Case {n}.", [f"s{n - 1}"] if n > 1 else []) for n in range(1, 101)))
    lint(content, SOLVE)
    started = time.thread_time()
    lint(content, SOLVE)

    assert time.thread_time() - started < 0.3


def test_real_solutions_are_rarely_faulted():
    bodies = [step[1] for step in SQUARE]
    solutions = [("\n".join(bodies), "5"), *solved_sums()]
    found = []
    for solution, answer in solutions:
        lines = solution.split("\n")
        steps = [("work", line, [f"s{n}"] if n else []) for n, line in enumerate(lines[:-1])]
        found += lint(work(*steps, ("conclusion", lines[-1]), answer=answer), SOLVE)

    assert len(found) <= len(solutions) // 100
