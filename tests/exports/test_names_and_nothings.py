"""What readers of formats rely on by name, and words that they would take for nothing."""

from typing import Any
from uuid import UUID

import pytest

from app.datasets.queries.records import Item
from app.datasets.states import Split
from app.exports.formats.base import Excluded
from app.exports.formats.prm800k import Prm800k
from app.exports.formats.registry import FORMATS
from app.exports.formats.step_labels import AfterError
from app.text.fingerprints import canonical_json
from tests.exports.preferences import TASK, a_record, a_verdict, written

IMITATED = ["trl_sft", "trl_prompt_completion", "openai_chat", "llama_factory", "axolotl", "sharegpt", "alpaca"]
AGREED = {"author": {"agreement": "a1", "version": 1}, "editor": None}
Facts = dict[str, Any]


def rows_of(name: str, record: Facts, **options: Any) -> list[tuple[str, Facts]]:
    chosen = FORMATS[name]
    return list(chosen.rows(record, chosen.options_model(**options)))


@pytest.mark.parametrize("name", IMITATED)
@pytest.mark.parametrize("word", ["None", " nan", "NULL"])
def test_one_word_for_nothing_is_never_imitated(name: str, word: str) -> None:
    with pytest.raises(Excluded, match="the answer is a word that readers take for nothing"):
        rows_of(name, a_record("ed", written(word)))
    with pytest.raises(Excluded, match="the task is a word that readers take for nothing"):
        rows_of(name, a_record("ed", task={**TASK, "statement": word}))


def test_a_side_car_has_the_names_that_readers_know() -> None:
    (_, (path, line)) = rows_of("openai_chat", {**a_record("ed"), "consent": AGREED})

    known = ("row_id", "file", "task_id", "solution_id", "author", "origin", "model", "reviewers", "created_at")
    assert path == "provenance.jsonl"
    assert {name: line[name] for name in (*known, "license", "consent_ref")} == {
        "row_id": "work-of-ed",
        "file": "openai/train.jsonl",
        "task_id": "t1",
        "solution_id": "work-of-ed.1",
        "author": "ed",
        "origin": "human",
        "model": None,
        "reviewers": [],
        "created_at": "2026-11-24",
        "license": "CC-BY-4.0",
        "consent_ref": "a1",
    }


@pytest.mark.parametrize(("after_error", "ending"), [(AfterError.STOP, [0, None]), (AfterError.ALL, [0, 0, 0])])
def test_nothing_goes_on_with_the_wrong_step_that_ends_a_row(after_error: AfterError, ending: list[int | None]) -> None:
    values = ["good", "bad", "good"]
    labels = [{"step": f"s{n}", "value": value} for n, value in enumerate(values, start=1)]
    review = a_verdict("reject", labels=labels, decided_at="2026-01-22T04:34:27+00:00", seconds=1)
    task = {**TASK, "reference": "", "answer_spec": {}}
    record = a_record("ed", state="rejected", reviews=[review], task=task)

    ((_, row),) = rows_of("prm800k", record, after_error=after_error)

    assert [step["chosen_completion"] for step in row["label"]["steps"]] == ending
    assert Prm800k().check("prm800k/train.jsonl", row) is None


@pytest.mark.parametrize("split", Split)
def test_rows_of_verl_name_their_own_split(split: Split) -> None:
    spec = {"kind": "integer", "answer": "5"}
    record = {
        **a_record("ed", task={**TASK, "answer_spec": spec, "unit_expected": False}),
        "project": "sums",
        "check": None,
    }
    chosen = FORMATS["verl"]
    item = Item(3, UUID(int=1), UUID(int=2), split, None, canonical_json(record).encode())

    ((_, row),) = chosen.rows_of(item, chosen.options_model())

    assert (row["extra_info"]["split"], row["extra_info"]["index"]) == (split, 2)
