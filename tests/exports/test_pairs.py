"""Preference pairs: what the workflow decided, and nothing that it did not."""

import json

import pytest

from app.exports.formats.pairs import CLEAR_POINTS, PairOptions, notes_of, pairs_of
from tests.exports.preferences import BODIES, TASK, a_record, a_verdict, written

RETURNED = [a_verdict("return"), a_verdict("approve", 2)]
EDITED = [a_verdict("approve_with_edits")]
FIVE, FOUR, SIX = written("n = 5"), written("n = 4"), written("n = 6")
SAME = "both sides read the same"
ALONE = "nothing rejected or returned on its task is in the snapshot"
LONG = "Take the two factors of n times a power of two and compare them."


def found(*records, **options):
    """Give each pair as (kind, chosen, rejected), and who is left out."""
    pairs, left_out = pairs_of(records, PairOptions.model_validate(options))
    return [(str(pair.kind), pair.chosen.name, pair.rejected.name) for pair in pairs], left_out


def test_an_approved_version_is_better_than_the_one_that_was_sent_back():
    record = a_record("ed", FOUR, FIVE, reviews=RETURNED)

    assert found(record) == ([("approved_over_returned", "work-of-ed.2", "work-of-ed.1")], {})


def test_a_reviewers_edits_are_better_than_what_they_edited():
    record = a_record("ed", written("n is 5"), FIVE, reviews=EDITED, edited_by="rae")

    assert found(record) == ([("edited_over_original", "work-of-ed.2", "work-of-ed.1")], {})


def test_approved_work_is_better_than_what_another_author_had_rejected_or_returned():
    records = [
        a_record("ed", FIVE),
        a_record("eve", SIX, state="rejected"),
        a_record("zoe", FOUR, written("n must be 5"), reviews=RETURNED),
    ]

    pairs, left_out = found(*records)

    assert pairs == [
        ("approved_over_returned", "work-of-zoe.2", "work-of-zoe.1"),
        ("approved_over_rejected", "work-of-ed.1", "work-of-eve.1"),
        ("approved_over_rejected", "work-of-zoe.2", "work-of-eve.1"),
        ("approved_over_returned_of_another", "work-of-ed.1", "work-of-zoe.1"),
    ]
    assert left_out == {}


@pytest.mark.parametrize("reviews", [[], [a_verdict("escalate")], [a_verdict("return"), a_verdict("escalate")]])
def test_a_version_about_which_nothing_was_decided_makes_no_pair(reviews):
    record = a_record("ed", FOUR, FIVE, reviews=[*reviews, a_verdict("approve", 2)])

    assert found(record) == ([], {0: ALONE})


def test_edits_that_did_not_become_the_work_make_no_pair():
    record = a_record("ed", FOUR, written("n = 5?"), FIVE, reviews=[*EDITED, a_verdict("approve", 3)])

    assert found(record) == ([], {0: ALONE})


def test_given_up_work_is_no_side_of_a_pair():
    assert found(a_record("ed", FIVE), a_record("eve", SIX, state="gave_up")) == (
        [],
        {0: ALONE, 1: "given up: nobody decided about it"},
    )


def test_rejected_work_without_approved_work_says_what_is_missing():
    records = [a_record("ed", SIX, state="rejected"), a_record("eve", FOUR, state="rejected")]

    missing = "nothing approved on its task is in the snapshot"
    assert found(*records) == ([], {0: missing, 1: missing})


def test_two_texts_that_differ_in_case_and_spaces_only_are_no_pair():
    record = a_record("ed", written("N  = 5\n"), FIVE, reviews=RETURNED)

    assert found(record) == ([], {0: SAME})


def test_without_reasoning_a_pair_needs_two_answers():
    record = a_record("ed", written(steps=["Guess."]), FIVE, reviews=RETURNED)

    assert (len(found(record)[0]), found(record, render="answer")) == (1, ([], {0: SAME}))


