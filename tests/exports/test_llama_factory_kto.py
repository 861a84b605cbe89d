"""Labelled work as LLaMA-Factory reads it."""

import json

import pytest

from app.exports.formats.labelled_rows import LabelledTextOptions
from app.exports.formats.llama_factory_kto import LlamaFactoryKto
from tests.exports.preferences import BODIES, a_record, written
from tests.factories.work import STATEMENT

FORMAT = LlamaFactoryKto()
TRACE = "\n\n".join(BODIES)


def message(content, role="assistant"):
    return {"role": role, "content": content}


def test_work_with_a_label_is_a_conversation_and_a_tag():
    records = [a_record("ed", written("n = 5")), a_record("eve", written("n = 6"), state="rejected")]

    rows, left_out = FORMAT.rows_of_task(records, LabelledTextOptions(system="Be brief."))

    before = [message("Be brief.", "system"), message(STATEMENT, "user")]
    assert left_out == {}
    assert [(path, row["messages"], row["label"]) for path, row in rows] == [
        ("kto/train/train.jsonl", [*before, message(f"<think>\n{TRACE}\n</think>\n\nn = 5")], True),
        ("kto/train/train.jsonl", [*before, message(f"<think>\n{TRACE}\n</think>\n\nn = 6")], False),
    ]
    assert [FORMAT.check(path, row) for path, row in rows] == [None, None]
    assert [(part.text, part.verdict) for part in FORMAT.read(list(rows)[1][1])] == [
        ("Be brief.", None),
        (STATEMENT, None),
        (TRACE, "bad"),
        ("n = 6", "bad"),
    ]


def test_the_loader_is_told_of_the_tag_and_of_every_role():
    told = json.loads(FORMAT.papers(LabelledTextOptions())["dataset_info.json"])

    assert sorted(told) == ["workings_kto", "workings_kto_test", "workings_kto_validation"]
    assert told["workings_kto"] == {
        "file_name": "kto/train",
        "formatting": "sharegpt",
        "columns": {"messages": "messages", "kto_tag": "label"},
        "tags": {
            "role_tag": "role",
            "content_tag": "content",
            "user_tag": "user",
            "assistant_tag": "assistant",
            "system_tag": "system",
        },
    }


@pytest.mark.parametrize(
    ("change", "fault"),
    [
        ({}, None),
        ({"label": "true"}, "a label is not true or false"),
        ({"messages": []}, "it does not end with the assistant"),
        ({"messages": [message("a", "user")]}, "it does not end with the assistant"),
        ({"messages": [message("b")]}, "there are no messages"),
        ({"messages": [message("a", "human"), message("b")]}, "a role is none of system, user, assistant and tool"),
        ({"messages": [message("a", "user"), message(" ")]}, "an answer is empty"),
        ({"prompt": "a"}, "its columns are not those of this format"),
    ],
)
def test_each_fault_is_refused(change, fault):
    row = {"messages": [message("a", "user"), message("b")], "label": True, "id": "i", "metadata": "{}"}

    assert FORMAT.check("kto/train/train.jsonl", row | change) == fault
