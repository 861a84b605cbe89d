"""README.md: the YAML block that `datasets.load_dataset` reads, and what a person should know."""

from app.datasets.states import DatasetUse, Split
from app.exports.formats.base import Format
from app.exports.formats.columns import kind_of
from app.exports.papers import told
from app.exports.papers.consent import consent_of, pay_of
from app.exports.papers.issue import NOT_STATED, VERSION, Issue, bullets
from app.exports.papers.licences import licences_of_tasks

_SIZES = ((1_000, "n<1K"), (10_000, "1K<n<10K"), (100_000, "10K<n<100K"), (1_000_000, "100K<n<1M"))
_CARD = """---
pretty_name: "{pretty_name}"
license: other
license_name: see-license
license_link: LICENSE
{languages}annotations_creators:
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
{tags}
configs:
{configs}
---

# {title}

{purpose}
{held_out}
## How it was made
{made}

## What is in it
{format}

{columns}

Rows: {total}. Left out:
{left_out}

## How it was rendered
{settings}

## Labels
{labels}

## Splits, near-duplicates, decontamination
{divided}

## Lengths
{lengths}

## Licence and consent
{licences}

## Known limits
{limits}

## Citation
> {title}. Version {version}, frozen {frozen_on}. Snapshot {sha256}.

## Contact
{not_stated} Ask whoever gave you this folder.

## Where it comes from
Snapshot `{sha256}`, written by Workings {tool}. `manifest.json` lists every file with its SHA-256 and is signed:
`workings verify` checks the folder. Contributors appear as pseudonyms only. More: `DATASHEET.md`, `schema.json`,
`croissant.json`, `prov.jsonld`, `provenance.json`.
"""
# The template is ours; what people wrote goes in as values, never as a template.


def dataset_card(issue: Issue) -> str:
    """Write the card in the order of the Hub's guide; every number is counted, none is typed."""
    settings = [f"{name}: `{value}`" for name, value in issue.options.model_dump(mode="json").items()]
    notes = issue.format.notes(issue.options) or ["steps are joined by one empty line"]
    return _CARD.format(
        pretty_name=_quoted(f"{issue.snapshot.dataset.name} {issue.snapshot.n}"),
        languages="".join(["language:\n", *(f"- {code}\n" for code in issue.languages)]) if issue.languages else "",
        size=size_category(issue.total),
        tags=bullets(_tags(issue)),
        configs=_configs(issue),
        title=issue.title,
        purpose=issue.purpose,
        held_out=_held_out(issue),
        made=bullets([told.written_by(issue), told.reviewed_by(issue), told.checked_by(issue), *_judged(issue)]),
        format=f"{issue.format.title}: {issue.format.summary}",
        columns=bullets(_columns(issue.format)),
        total=f"{issue.total:,}",
        left_out=bullets(told.left_out(issue)),
        settings=bullets([*settings, *notes, *_unpacking(issue)]),
        labels=bullets(_labels(issue)),
        divided=bullets([told.splits(issue), told.duplicates(issue), *told.decontamination(issue)]),
        lengths=_lengths(issue),
        licences=bullets(_licences(issue)),
        limits=bullets(told.limits(issue)),
        version=issue.version,
        frozen_on=f"{issue.cut_at:%-d %B %Y}",
        sha256=issue.snapshot.manifest_sha256,
        tool=VERSION,
        not_stated=NOT_STATED,
    )


def size_category(rows: int) -> str:
    """Return the Hub's word for a number of rows."""
    return next((word for limit, word in _SIZES if rows < limit), "1M<n<10M")


def _tags(issue: Issue) -> list[str]:
    supervised = ["process-supervision"] if issue.facts["step_labels"]["values"] else []
    return ["reasoning", "human-written", *supervised]