def test_two_texts_that_were_judged_both_ways_are_no_pair_in_either_direction():
    records = [
        a_record("ed", FIVE, written("5"), reviews=RETURNED),
        a_record("eve", written("5"), FIVE, reviews=RETURNED),
    ]

    judged_both_ways = "the same two texts were judged both ways"
    assert found(*records) == ([], {0: judged_both_ways, 1: judged_both_ways})


def test_the_same_two_texts_are_one_pair():
    records = [a_record("ed", FIVE), *(a_record(name, SIX, state="rejected") for name in ("eve", "zoe"))]

    pairs, left_out = found(*records)

    assert pairs == [("approved_over_rejected", "work-of-ed.1", "work-of-eve.1")]
    assert left_out == {2: "another pair has the same texts"}


def test_a_task_that_was_worded_anew_between_two_pieces_of_work_makes_no_pair_of_them():
    other = {**TASK, "statement": "Find one such $n$."}

    worded = "its task was worded otherwise for the other side"
    assert found(a_record("ed", FIVE), a_record("eve", SIX, state="rejected", task=other)) == (
        [],
        {0: worded, 1: worded},
    )


@pytest.mark.parametrize(
    ("tiers", "scores", "better"),
    [
        (("A", "B"), ({}, {}), ["work-of-ed.1"]),
        (("B", "S"), ({}, {}), ["work-of-eve.1"]),
        (("B", "B"), ({}, {}), []),
        (("B", "B"), ({"rigour": CLEAR_POINTS, "style": 1}, {"rigour": 0, "style": 1}), ["work-of-ed.1"]),
        (("B", "B"), ({"rigour": 1, "style": 1}, {"rigour": 0, "style": 1}), []),
        (("B", "B"), ({"rigour": 3, "style": 0}, {"rigour": 0, "style": 1}), []),
        (("A", "B"), ({"rigour": 1}, {"rigour": 1}), ["work-of-ed.1"]),
        (("A", "B"), ({"rigour": 0}, {"rigour": 3}), []),
        (("B", "B"), ({"rigour": 3}, {"style": 0}), []),
        (("B", "B"), ({"rigour": "three"}, {"rigour": 0}), []),
    ],
)
def test_approved_work_is_better_only_where_tier_and_rubric_make_it_clear(tiers, scores, better):
    records = [
        a_record(author, content, tier=tier, reviews=[a_verdict("approve", rubric_version=1, rubric_scores=points)])
        for author, content, tier, points in zip(("ed", "eve"), (FIVE, SIX), tiers, scores, strict=True)
    ]

    assert [chosen for _, chosen, _ in found(*records)[0]] == better


def test_scores_of_two_versions_of_a_rubric_are_not_compared():
    records = [
        a_record("ed", FIVE, reviews=[a_verdict("approve", rubric_version=1, rubric_scores={"rigour": 3})]),
        a_record("eve", SIX, reviews=[a_verdict("approve", rubric_version=2, rubric_scores={"rigour": 0})]),
    ]

    assert found(*records)[0] == []


def test_only_the_best_is_better():
    records = [a_record(name, written(name), tier=tier) for name, tier in (("a", "S"), ("b", "A"), ("c", "B"))]

    assert [(chosen, rejected) for _, chosen, rejected in found(*records)[0]] == [
        ("work-of-a.1", "work-of-b.1"),
        ("work-of-a.1", "work-of-c.1"),
    ]


@pytest.mark.parametrize(
    ("pairing", "kinds"),
    [
        ("all", ["edited_over_original", "approved_over_returned", "approved_over_returned_of_another"]),
        ("decided", ["edited_over_original", "approved_over_returned", "approved_over_returned_of_another"]),
        ("one_author", ["edited_over_original", "approved_over_returned"]),
        ("edited", ["edited_over_original"]),
        ("better", ["better_over_approved"]),
    ],
)
def test_one_chooses_which_kinds_of_pairs_are_taken(pairing, kinds):
    records = [
        a_record("ed", written("n is 5"), FIVE, reviews=EDITED, edited_by="rae", tier="A"),
        a_record("eve", FOUR, SIX, reviews=RETURNED),
    ]

    assert [kind for kind, _, _ in found(*records, pairs=pairing, per_task=3)[0]] == kinds


