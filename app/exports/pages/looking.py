"""How rows are looked at: one at a time, with the address keeping which ones were seen, and JSON with its tokens."""

import json
import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlencode

from app.exports.formats.base import PACKING, Choice, Format, Row

_TOKEN = re.compile(
    r'(?P<k>"(?:[^"\\]|\\.)*")(?=\s*:)|(?P<s>"(?:[^"\\]|\\.)*")|(?P<n>-?\d[\d.eE+-]*|\btrue\b|\bfalse\b|\bnull\b)'
)


@dataclass(frozen=True, slots=True)
class OptionField:
    """One option of a format as its form shows it; without choices it is free text."""

    name: str
    label: str
    hint: str
    choices: list[tuple[str, str]]
    is_packing: bool
    """says how rows are put into files; few ask for anything else than what it is"""


def option_fields(chosen: Format) -> list[OptionField]:
    """List the options of a format from its model, without those that change nothing in it."""
    fields = []
    for name, info in chosen.options_model.model_fields.items():
        kind = info.annotation
        offered = list(kind) if isinstance(kind, type) and issubclass(kind, Choice) else []
        choices = [(one.value, one.words[:1].upper() + one.words[1:]) for one in offered]  # TRL stays as it is
        if name not in chosen.ignores and not (name == "compression" and chosen.is_packed):
            fields.append(OptionField(name, info.title or name, info.description or "", choices, name in PACKING))
    return sorted(fields, key=lambda field: field.is_packing)


def words_of_options(chosen: Format, options: Mapping[str, Any]) -> str:
    """Say chosen options in one line."""
    said = []
    usual = chosen.options_model().model_dump(mode="json")
    for option in option_fields(chosen):
        value = str(options.get(option.name, ""))
        if option.is_packing and value in {"", str(usual[option.name])}:
            continue
        words = dict(option.choices).get(value, value)
        said.append(words if option.choices else f"{option.label}: {words}" if value else "")
    return " · ".join(words for words in said if words) or "none; everything is written"


@dataclass(frozen=True, slots=True)
class Strip:
    """The rows of a preview: which one is shown, and which ones were."""

    here: str
    """the address without row and seen"""
    query: Mapping[str, str]
    total: int
    row: int
    seen: int
    """a bit for each row that was shown, this one included"""

    @property
    def looked_at(self) -> int:
        """How many rows were shown."""
        return self.seen.bit_count()

    @property
    def is_done(self) -> bool:
        """Whether every row was shown."""
        return self.looked_at == self.total

    @property
    def numbers(self) -> list[tuple[int, str, bool]]:
        """Each row's number, address, and whether it was shown."""
        return [(n, self.url(n), bool(self.seen >> (n - 1) & 1)) for n in range(1, self.total + 1)]

    @property
    def newer_url(self) -> str | None:
        """The row before this one."""
        return self.url(self.row - 1) if self.row > 1 else None

    @property
    def older_url(self) -> str | None:
        """The row after this one."""
        return self.url(self.row + 1) if self.row < self.total else None

    @property
    def unseen_url(self) -> str | None:
        """The next row that was not shown yet, or the first such one."""
        unseen = [n for n, _, seen in self.numbers if not seen]
        behind = [n for n in unseen if n > self.row]
        return self.url((behind or unseen)[0]) if unseen else None

    def url(self, row: int) -> str:
        """Return the address that shows a row and remembers the ones before."""
        return f"{self.here}?{urlencode({**self.query, 'row': row, 'seen': f'{self.seen:x}'})}"


def strip_of(here: str, query: Mapping[str, str], total: int, row: int, seen: str) -> Strip:
    """Lay out the strip; a row beyond the end is the last one, bits beyond it are dropped."""
    row = max(1, min(row, total))
    bits = int(seen or "0", 16) | (1 << (row - 1)) if total else 0
    return Strip(here, query, total, row, bits & ((1 << total) - 1))


def json_tokens(row: Row) -> list[tuple[str, str]]:
    """Write a row over several lines, in pieces: ("k" key, "s" string, "n" number or word, "" the rest; text)."""
    text = json.dumps(row, ensure_ascii=False, indent=2)
    pieces, end = [], 0
    for found in _TOKEN.finditer(text):
        pieces += [("", text[end : found.start()]), (found.lastgroup or "", found[0])]
        end = found.end()
    return [piece for piece in [*pieces, ("", text[end:])] if piece[1]]
