"""Pairs as LLaMA-Factory ranks them."""

import json

import pytest

from app.exports.formats.llama_factory_dpo import LlamaFactoryDpo
from app.exports.formats.pair_rows import RankingOptions
from tests.exports.preferences import BODIES, a_record, written
from tests.factories.work import STATEMENT

FORMAT = LlamaFactoryDpo()
TRACE = "\n\n".join(BODIES)
GOOD, BAD = f"<think>\n{TRACE}\n</think>\n\nn = 5", f"<think>\n{TRACE}\n</think>\n\nn = 6"


def turn(value, who="gpt"):
    return {"from": who, "value": value}


def test_a_pair_is_a_question_and_two_turns_of_gpt():
    records = [a_record("ed", written("n = 5")), a_record("eve", written("n = 6"), state="rejected")]

    rows, left_out = FORMAT.rows_of_task(records, RankingOptions(system="Be brief."))

    ((path, row),) = rows
    assert (path, left_out) == ("dpo/train/train.jsonl", {})
    assert {name: row[name] for name in list(row)[:4]} == {
        "conversations": [turn(STATEMENT, "human")],
        "chosen": turn(GOOD),
        "rejected": turn(BAD),
        "system": "Be brief.",
    }
    assert FORMAT.check(path, row) is None
    assert [(part.text, part.verdict) for part in FORMAT.read(row)] == [
        ("Be brief.", None),
        (STATEMENT, None),
        (TRACE, "good"),
        ("n = 5", "good"),
        (TRACE, "bad"),
        ("n = 6", "bad"),
    ]


def test_the_loader_is_told_that_it_ranks_and_every_column():
    told = json.loads(FORMAT.papers(RankingOptions())["dataset_info.json"])["workings_dpo"]

    assert (told["file_name"], told["formatting"], told["ranking"]) == ("dpo/train", "sharegpt", True)
    assert told["columns"] == {"messages": "conversations", "chosen": "chosen", "rejected": "rejected"}


@pytest.mark.parametrize(
    ("change", "fault"),
    [
        ({}, None),
        ({"conversations": []}, "the conversation is not one turn of the human"),
        ({"conversations": [turn("a", "user")]}, "the conversation is not one turn of the human"),
        ({"conversations": [turn(" ", "human")]}, "the conversation is not one turn of the human"),
        ({"chosen": turn("b", "assistant")}, "a side is no turn of gpt"),
        ({"rejected": turn("")}, "an answer is empty"),
        ({"rejected": turn("<think>\nx")}, "the <think> tags do not match"),
        ({"rejected": turn(" b ")}, "both sides read the same"),
    ],
)
def test_each_fault_is_refused(change, fault):
    row = {"conversations": [turn("a", "human")], "chosen": turn("b"), "rejected": turn("c")}

    assert FORMAT.check("dpo/train/train.jsonl", row | change) == fault