def _configs(issue: Issue) -> str:
    """Name the files of each split of each config; a split in shards has a list of them."""
    found: dict[str, dict[Split, list[str]]] = {}
    for path, place in issue.places.items():
        found.setdefault(place.config or "", {}).setdefault(place.split, []).append(path)
    lines = []
    for config, splits in found.items():
        lines += [f"- config_name: {config}", "  data_files:"]
        for split in (one for one in Split if one in splits):
            paths = splits[split]
            names = f" {paths[0]}" if len(paths) == 1 else "".join(f"\n    - {path}" for path in paths)
            lines.append(f"  - split: {split}\n    path:{names}")
    return "\n".join(lines)


def _columns(chosen: Format) -> list[str]:
    main = [f"`{name}` ({kind_of(column.shape)}): {column.meaning}" for name, column in chosen.columns.items()]
    beside = [
        f"in `{path}`: `{name}` ({kind_of(column.shape)}): {column.meaning}"
        for path, columns in chosen.beside.items()
        for name, column in columns.items()
    ]
    return [*main, *beside, "`schema.json` says the same as a JSON Schema (2020-12), by which each row can be checked"]


def _unpacking(issue: Issue) -> list[str]:
    """Say how packed files are read, if there are any."""
    folders = sorted({path.rpartition("/")[0] for path in issue.places if path.endswith(".zst")})
    if not folders:
        return []
    unpack = " ".join(f"{folder}/*.zst" for folder in folders)
    return [
        f"files that end with .zst are packed by Zstandard; `zstd -d --rm {unpack}` leaves plain JSON lines",
        "`datasets` and pandas read them as they are after `pip install zstandard`, DuckDB and Polars without it",
        "`load_dataset` on this folder needs them packed, as the block at its head names them",
    ]


def _held_out(issue: Issue) -> str:
    if issue.snapshot.use is not DatasetUse.EVALUATION:
        return ""
    return f"\n**Held out for evaluation: do not train on it.** Canary GUID {issue.snapshot.canary}\n"


def _judged(issue: Issue) -> list[str]:
    tools = "Tools that authors were allowed: not stated; runs of programs that steps cite are frozen with them."
    return [told.agreement(issue), told.tiers(issue), told.origin(issue), tools]


def _labels(issue: Issue) -> list[str]:
    values = issue.facts["step_labels"]["values"]
    if not values:
        return ["No step is labelled."]
    told_values = ", ".join(f"{name} {count:,}" for name, count in sorted(values.items()))
    rule = issue.options.model_dump(mode="json").get("neutral")
    neutral = f"here neutral steps are: {rule}" if rule else "this format has its own rule, or carries no labels"
    meaning = (
        f"A reviewer labels a step good (+1: right and useful), neutral (0: right and of no use, or unclear), bad (-1: "
        f"wrong) or unsure. Labels before rendering: {told_values}."
    )
    return [meaning, f"Neutral steps: {neutral}."]


def _lengths(issue: Issue) -> str:
    lengths = issue.facts["lengths"]
    row = " | ".join(f"{lengths[name]:,}" for name in lengths)
    table = f"| {' | '.join(lengths)} |\n|{'---|' * len(lengths)}\n| {row} |\n"
    return (
        f"Tokens (o200k_base) in the text of a piece, by percentile:\n\n{table}\n"
        f"Suggested `max_length`: {issue.suggested_length}, the least power of two with room for p99 and half as much "
        "again for task and chat template. Trainers that default to 1024 cut or drop what is longer."
    )


def _licences(issue: Issue) -> list[str]:
    return [
        *(f"tasks: {line}" for line in licences_of_tasks(issue)),
        "solutions, reviews and labels: licence not stated, see `LICENSE`",
        f"pay of contributors: {_lower(pay_of(issue))}",
        *(f"consent of contributors: {line}" for line in consent_of(issue)),
    ]


def _lower(text: str) -> str:
    return "not stated" if text == NOT_STATED else text


def _quoted(text: str) -> str:
    return text.replace("\\", "\\\\").replace('"', '\\"')
