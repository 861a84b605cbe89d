"""Pairs and labelled work as axolotl reads them."""

import pytest
import yaml

from app.exports.formats.axolotl import Axolotl, AxolotlOptions, WrongSteps
from app.exports.formats.axolotl_dpo import AxolotlDpo
from app.exports.formats.axolotl_kto import AxolotlKto, AxolotlKtoOptions, ChatFormat
from app.exports.formats.base import Excluded
from app.exports.formats.pair_rows import RankingOptions
from tests.exports.preferences import BODIES, a_record, a_verdict, written
from tests.factories.work import STATEMENT

TRACE = "\n\n".join(BODIES)
GOOD, BAD = f"<think>\n{TRACE}\n</think>\n\nn = 5", f"<think>\n{TRACE}\n</think>\n\nn = 6"
RECORDS = [a_record("ed", written("n = 5")), a_record("eve", written("n = 6"), state="rejected")]
DPO, KTO = AxolotlDpo(), AxolotlKto()


def message(content, role="assistant"):
    return {"role": role, "content": content}


def test_a_pair_is_the_messages_before_and_one_on_each_side():
    rows, left_out = DPO.rows_of_task(RECORDS, RankingOptions(system="Be brief."))

    ((path, row),) = rows
    assert (path, left_out, DPO.check(path, row)) == ("dpo/train.jsonl", {}, None)
    assert {name: row[name] for name in list(row)[:3]} == {
        "messages": [message("Be brief.", "system"), message(STATEMENT, "user")],
        "chosen": message(GOOD),
        "rejected": message(BAD),
    }
    assert [(part.text, part.verdict) for part in DPO.read(row)] == [
        ("Be brief.", None),
        (STATEMENT, None),
        (TRACE, "good"),
        ("n = 5", "good"),
        (TRACE, "bad"),
        ("n = 6", "bad"),
    ]


def test_work_with_a_label_is_two_texts():
    rows, left_out = KTO.rows_of_task(RECORDS, AxolotlKtoOptions(system="Be brief."))

    assert left_out == {}
    assert [{name: row[name] for name in list(row)[:4]} for _, row in rows] == [
        {"system": "Be brief.", "prompt": STATEMENT, "completion": GOOD, "label": True},
        {"system": "Be brief.", "prompt": STATEMENT, "completion": BAD, "label": False},
    ]
    assert [KTO.check(path, row) for path, row in rows] == [None, None]
    assert [(part.text, part.verdict) for part in KTO.read(list(rows)[1][1])] == [
        ("Be brief.", None),
        (STATEMENT, None),
        (TRACE, "bad"),
        ("n = 6", "bad"),
    ]


@pytest.mark.parametrize(
    ("settings", "top"),
    [
        (DPO.papers(RankingOptions()), {"rl": "dpo", "type": "chat_template.default"}),
        (KTO.papers(AxolotlKtoOptions()), {"rl": "kto", "type": "chatml.ultra"}),
        (KTO.papers(AxolotlKtoOptions(chat_format=ChatFormat.LLAMA3)), {"rl": "kto", "type": "llama3.ultra"}),
    ],
)
def test_the_settings_name_what_is_trained_and_how_rows_are_read(settings, top):
    told = yaml.safe_load(settings["axolotl.yaml"])

    assert {"rl": told["rl"], "type": told["datasets"][0]["type"]} == top


@pytest.mark.parametrize(
    ("change", "fault"),
    [
        ({}, None),
        ({"prompt": "a"}, "its columns are not those of this format"),
        ({"messages": []}, "there are no messages"),
        ({"messages": [message("a")]}, "the prompt does not end with the user"),
        ({"chosen": message("b", "gpt")}, "a side is not one message of the assistant"),
        ({"chosen": {**message("b"), "reasoning_content": "c"}}, "a side is not one message of the assistant"),
        ({"rejected": message(" ")}, "an answer is empty"),
        ({"rejected": message(" b ")}, "both sides read the same"),
    ],
)
def test_each_fault_of_a_pair_is_refused(change, fault):
    sides = {"messages": [message("a", "user")], "chosen": message("b"), "rejected": message("c")}

    assert DPO.check("dpo/train.jsonl", {**sides, "id": "i", "metadata": "{}"} | change) == fault


@pytest.mark.parametrize(
    ("change", "fault"),
    [
        ({}, None),
        ({"system": "s"}, None),
        ({"label": 1}, "a label is not true or false"),
        ({"messages": []}, "its columns are not those of this format"),
        ({"prompt": "None"}, "the task is empty"),
        ({"completion": ""}, "an answer is empty"),
        ({"completion": "<think>\nx"}, "the <think> tags do not match"),
    ],
)
def test_each_fault_of_a_labelled_row_is_refused(change, fault):
    row = {"prompt": "a", "completion": "b", "label": True, "id": "i", "metadata": "{}"}

    assert KTO.check("kto/train.jsonl", row | change) == fault


def test_rejected_work_is_imitated_only_where_its_wrong_steps_are_masked():
    labels = [
        {"step": f"s{n}", "value": value, "error_type": None} for n, value in enumerate(["good", "bad", "bad"], 1)
    ]
    refused = a_record("eve", state="rejected", reviews=[a_verdict("reject", labels=labels)])

    with pytest.raises(Excluded, match="not approved"):
        list(Axolotl().rows(refused, AxolotlOptions()))
    ((_, row),) = Axolotl().rows(refused, AxolotlOptions(wrong_steps=WrongSteps.MASK))
    assert [part["train"] for part in row["messages"][-1]["reasoning_content"]] == [True, False]
