"""What layouts of preference pairs have in common: one row a pair, made of all work on a task."""

import json
from collections.abc import Iterable, Sequence
from typing import Any, ClassVar

from pydantic import Field

from app.datasets.queries.records import Record
from app.exports.formats.base import Format, Row
from app.exports.formats.columns import FILLED, JSON_TEXT, Column
from app.exports.formats.pairs import Pair, PairOptions, notes_of, pairs_of
from app.exports.formats.thinking import Trace
from app.exports.formats.trl_sft import Reasoning

PAIR_ID = Column("submission and revision of both sides", FILLED)
PAIR_METADATA = Column("JSON text: task, kind of the pair, first differing step, where each side comes from", JSON_TEXT)


class PreferenceOptions(PairOptions):
    """Options of pairs whose target knows where reasoning stands."""

    reasoning: Reasoning = Field(
        default=Reasoning.FIELD,
        title="Where the reasoning stands",
        description="A field of its own, or <think> tags.",
    )


class RankingOptions(PairOptions):
    """Options of pairs in which a side is one text."""

    reasoning: Trace = Field(
        default=Trace.THINK_TAGS,
        title="How the reasoning stands",
        description="Between <think> tags before the answer, or as plain text.",
    )


class PairRows(Format):
    """Pairs of better and worse work; a layout says how one is written."""

    is_by_task: ClassVar[bool] = True

    def rows_of_task(self, records: Sequence[Record], options: Any) -> tuple[Iterable[tuple[str, Row]], dict[int, str]]:
        """Give the rows of each pair."""
        pairs, left_out = pairs_of(records, options)
        return [row for pair in pairs for row in self.rows_of_pair(pair, options)], left_out

    def rows_of_pair(self, pair: Pair, options: Any) -> Iterable[tuple[str, Row]]:
        """Yield (path, row): the sides as the layout has them, then where they come from."""
        yield self.main_path, {**self.sides_of(pair, options), **origin_of(pair)}

    def sides_of(self, pair: Pair, options: Any) -> Row:
        """Write the prompt and both sides."""
        raise TypeError(f"{type(self).__name__} is no complete format: {pair.name} {options}")

    def notes(self, options: Any) -> list[str]:
        """Say what pairs are."""
        return notes_of(options)


def origin_of(pair: Pair) -> Row:
    """Write where a pair comes from, in the columns `id` and `metadata`."""
    return {"id": pair.name, "metadata": json.dumps(pair.metadata(), ensure_ascii=False, sort_keys=True)}
