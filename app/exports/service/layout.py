"""How the files of an export are called: one for each split, or numbered shards where there are several."""

import re
from dataclasses import dataclass

from app.datasets.states import Split
from app.exports.formats.base import Compression, Format

ZSTD = ".zst"
_SHARD = re.compile(r"-\d{5}-of-\d{5}(?=\.)")


@dataclass(frozen=True, slots=True)
class Place:
    """What a file of rows is to a loader."""

    config: str | None
    """None: a side-car that loaders should not see"""
    split: Split


def name_of(path: str, *, shard: int, of: int, compression: Compression) -> str:
    """Name a shard, the first is 1: `sft/train-00000-of-00003.jsonl.zst`; one that is alone bears no number."""
    stem, dot, ending = path.rpartition(".")
    numbered = f"{stem}-{shard - 1:05}-of-{of:05}{dot}{ending}" if of > 1 else path
    return f"{numbered}{ZSTD}" if compression is Compression.ZSTD and ending == "jsonl" else numbered


def plain_name(path: str) -> str:
    """Give the name without number and compression, as formats know it."""
    return _SHARD.sub("", path).removesuffix(ZSTD)


def place_of(chosen: Format, path: str) -> Place | None:
    """Tell config and split of a written file, shard or whole; None for papers, which hold no rows."""
    plain = plain_name(path)
    for file in chosen.files:
        for split, name in file.paths.items():
            if name == plain:
                return Place(file.config, split)
    return None
