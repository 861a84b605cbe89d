"""LLaMA-Factory's folder: ShareGPT rows, and dataset_info.json that names their columns and tags."""

import json
from collections.abc import Mapping
from typing import Any, ClassVar

from app.datasets.states import Split
from app.exports.formats.base import FileOf
from app.exports.formats.runs import Runs
from app.exports.formats.sharegpt import ShareGpt, ShareGptOptions

DATASET = "workings"
TAGS = {
    "role_tag": "from",
    "content_tag": "value",
    "user_tag": "human",
    "assistant_tag": "gpt",
    "observation_tag": "observation",
    "function_tag": "function_call",
    "system_tag": "system",
}
"""All that there are: naming one clears every other."""
OPENAI_TAGS = {
    "role_tag": "role",
    "content_tag": "content",
    "user_tag": "user",
    "assistant_tag": "assistant",
    "system_tag": "system",
}
"""For rows that hold messages with roles."""


class LlamaFactory(ShareGpt):
    """A folder per split, since its loader takes every file of a folder, however many there are."""

    name: ClassVar[str] = "llama_factory"
    title: ClassVar[str] = "LLaMA-Factory (SFT)"
    summary: ClassVar[str] = "A folder with dataset_info.json for LLaMA-Factory: supervised fine-tuning."
    files: ClassVar[tuple[FileOf, ...]] = (FileOf("sft/train/train.jsonl", "sft"),)

    def papers(self, options: ShareGptOptions) -> dict[str, str]:
        """Give dataset_info.json."""
        columns = {"messages": "conversations"}
        if options.system.strip():
            columns["system"] = "system"
        if options.runs is Runs.TOOL_CALLS:
            columns["tools"] = "tools"
        return {"dataset_info.json": dataset_info("sft", {"columns": columns})}

    def notes(self, options: ShareGptOptions) -> list[str]:
        """Say how it is called."""
        del options
        return ["steps are joined by one empty line", *notes_on_calling("sft")]


def dataset_info(stage: str, facts: dict[str, Any], tags: Mapping[str, str] = TAGS) -> str:
    """Write dataset_info.json with one entry per split; a split without rows has an entry and no folder."""
    found = {
        name_of(stage, split): {"file_name": f"{stage}/{split}", "formatting": "sharegpt", **facts, "tags": dict(tags)}
        for split in Split
    }
    return json.dumps(found, ensure_ascii=False, indent=2) + "\n"


def name_of(stage: str, split: Split) -> str:
    """Name the entry of a split."""
    return f"{DATASET}_{stage}" if split is Split.TRAIN else f"{DATASET}_{stage}_{split}"


def notes_on_calling(stage: str) -> list[str]:
    """Say how LLaMA-Factory is told of this folder."""
    return [
        f"`dataset_dir` is this folder and `dataset` is `{name_of(stage, Split.TRAIN)}`",
        f"`eval_dataset` is `{name_of(stage, Split.VALIDATION)}`, if there are rows for validation",
        "it reads plain files only: leave them unpacked",
    ]
