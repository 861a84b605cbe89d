"""The papers of an export, dataset card and manifest: from the snapshot alone, so they never differ."""

from collections import Counter
from collections.abc import Collection, Iterable, Mapping
from importlib.metadata import version
from typing import Any

from app.core.storage import StoredFile
from app.datasets.models import Snapshot
from app.datasets.states import Split
from app.exports.formats.base import Format, Options
from app.exports.service.layout import Place, place_of

_SIZES = ((1_000, "n<1K"), (10_000, "1K<n<10K"), (100_000, "10K<n<100K"), (1_000_000, "100K<n<1M"))


_CARD = """---
pretty_name: "{pretty_name}"
annotations_creators:
- expert-generated
language_creators:
- expert-generated
source_datasets:
- original
size_categories:
- {size}
task_categories:
- text-generation
tags:
- reasoning
- human-written
configs:
{configs}
---

# {title}

{purpose}

## How it was made
Experts solved each task and wrote out how they got there; reviewers judged every piece before it was frozen on
{frozen_on}. The snapshot holds {items} items, {words} words and {tokens} tokens (o200k_base) of expert text.

## What is in it
{format}

{columns}

Rows: {total}. Left out of this format:
{left_out}

## How it was rendered
{settings}

## Where it comes from
Snapshot `{sha256}`. `manifest.json` lists every file with its SHA-256. Contributors appear as pseudonyms only.
"""
# The template is ours; what people wrote goes in as values, never as a template.


def size_category(rows: int) -> str:
    """Return the Hub's word for a number of rows."""
    return next((word for limit, word in _SIZES if rows < limit), "1M<n<10M")


def dataset_card(
    snapshot: Snapshot,
    chosen: Format,
    options: Options,
    rows: Counter[str],
    excluded: Counter[str],
    files: Collection[str],
) -> str:
    """Write README.md: the YAML block that `datasets.load_dataset` reads, and what a person should know."""
    places = {path: place_of(chosen, path) for path in files}
    total = sum(rows[path] for path, place in places.items() if place and place.config)
    settings = [f"{name}: `{value}`" for name, value in options.model_dump(mode="json").items()]
    return _CARD.format(
        pretty_name=f"{_quoted(snapshot.dataset.name)} {snapshot.n}",
        size=size_category(total),
        configs=_configs(places),
        title=f"{snapshot.dataset.name}, snapshot {snapshot.n}",
        purpose=snapshot.dataset.purpose or "Reasoning of human experts, step by step, with the answer they reached.",
        frozen_on=f"{snapshot.cut_at:%-d %B %Y}",
        items=f"{snapshot.items:,}",
        words=f"{snapshot.words:,}",
        tokens=f"{snapshot.tokens:,}",
        format=f"{chosen.title}: {chosen.summary}",
        columns=_bullets(f"`{name}`: {meaning}" for name, meaning in chosen.columns.items()),
        total=f"{total:,}",
        left_out=_bullets(f"{count:,} items: {reason}" for reason, count in sorted(excluded.items())) or "- nothing",
        settings=_bullets([*settings, *(chosen.notes(options) or ["steps are joined by one empty line"])]),
        sha256=snapshot.manifest_sha256,
    )


def _configs(places: Mapping[str, Place | None]) -> str:
    """Name the files of each split of each config; a split in shards has a list of them."""
    found: dict[str, dict[Split, list[str]]] = {}
    for path, place in sorted(places.items()):
        if place and place.config:
            found.setdefault(place.config, {}).setdefault(place.split, []).append(path)
    lines = []
    for config, splits in found.items():
        lines += [f"- config_name: {config}", "  data_files:"]
        for split in (one for one in Split if one in splits):
            paths = splits[split]
            told = f" {paths[0]}" if len(paths) == 1 else "".join(f"\n    - {path}" for path in paths)
            lines.append(f"  - split: {split}\n    path:{told}")
    return "\n".join(lines)


def _bullets(lines: Iterable[str]) -> str:
    return "\n".join(f"- {line}" for line in lines)


def _quoted(text: str) -> str:
    return text.replace("\\", "\\\\").replace('"', '\\"')


def manifest_of(
    snapshot: Snapshot,
    chosen: Format,
    options: Options,
    rows: Counter[str],
    excluded: Counter[str],
    files: Mapping[str, StoredFile],
) -> dict[str, Any]:
    """List every file with size and SHA-256, and account for every item: items = exported + excluded."""
    return {
        "manifest_version": 1,
        "tool": {"name": "Workings", "version": version("workings")},
        "snapshot": {
            "dataset": snapshot.dataset.name,
            "n": snapshot.n,
            "sha256": snapshot.manifest_sha256,
            "items": snapshot.items,
            "facts": snapshot.manifest,
        },
        "format": chosen.name,
        "options": options.model_dump(mode="json"),
        "items_exported": snapshot.items - sum(excluded.values()),
        "items_excluded": dict(sorted(excluded.items())),
        "files": [
            {
                "path": path,
                "size_bytes": file.size_bytes,
                "sha256": file.sha256,
                "rows": rows.get(path),
            }
            for path, file in sorted(files.items())
        ],
    }