def test_a_task_gives_so_many_pairs_and_the_rest_is_counted():
    records = [a_record("ed", FIVE), *(a_record(f"e{n}", written(f"{n}"), state="rejected") for n in range(3))]

    pairs, left_out = found(*records, per_task=2)

    assert [rejected for _, _, rejected in pairs] == ["work-of-e0.1", "work-of-e1.1"]
    assert left_out == {3: "its task has given pairs enough"}


@pytest.mark.parametrize(
    ("before", "after", "step"),
    [
        (FOUR, FIVE, 3),
        (written(steps=[BODIES[0], "Guess.", BODIES[2]]), FIVE, 1),
        (written(steps=BODIES[:2]), FIVE, 2),
        (FIVE, written(steps=BODIES[:1]), 1),
        (written(steps=["Guess."]), FIVE, 0),
    ],
)
def test_the_first_step_that_differs_is_told(before, after, step):
    (pair,), _ = pairs_of([a_record("ed", before, after, reviews=RETURNED)], PairOptions())

    assert pair.metadata()["first_difference"] == step


def test_metadata_hold_where_both_sides_come_from_and_no_word_of_a_reviewer():
    reviews = [a_verdict("return", reason="Secret words of Rae", labels=[]), a_verdict("approve", 2)]
    (pair,), _ = pairs_of([a_record("ed", FOUR, FIVE, reviews=reviews, tier="A")], PairOptions())

    metadata = pair.metadata()
    sides = [(metadata[side]["revision"], metadata[side]["tier"]) for side in ("chosen", "rejected")]
    assert (metadata["task_id"], metadata["pair"], sides) == ("t1", "approved_over_returned", [(2, "A"), (1, "X")])
    assert [metadata[side]["decision"] for side in ("chosen", "rejected")] == ["approved", "returned"]
    assert "Secret" not in json.dumps(metadata)


def a_talk(words, author="rae", revision=1):
    """Make an issue on a version, in one turn."""
    return {"revision": revision, "comments": [{"author": author, "body": words}]}


@pytest.mark.parametrize(
    ("facts", "is_left_out"),
    [
        ({"threads": [a_talk(LONG)]}, True),
        ({"reviews": [a_verdict("return", reason=LONG.upper()), a_verdict("approve", 2)]}, True),
        ({"reviews": [a_verdict("return", labels=[{"step": "s1", "note": LONG}]), a_verdict("approve", 2)]}, True),
        ({"threads": [a_talk(LONG, author="ed")]}, False),
        ({"threads": [a_talk(LONG, revision=2)]}, False),
        ({"threads": [a_talk(LONG[:20])]}, False),
        ({"threads": [a_talk(LONG)], "edited_by": "rae", "reviews": EDITED}, False),
    ],
)
def test_work_that_repeats_what_a_reviewer_said_of_it_is_left_out(facts, is_left_out):
    record = a_record("ed", FOUR, written(steps=[BODIES[0], LONG]), **{"reviews": RETURNED, **facts})

    assert (found(record)[0] == []) is is_left_out


@pytest.mark.parametrize(
    ("content", "reason"),
    [
        (written("None"), "the answer is a word that readers take for nothing"),
        (written(" NaN "), "the answer is a word that readers take for nothing"),
        (written("<think>5"), "the text itself holds <think> tags"),
        (written(steps=[]), "no reasoning to render"),
        (written("", steps=["Guess."]), "no final answer"),
    ],
)
def test_a_text_that_no_side_can_be_is_left_out_with_the_reason(content, reason):
    _, left_out = found(a_record("ed", FIVE), a_record("eve", content, state="rejected"))

    assert left_out == {0: ALONE, 1: reason}


def test_the_card_says_what_would_give_more_pairs():
    assert notes_of(PairOptions())[-1] == (
        "rejected work is in it only where the dataset's rule takes rejected work besides approved work"
    )
