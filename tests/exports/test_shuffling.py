"""Rows in another order: each once, decided by the snapshot's hash, neighbours apart, side-cars beside their file."""

from collections import Counter
from itertools import pairwise
from uuid import UUID

from app.datasets.states import Split
from app.exports.formats.openai_chat import PATH, PROVENANCE, OpenAiChat
from app.exports.service import shuffling
from app.exports.service.rendering import Group, Plan
from app.exports.service.shuffling import shuffled

ROWS = 400


def a_plan(key="a" * 64, chosen=None):
    chosen = chosen or OpenAiChat()
    return Plan(UUID(int=1), ROWS, key, chosen, chosen.options_model())


def groups():
    """Give a row an item with its side-car, two items a task; every tenth is of the split test, the last left out."""
    for n in range(ROWS):
        split = Split.TEST if n % 10 == 0 else Split.TRAIN
        yield Group(n + 1, 1, split, [(PATH, b"row %d\n" % n), (PROVENANCE, b"from %d\n" % n)], [])
    yield Group(ROWS + 1, 1, Split.TRAIN, [], ["no final answer"])


def made(tmp_path, **facts):
    return list(shuffled(groups(), a_plan(**facts), tmp_path, lambda: None))


def numbers(found):
    return [int(group.lines[0][1].split()[1]) for group in found if group.lines]


def test_every_row_comes_once_with_its_side_car_and_its_split(tmp_path):
    found = made(tmp_path)

    assert sorted(numbers(found)) == list(range(ROWS))
    assert {
        (group.split, *(path for path, _ in group.lines), *(line.split()[1] for _, line in group.lines))
        for group in found
        if group.lines
    } == {(Split.TEST if n % 10 == 0 else Split.TRAIN, PATH, PROVENANCE, b"%d" % n, b"%d" % n) for n in range(ROWS)}
    assert Counter(reason for group in found for reason in group.left_out) == {"no final answer": 1}


def test_the_order_is_that_of_the_snapshot_and_no_other(tmp_path):
    first, again, other = made(tmp_path), made(tmp_path), made(tmp_path, key="b" * 64)

    assert numbers(first) == numbers(again)
    assert numbers(first) != numbers(other)
    assert numbers(first) != list(range(ROWS))


def test_those_that_stood_side_by_side_stand_apart(tmp_path):
    order = numbers(made(tmp_path))

    together = sum(abs(one - other) == 1 for one, other in pairwise(order))
    assert together < ROWS / 20


def test_the_number_of_heaps_changes_nothing(tmp_path, monkeypatch):
    in_one = numbers(made(tmp_path))
    monkeypatch.setattr(shuffling, "ITEMS_PER_HEAP", 7)

    assert numbers(made(tmp_path)) == in_one


def test_it_goes_on_behind_any_place(tmp_path):
    whole = made(tmp_path)

    for after in (0, 1, 2, ROWS):
        assert list(shuffled(groups(), a_plan(), tmp_path, lambda: None, after=after)) == whole[after:]


def test_nothing_of_it_is_left_on_the_disk(tmp_path):
    made(tmp_path)

    assert list(tmp_path.iterdir()) == []
