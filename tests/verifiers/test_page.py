"""The examples of docs/how-to/answers.md come out as the page says."""

import json
import re
from pathlib import Path

import pytest

from app.verifiers.outcome import Given
from app.verifiers.registry import KINDS, check_spec, compare

PAGE = Path(__file__).resolve().parents[2] / "docs" / "how-to" / "answers.md"
_BLOCK = re.compile(r"```json\n(.*?)```\n\n((?:\|[^\n]*\n)+)", re.DOTALL)


def examples():
    found = []
    for block, table in _BLOCK.findall(PAGE.read_text(encoding="utf-8")):
        spec = json.loads(block)
        head, _, *rows = [[cell.strip() for cell in line[1:-1].split("|")] for line in table.splitlines()]
        for cells in rows:
            named = dict(zip(head, cells, strict=True))
            found.append((spec, named["answer"].strip("`"), named.get("assumption", ""), named["outcome"]))
    return found


EXAMPLES = examples()


@pytest.mark.parametrize(("spec", "answer", "assumption", "outcome"), EXAMPLES)
def test_an_example_comes_out_as_the_page_says(spec, answer, assumption, outcome):
    given = Given(answer, assumptions=(assumption,) if assumption else ())
    assert (check_spec(spec), str(compare(given, spec).outcome)) == ([], outcome)


def test_the_page_has_examples_for_every_kind_that_is_decided_here():
    shown = {spec["kind"] for spec, *_ in EXAMPLES}
    assert shown == {kind.name for kind in KINDS.values() if kind.is_decided_here}
