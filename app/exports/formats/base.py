"""What a format is: options, the files it writes, and how one record becomes rows."""

import copy
import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any, ClassVar, Self

from pydantic import BaseModel, ConfigDict, Field

from app.datasets.queries.records import Item, Record
from app.datasets.states import DatasetUse, Split
from app.exports.formats.columns import DIALECT, Columns, Shape, schema_of

Row = dict[str, Any]


class Choice(StrEnum):
    """A value of an option, with the words in which a person chooses it."""

    words: str

    def __new__(cls, value: str, words: str) -> Self:
        """Take the words beside the value, which alone is what is stored and compared."""
        found = str.__new__(cls, value)
        found._value_ = value
        found.words = words
        return found


class Rendering(Choice):
    """Which part of the reasoning is rendered."""

    CLEAN = "clean", "the way to the answer, without dead ends"
    """No dead ends, no backtracks, nothing abandoned or replaced."""
    FULL = "full", "everything in the order it was written"
    """The whole exploration, dead ends and corrections included."""
    ANSWER = "answer", "the final answer only"


class Compression(Choice):
    """How files of JSON lines are packed; Parquet always is."""

    NONE = "none", "not packed"
    ZSTD = "zstd", "packed by zstandard (.zst)"
    """A tenth to a third of the size; readers need to know it."""


SHARD_ROWS = 100_000


class Duplicates(Choice):
    """What becomes of items that are near-duplicates of one another."""

    KEEP = "keep", "all are written"
    REPRESENTATIVES = "representatives", "of each cluster the best one"
    """Of a cluster the one by the best tier, then confirmed by a machine, then handed in first."""


NEAR_DUPLICATE = "near-duplicate of another item"
"""Why an item is left out that does not represent its cluster."""


class Options(BaseModel):
    """Options that every format has; each format adds its own in a subclass."""

    model_config = ConfigDict(extra="forbid")

    render: Rendering = Field(
        default=Rendering.CLEAN, title="What is rendered", description="Which part of the reasoning is rendered."
    )
    duplicates: Duplicates = Field(
        default=Duplicates.KEEP,
        title="Near-duplicates",
        description="Whether all members of a cluster of near-duplicates are written.",
    )
    shard_rows: int = Field(
        default=SHARD_ROWS,
        ge=1,
        le=10_000_000,
        title="Rows in a file",
        description="More are written as several files, as are more than 500 MB.",
    )
    compression: Compression = Field(
        default=Compression.NONE, title="Compression", description="Of JSON lines; Parquet is always packed."
    )


PACKING = frozenset({"shard_rows", "compression"})
"""Options that say how rows are put into files and not what rows are."""


class Excluded(Exception):
    """Raised by a format for an item it cannot carry; the reason is counted in the manifest."""

    def __init__(self, reason: str) -> None:
        super().__init__(reason)
        self.reason = reason


class BadRow(Exception):
    """Raised when a row is not what its readers take; the sentence says what is wrong with it."""


class Voice(StrEnum):
    """What a part of a row is to the person who reads it."""

    SYSTEM = "system"
    PROMPT = "prompt"
    REASONING = "reasoning"
    """the reasoning in one piece, or one step of it"""
    ANSWER = "answer"
    REPLY = "reply"
    """reasoning and answer in one text that a reader cannot take apart"""


@dataclass(frozen=True, slots=True)
class Part:
    """A part of a row as a person reads it; `verdict` is good, neutral, bad, unsure, or None where there is none."""

    voice: Voice
    text: str
    verdict: str | None = None


@dataclass(frozen=True, slots=True)
class Frame:
    """What of a snapshot as a whole may stand in its rows and papers."""

    dataset: str
    n: int
    """number of the snapshot"""
    use: DatasetUse
    canary: str | None
    """of a held-out snapshot"""
    rubrics: Mapping[int, Sequence[Mapping[str, Any]]] = field(default_factory=dict, hash=False)
    """version of the project's rubric → its criteria; a version is never edited"""
    lets_threads_out: bool = False
    """whether the project lets what people said about work leave, under pseudonyms"""


Struct = Mapping[str, Any]
"""The columns of a Parquet file: name → "string", "int64", "float64", [what a list holds], or a struct inside."""


@dataclass(frozen=True, slots=True)
class Table:
    """The columns of a CSV file: its first line, and the keys of every row, whose values are texts."""

    columns: tuple[str, ...]
    has_mark: bool = False
    """begins with the byte order mark by which spreadsheets know UTF-8"""


