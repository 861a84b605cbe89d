"""The demo's content itself: formulas hold together, programs pass the tests of their tasks, numbers are right."""

import itertools
import subprocess
import sys
from math import comb, isqrt, prod, sqrt

import pytest

from app.demo.pieces import TaskFile
from app.demo.reading import continue_with, read_frame, read_labels, read_steps, read_tasks, revise
from app.submissions.schemas import Content
from app.submissions.service.checking import Brief, check
from app.submissions.states import StepType
from app.tasks.schemas import TaskIn
from app.tasks.service import engines
from app.tasks.service.answers import look
from app.tasks.states import AnswerKind
from app.text.tex import limit_faults, text_faults

FILES: list[TaskFile] = [file for project in read_frame().projects for file in read_tasks(project.facts.slug or "")]
each_file = pytest.mark.parametrize("file", FILES, ids=[file.task.title for file in FILES])


def versions(file: TaskFile):
    for work in file.work:
        content = Content()
        for sitting in work.sittings:
            content = continue_with(content, sitting)
            yield sitting, content


def texts(file: TaskFile):
    yield from (file.task.title, file.task.statement, file.task.reference, file.task.answer_expected)
    yield from file.task.assumptions
    for sitting, content in versions(file):
        yield from (step.body for step in content.steps)
        yield from (content.answer.text, content.what_would_make_this_wrong, content.note_to_reviewer)
        for judgment in sitting.judgments:
            yield from (judgment.reason, judgment.note, judgment.own_answer)
            yield from (issue.body for issue in judgment.issues)
            yield from (label.note for label in read_labels(judgment.labels).values())
            yield from (step.body for step, _ in read_steps(judgment.edits))
    for work in file.work:
        yield from (turn.body for turn in work.talk)


@each_file
def test_every_formula_holds_together(file):
    faults = [fault.sentence for text in texts(file) for fault in (*text_faults(text), *limit_faults(text))]
    assert faults == []


@each_file
def test_the_linter_has_nothing_to_say_about_what_is_handed_in(file):
    brief = Brief(file.task.activity, unit_expected=file.task.unit_expected, language="en")
    handed_in = [content for sitting, content in versions(file) if sitting.hands_in]
    assert [finding.sentence for one in handed_in for finding in check(one.model_dump(mode="json"), brief)] == []


@each_file
def test_labels_quotes_and_edits_speak_of_steps_that_are_there(file):
    for sitting, content in versions(file):
        bodies = {step.id: step.body for step in content.steps}
        for judgment in sitting.judgments:
            assert set(read_labels(judgment.labels)) <= set(bodies)
            assert all(issue.quote in bodies[issue.step] for issue in judgment.issues if issue.step is not None)
            if judgment.edits:
                assert [step.id for step in revise(content.steps, judgment.edits)] == list(bodies)


@each_file
def test_programs_that_are_handed_in_pass_the_tests_of_their_task(file):
    sources = [content.program.source for sitting, content in versions(file) if sitting.hands_in and content.program]
    for source in sources:
        whole = f"{source}\n{file.task.tests}\ncheck({file.task.entry_point})\n"
        subprocess.run([sys.executable, "-I", "-c", whole], check=True, timeout=60)
    assert bool(sources) == (file.task.answer_kind is AnswerKind.PROGRAM and any(s.hands_in for s, _ in versions(file)))


def test_all_types_of_steps_occur():
    used = {step.type for file in FILES for _, content in versions(file) for step in content.steps}
    assert used == set(StepType)


def task_of(external_id: str) -> TaskIn:
    (task,) = [one.task for one in FILES if one.task.external_id == external_id]
    return task


def written(external_id: str) -> str:
    (file,) = [one for one in FILES if one.task.external_id == external_id]
    return "\n".join([file.task.answer, file.task.reference, *texts(file)]).replace("{,}", ",")


def layers(sizes):
    return next(k for k, total in enumerate(itertools.accumulate(sizes), 1) if total > 10**6) - 1


def test_the_pyramid_has_the_numbers_that_counting_gives():
    square = layers(i * i for i in itertools.count(1))
    triangular = layers(i * (i + 1) // 2 for i in itertools.count(1))
    wall = layers(itertools.count(1))
    heights = [0.24 * (1 + (square - 1) / sqrt(2)), 0.24 * (1 + (triangular - 1) * sqrt(2 / 3))]
    heights.append(0.24 * (1 + (wall - 1) * sqrt(3) / 2))
    balls = [square * (square + 1) * (2 * square + 1) // 6, comb(triangular + 2, 3), comb(wall + 1, 2)]

    assert (square, triangular, wall) == (143, 180, 1413)
    assert balls == [984_984, 988_260, 998_991]
    branches = task_of("PH-0021").answer_options["branches"]
    assert [f"{count:,}" in one["assumption"] for count, one in zip(balls, branches, strict=True)] == [True] * 3
    assert [one["spec"]["answer"] for one in branches] == [f"{height:.1f}" for height in heights]


@pytest.mark.parametrize("external_id", ["PH-0021", "PR-0112"])
def test_the_founding_tasks_are_in_order_for_a_machine(external_id):
    """The pyramid with three right answers; the houses, where brute force and a wrong rule are refused."""
    spec = task_of(external_id).answer_spec()

    found = look(spec, checker=engines.checker(), sandbox=engines.sandbox)

    assert found.faults == []
    assert {(one["is_reference"], one["finding"]) for one in found.results} == {(True, "pass"), (False, "fail")}
    tried = {one["name"]: one["reason"] for one in found.results}
    assert "time limit" in tried.get("house by house", "time limit")
    assert "wrong" in tried.get("neighbours on one side only", "wrong")


def test_the_other_answers_are_what_a_computer_finds():
    def is_square(n):
        return isqrt(n) ** 2 == n

    def is_squarefree(n):
        return all(n % (p * p) for p in range(2, 200))

    assert [n for n in range(1, 300) if is_square(n * 2**n + 9)] == [5]
    assert sum((j * j) ** (j * j) for j in range(1, 11)) % 100 == 69
    assert [k for k in range(144) if k * (k + 1) * (2 * k + 1) // 6 % 24 == 0] == [0, 31, 63, 80, 112, 143]
    assert [n for n in range(1, 100) if is_squarefree(comb(2 * n, n))] == [1, 2, 4]
    assert [is_square(int(f"2{a * a}")) for a in (5, 50, 85, 1525)] == [True] * 4
    assert all(is_square(prod(p + 1 for p in pair)) for pair in ((2, 11), (5, 23), (7, 17)))
    assert 46 + 38 + (46 + 38) // 2 == 126
