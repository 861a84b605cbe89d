"""Clusters of near-duplicates: the same as comparing everybody with everybody, whatever the order and the batches."""

import json
import random
from uuid import UUID

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from app.similarity.service import clustering
from app.similarity.service.clustering import Clusters, Works
from app.text.minhash import sign

SENTENCES = [
    " ".join(random.Random(n).choices([f"{a}{b}{c}" for a in "bdfgk" for b in "aeiou" for c in "lmnrst"], k=60))
    for n in range(6)
]


def a_document(text):
    return json.dumps({"steps": [{"body": text}], "answer": {"text": ""}, "program": None})


def clusters_of(texts, families=None, tasks=None):
    works, contents = Works(), {}
    for n, text in enumerate(texts):
        name = UUID(int=n + 1)
        contents[name] = a_document(text)
        bands = sign(text)
        assert bands is not None
        works.add(name, UUID(int=(tasks or range(len(texts)))[n]), (families or [None] * len(texts))[n], bands)
    asked = []

    def read(names):
        asked.append(list(names))
        return {name: contents[name] for name in names}

    clusters = Clusters(works, read)
    clusters.find()
    assert all(len(names) <= 2 * clustering.PAIRS_AT_ONCE for names in asked)
    return clusters.members()


def test_near_duplicates_are_together_and_others_alone():
    one, two, three = SENTENCES[:3]
    assert clusters_of([one, two, one + " end", three, two, "begin " + one]) == {0: [0, 2, 5], 1: [1, 4]}


def test_a_chain_of_near_duplicates_is_one_cluster():
    words = SENTENCES[0].split()
    chain = [" ".join([*words[n:], *(f"new{'x' * k}" for k in range(n))]) for n in range(0, 21, 3)]

    assert clusters_of(chain) == {0: list(range(len(chain)))}


def test_answers_to_variants_of_a_family_are_not_joined_but_two_answers_to_one_of_them_are():
    same = [SENTENCES[0]] * 4
    assert clusters_of(same, ["f", "f", "f", "g"], [1, 1, 2, 3]) == {0: [0, 1, 3]}
    assert clusters_of(same[:3], ["f", "f", "f"], [1, 1, 2]) == {0: [0, 1]}
    assert clusters_of(same[:2], ["f", None], [1, 2]) == {0: [0, 1]}


@pytest.mark.parametrize("size", [1, 3, 100])
def test_more_who_meet_than_are_compared_at_once_come_out_the_same(size, monkeypatch):
    monkeypatch.setattr(clustering, "PAIRS_AT_ONCE", size)
    monkeypatch.setattr(clustering, "GROUPS_AT_ONCE", size)
    texts = [SENTENCES[n % 4] for n in range(40)]

    assert clusters_of(texts) == {n: list(range(n, 40, 4)) for n in range(4)}


@settings(max_examples=40)
@given(st.lists(st.tuples(st.integers(0, 5), st.integers(0, 59)), min_size=1, max_size=25))
def test_one_changed_word_keeps_a_work_in_its_cluster_in_any_order(drawn):
    texts = []
    for sentence, at in drawn:
        words = SENTENCES[sentence].split()
        texts.append(" ".join([*words[:at], "changed", *words[at + 1 :], *words, *words]))
    by_sentence: dict[int, list[int]] = {}
    for place, (sentence, _) in enumerate(drawn):
        by_sentence.setdefault(sentence, []).append(place)

    found = clusters_of(texts)

    assert found == {places[0]: places for places in by_sentence.values() if len(places) > 1}


def test_works_that_are_like_no_other_are_in_no_cluster():
    assert clusters_of(SENTENCES) == {}