@dataclass(frozen=True, slots=True)
class FileOf:
    """A file that a format writes, JSON lines, Parquet or CSV; `config` names it in the dataset card."""

    path: str
    """where rows of the split train go, `train` in its name: rows always name this path, and the writer takes the name
    of the item's split in its place"""
    config: str | None
    """None: a side-car that loaders should not see"""
    struct: Struct | None = None
    """given for Parquet: every row has just these keys"""
    table: Table | None = None
    """given for CSV"""

    @property
    def is_json(self) -> bool:
        """Whether it holds JSON lines, which can be packed."""
        return self.struct is None and self.table is None

    def path_of(self, split: Split) -> str:
        """Name the file for the rows of a split; one without `train` in its name takes those of all."""
        return self.path.replace(Split.TRAIN, split)

    @property
    def paths(self) -> dict[Split, str]:
        """The files that there may be, each once, by the split that a loader knows them by."""
        if Split.TRAIN in self.path:
            return {split: self.path_of(split) for split in Split}
        return {next((split for split in Split if split in self.path), Split.TRAIN): self.path}


@dataclass(slots=True)
class Made:
    """What came of some items: lines by the path of their file, and why an item has no share in any of them."""

    lines: list[tuple[str, bytes]] = field(default_factory=list)
    left_out: dict[int, str] = field(default_factory=dict)
    """number of the item among those given → reason"""


