"""The examples in the documents prove themselves."""

import json
import re
from pathlib import Path

import pytest

from app.sandbox.judging import self_check
from app.verifiers.growth import GROWTHS

PAGE = (Path(__file__).parents[3] / "docs" / "how-to" / "program-tasks.md").read_text(encoding="utf-8")
EXAMPLES = [json.loads(block) for block in re.findall(r"```json\n(.*?)```", PAGE, re.DOTALL)]


def test_all_ways_of_testing_have_an_example():
    assert [sorted({"cases", "checker", "tests", "efficiency"} & set(spec)) for spec in EXAMPLES] == [
        ["cases"],
        ["cases", "checker"],
        ["cases"],
        ["tests"],
        ["cases", "efficiency"],
    ]


@pytest.mark.parametrize("number", range(len(EXAMPLES)))
def test_each_example_passes_its_own_check(sandbox, number):
    spec = EXAMPLES[number]
    found = self_check(sandbox, spec)
    assert (found.faults, len(found.results)) == ((), 2 + len(spec["wrong_programs"]))
    if spec is EXAMPLES[-1]:  # its naive program fails by its growth alone
        assert [one.verdict for one in found.results] == ["passed", "too_slow", "wrong"]


def test_every_growth_that_is_known_is_listed():
    listed = re.search(r"Known are (.*?)\. Two", PAGE, re.DOTALL)
    assert listed is not None
    assert re.split(r",\s+|\s+and\s+", listed[1]) == list(GROWTHS)
