"""The guideline as addressable clauses: cut at its headings, which may begin with a number such as G-1.2."""

import re
from dataclasses import dataclass

_HEADING = re.compile(r"(#{1,6})[ \t]+(?:(?P<id>G-\d+(?:\.\d+){0,3})\b[ \t:.–-]*)?(?P<title>.*?)[ \t#]*$")
_FENCE = re.compile(r" {0,3}(`{3,}|~{3,})")


@dataclass(frozen=True, slots=True)
class Clause:
    """A part of the guideline under one heading; `id` is the address by which reviews cite it, if it has one."""

    id: str | None
    level: int
    title: str
    body: str
    """Markdown, its heading included"""

    @property
    def shown(self) -> str:
        """The Markdown as a page shows it, with the number left to the margin."""
        if self.id is None:
            return self.body
        _, _, rest = self.body.partition("\n")
        return f"{'#' * self.level} {self.title}\n{rest}"


def clauses_of(body: str) -> list[Clause]:
    """Cut a guideline at its headings; joined again the parts are the text, and code blocks are never cut."""
    parts: list[list[str]] = [[]]
    fence: str | None = None
    for line in body.splitlines(keepends=True):
        mark = _FENCE.match(line)
        if mark and (fence is None or (mark[1].startswith(fence) and not line[mark.end() :].strip())):
            fence = mark[1] if fence is None else None
        if fence is None and not mark and _HEADING.match(line):
            parts.append([])
        parts[-1].append(line)
    return [_clause("".join(lines)) for lines in parts if "".join(lines).strip()]


def _clause(text: str) -> Clause:
    heading = _HEADING.match(text.split("\n", 1)[0])
    if heading is None:
        return Clause(None, 0, "", text)
    return Clause(heading["id"], len(heading[1]), heading["title"], text)


def twice_named(body: str) -> list[str]:
    """List clause ids that stand in a guideline more than once, so that a citation of them could mean two things."""
    ids = [clause.id for clause in clauses_of(body) if clause.id]
    return sorted({one for one in ids if ids.count(one) > 1})