class Format:
    """A format. It holds nothing but its frame: `rows` is a pure function of that, the record and the options."""

    name: ClassVar[str]
    title: ClassVar[str]
    """what people call it"""
    summary: ClassVar[str]
    """what it is for and who reads it, in a sentence"""
    columns: ClassVar[Columns]
    """of the main file's rows, in their order; pages, card and schema are made of them"""
    beside: ClassVar[Mapping[str, Columns]] = {}
    """path → columns, for further files"""
    definitions: ClassVar[Mapping[str, Shape]] = {}
    """shapes that columns refer to by `#/$defs/…`"""
    options_model: ClassVar[type[Options]] = Options
    ignores: ClassVar[frozenset[str]] = frozenset()
    """options that change nothing here, so that nobody is asked for them"""
    files: ClassVar[tuple[FileOf, ...]]
    uses: ClassVar[frozenset[DatasetUse]] = frozenset({DatasetUse.TRAINING})
    """The snapshots it may be made of: those for training, the held-out ones, or both."""
    is_once_per_task: ClassVar[bool] = False
    """Rows are tasks and not solutions: of several items of a task the first that makes a row is taken."""
    is_by_task: ClassVar[bool] = False
    """Rows come of all items of a task together: `rows_of_task` is asked, and not `rows`."""
    is_shuffled: ClassVar[bool] = False
    """Rows stand in an order that the snapshot's hash decides, those of one task apart: for what pairs neighbours."""
    is_proven: ClassVar[bool] = False
    """`prove` may refuse a row; a preview does not ask it."""
    tells_threads: ClassVar[bool] = False
    """Holds what people said about work, which only some projects let out."""
    frame = Frame("dataset", 1, DatasetUse.TRAINING, None)
    """of the snapshot that is rendered, see `framed`"""

    def framed(self, frame: Frame) -> Self:
        """Give this format for one snapshot: for rows and papers that name it, or carry its canary."""
        framed = copy.copy(self)
        framed.frame = frame
        return framed

    def refusal(self) -> str | None:
        """Say why nothing may be made of the snapshot in this format, or None."""
        if not self.tells_threads or self.frame.lets_threads_out:
            return None
        return (
            "This format holds what people said about work, and this project does not let comments out. "
            "A manager can allow it in the project's settings, once everybody was told."
        )

    @property
    def is_packed(self) -> bool:
        """Whether it writes no JSON lines: there is nothing to compress."""
        return not any(file.is_json for file in self.files)

    @property
    def takes_tasks_whole(self) -> bool:
        """Whether `make` wants all items of a task at once."""
        return self.is_by_task or self.is_once_per_task

    def make(self, items: Sequence[Item], options: Any, *, is_proving: bool) -> Made:
        """Turn an item, or all items of a task, into lines; raise BadRow for a row with a fault.

        Engines are asked (`prove`) only when `is_proving`. Near-duplicates may be left out before any row is made.
        """
        kept = [at for at, item in enumerate(items) if item.is_representative or not self.takes_best_only(options)]
        made = self._make([items[at] for at in kept], options, is_proving=is_proving) if kept else Made()
        dropped = dict.fromkeys(set(range(len(items))).difference(kept), NEAR_DUPLICATE)
        return Made(made.lines, {kept[at]: reason for at, reason in made.left_out.items()} | dropped)

    def takes_best_only(self, options: Any) -> bool:
        """Tell whether near-duplicates are left out."""
        return "duplicates" not in self.ignores and options.duplicates is Duplicates.REPRESENTATIVES

    def _make(self, items: Sequence[Item], options: Any, *, is_proving: bool) -> Made:
        if self.is_by_task:
            rows, left_out = self.rows_of_task([item.record for item in items], options)
            return Made([self._line(path, row) for path, row in rows], left_out)
        made = Made()
        for at, item in enumerate(items):
            try:
                if made.lines and self.is_once_per_task:
                    raise Excluded("another item has this task")
                lines = list(self.lines(item, options))
                if is_proving and self.is_proven:
                    self.prove(item.record, options)
            except Excluded as excluded:
                made.left_out[at] = excluded.reason
            else:
                made.lines += lines
        return made

    def lines(self, item: Item, options: Any) -> Iterable[tuple[str, bytes]]:
        """Yield (path of the file, line); raise Excluded as `rows` does, BadRow for a row with a fault."""
        for path, row in self.rows_of(item, options):
            yield self._line(path, row)

    def _line(self, path: str, row: Row) -> tuple[str, bytes]:
        fault = self.check(path, row)
        if fault is not None:
            raise BadRow(fault)
        return path, line_of(row)

    def rows_of(self, item: Item, options: Any) -> Iterable[tuple[str, Row]]:
        """Yield what `rows` does; for formats that need the place of an item in its snapshot."""
        return self.rows(item.record, options)

    def rows(self, record: Record, options: Any) -> Iterable[tuple[str, Row]]:
        """Yield (path of the file, row); raise Excluded when the record has nothing to give to this format."""
        raise TypeError(f"{type(self).__name__} is no complete format: {record.keys()} {options}")

    def rows_of_task(self, records: Sequence[Record], options: Any) -> tuple[Iterable[tuple[str, Row]], dict[int, str]]:
        """Give (path, row) of all records of one task, and for each record without a share in them why."""
        raise TypeError(f"{type(self).__name__} takes items one by one: {len(records)} {options}")

    def read(self, row: Row) -> list[Part]:
        """Take a row of the main file apart as a person reads it, from nothing but what stands in it."""
        raise TypeError(f"{type(self).__name__} is no complete format: {row.keys()}")

    def prove(self, record: Record, options: Any) -> None:
        """Ask an engine whether the row of a task holds; raise Excluded if not. Only done while writing."""

    def kind_of(self, line: bytes) -> str:
        """Sort a line of the main file; only asked where rows are shuffled. Here all are alike."""
        del line
        return ""

    def fault_of_all(self, kinds: Mapping[str, int]) -> str | None:
        """Say why the rows of the split train, counted by kind, are no good together; fails the export with that."""
        del kinds
        return None

    def papers(self, options: Any) -> dict[str, str]:
        """Give further files by path that are the same whatever the rows are, such as a grader."""
        del options
        return {}

    def notes(self, options: Any) -> list[str]:
        """Say in the card what its reader has to know."""
        del options
        return []

    def schema(self) -> dict[str, Any]:
        """Write the JSON Schema of a row, whichever of the files it stands in."""
        about = {"$schema": DIALECT, "title": self.title, "description": self.summary}
        main, definitions = schema_of(self.columns), dict(self.definitions)
        if not self.beside:
            return {**about, **main, **({"$defs": definitions} if definitions else {})}
        rows = {self.main_path: main}
        rows |= {
            path: schema_of(columns, is_open=self.file_at(path).config is None) for path, columns in self.beside.items()
        }
        named = {path.partition("/")[0].partition(".")[0]: {"title": path, **schema} for path, schema in rows.items()}
        return {**about, "anyOf": [{"$ref": f"#/$defs/{name}"} for name in named], "$defs": {**definitions, **named}}

    @property
    def main_path(self) -> str:
        """The file whose rows are looked at."""
        return next(file.path for file in self.files if file.config is not None)

    @property
    def main_paths(self) -> list[str]:
        """The files whose rows are counted, one for each split."""
        return list(self.file_at(self.main_path).paths.values())

    @property
    def paths(self) -> set[str]:
        """Every file of rows that there may be."""
        return {path for file in self.files for path in file.paths.values()}

    def file_at(self, path: str) -> FileOf:
        """Find the file that rows name by `path`."""
        return next(file for file in self.files if file.path == path)

    def check(self, path: str, row: Row) -> str | None:
        """Say what is wrong with a row, or None; a row with a fault fails the export before a file is listed."""
        del path, row
        return None


def line_of(row: Row) -> bytes:
    """Write one row as a line: UTF-8, non-ASCII as it is, no NaN, the keys in the format's order."""
    return (json.dumps(row, ensure_ascii=False, allow_nan=False, separators=(",", ":")) + "\n").encode()
