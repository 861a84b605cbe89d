"""Whatever a task's people wrote and its reviewers decided: no pair is unfair, no row is bad, nobody is lost."""

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.exports.formats.base import Rendering
from app.exports.formats.judged import versions_of
from app.exports.formats.pairs import PairOptions, pairs_of
from app.exports.formats.registry import get_format
from tests.exports.natives import NASTY
from tests.exports.preferences import TASK, a_record, a_verdict, written

TEXTS = st.sampled_from(["5", "6", " 5 ", "N = 5", "n  =  5", "None", "<think>", "", *NASTY])
DOCUMENTS = st.builds(lambda answer, steps: written(answer, steps=steps), TEXTS, st.lists(TEXTS, max_size=2))
VERDICTS = st.sampled_from(["approve", "approve_with_edits", "return", "reject", "escalate"])
SCORES = st.dictionaries(st.sampled_from(["rigour", "style"]), st.integers(0, 3))
TASKS = st.sampled_from([TASK, TASK | {"statement": "Find one."}, TASK | {"statement": " null"}])
PREFERENCES = ["trl_dpo", "trl_reward", "trl_kto", "openai_dpo"]


@st.composite
def works(draw):
    """Draw what some people made of a task: up to three versions each, with verdicts on any of them."""
    records = []
    for author in draw(st.lists(st.sampled_from(["ed", "eve", "zoe", "max"]), min_size=1, unique=True)):
        versions = draw(st.lists(DOCUMENTS, min_size=1, max_size=3))
        judged = draw(st.lists(st.tuples(st.integers(1, len(versions)), VERDICTS, SCORES, TEXTS), max_size=4))
        reviews = [
            a_verdict(verdict, n, rubric_version=1, rubric_scores=scores, reason=reason)
            for n, verdict, scores, reason in judged
        ]
        state = draw(st.sampled_from(["approved", "approved", "rejected", "gave_up"]))
        facts = {"edited_by": draw(st.none() | st.just("rae")), "task": draw(TASKS), "reviews": reviews}
        facts["tier"] = draw(st.sampled_from("SAB")) if state == "approved" else "X"
        records.append(a_record(author, *versions, state=state, **facts))
    return records


OPTIONS = {
    "render": st.sampled_from(["clean", "full", "answer"]),
    "pairs": st.sampled_from(["all", "decided", "one_author", "edited", "better"]),
    "per_task": st.integers(1, 5),
}


@given(records=works(), options=st.fixed_dictionaries(OPTIONS))
def test_no_pair_is_equal_turned_round_or_there_twice_and_every_item_is_accounted_for(records, options):
    pairs, left_out = pairs_of(records, PairOptions.model_validate(options))

    texts = [pair.texts for pair in pairs]
    assert [chosen for chosen, rejected in texts if chosen == rejected] == []
    assert set(texts) & {(rejected, chosen) for chosen, rejected in texts} == set()
    assert len(set(texts)) == len(texts) <= options["per_task"]
    shares = {side.at for pair in pairs for side in (pair.chosen, pair.rejected)}
    assert sorted([*shares, *left_out]) == list(range(len(records)))
    assert {records[pair.chosen.at]["state"] for pair in pairs} <= {"approved"}
    assert pairs == pairs_of(records, PairOptions.model_validate(options))[0]


@pytest.mark.parametrize("name", PREFERENCES)
@given(records=works(), data=st.data())
def test_no_format_makes_a_row_that_it_refuses(name, records, data):
    chosen = get_format(name)
    drawn = {
        "render": OPTIONS["render"],
        "reasoning": st.sampled_from(["field", "think_tags"]),
        "system": st.sampled_from(["", "Think."]),
    }
    known = {key: value for key, value in drawn.items() if key in chosen.options_model.model_fields}
    options = chosen.options_model.model_validate(data.draw(st.fixed_dictionaries(known)))

    rows, left_out = chosen.rows_of_task(records, options)

    assert [fault for path, row in rows if (fault := chosen.check(path, json.loads(json.dumps(row))))] == []
    assert set(left_out) <= set(range(len(records)))


@given(records=works(), undesired=st.sampled_from(["all", "rejected"]))
def test_no_text_has_both_labels(records, undesired):
    chosen = get_format("trl_kto")
    labels = {"approved": True, "rejected": False} | ({"returned": False} if undesired == "all" else {})
    versions, _ = versions_of(records, Rendering.CLEAN)
    judged = {(one.prompt, one.key, labels[one.fate]) for one in versions if one.fate in labels}

    rows, _ = chosen.rows_of_task(records, chosen.options_model.model_validate({"undesired": undesired}))

    named = {one.name: (one.prompt, one.key) for one in versions}
    written_out = [(*named[row["id"]], row["label"]) for _, row in rows]
    clear = [one for one in judged if (*one[:2], not one[2]) not in judged]
    assert sorted(written_out) == sorted(clear)
