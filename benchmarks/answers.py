"""Answers of published problems are compared with themselves, with other forms of them, and with wrong ones near them.

`python -m benchmarks.answers --data FOLDER [--set NAME …] [--show] [--write]`. FOLDER holds a folder for each set, as
benchmarks/answer_sets.py reads them. Each comparison goes through the Checker, as in the product. --show lists every
form that did not come out as it should; --write puts the table into docs/answers.md.
"""

import argparse
import statistics
import time
from collections import Counter
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from app.verifiers.checker import Checker
from app.verifiers.outcome import Given, Outcome
from app.verifiers.registry import reference_of
from benchmarks.answer_forms import perturbed, rewritten
from benchmarks.answer_sets import SETS

PAGE = Path(__file__).resolve().parents[1] / "docs" / "answers.md"
BEGIN, END = "<!-- measured: begin -->", "<!-- measured: end -->"
GROUPS = ("itself", "rewritten", "wrong")
MILLISECONDS_MAX = 10


@dataclass
class Counts:
    """What came out for one set."""

    records: int = 0
    kinds: Counter[str] = field(default_factory=Counter)
    outcomes: dict[str, Counter[str]] = field(default_factory=lambda: {group: Counter() for group in GROUPS})
    milliseconds: list[float] = field(default_factory=list)
    misses: list[str] = field(default_factory=list)


def main() -> None:
    """Run the benchmark from the command line; it fails when a wrong answer passed or a right one failed."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--data", type=Path, required=True)
    parser.add_argument("--set", choices=tuple(SETS), action="append")
    parser.add_argument("--show", action="store_true")
    parser.add_argument("--write", action="store_true")
    chosen = parser.parse_args()
    checker = Checker()
    found = {name: measured(checker, chosen.data, name) for name in chosen.set or SETS}
    checker.close()
    report = table(found)
    print(report)
    if chosen.show:
        print("\n".join(miss for counts in found.values() for miss in counts.misses))
    if chosen.write:
        write(report)
    raise SystemExit(any(faults(counts) for counts in found.values()))


def measured(checker: Checker, folder: Path, name: str) -> Counts:
    """Compare all forms of all answers of one set."""
    counts = Counts()
    for spec in SETS[name](folder):
        counts.records += 1
        counts.kinds[spec["kind"]] += 1
        _compare(checker, counts, spec, "itself", "", reference_of(spec))
        for how, text in rewritten(spec).items():
            _compare(checker, counts, spec, "rewritten", how, Given(text))
        for how, text in perturbed(spec).items():
            _compare(checker, counts, spec, "wrong", how, Given(text))
    return counts


def _compare(checker: Checker, counts: Counts, spec: dict[str, Any], group: str, how: str, given: Given) -> None:
    begun = time.perf_counter()
    found = checker.compare(given, spec)
    counts.milliseconds.append((time.perf_counter() - begun) * 1000)
    counts.outcomes[group][found.outcome] += 1
    is_right = found.outcome is not Outcome.PASS if group == "wrong" else found.outcome is Outcome.PASS
    if not is_right:
        said = f"{group}, {how}: {spec['kind']} {spec['answer']!r} from {given.text!r}: {found.outcome}; {found.detail}"
        counts.misses.append(said)


def faults(counts: Counts) -> int:
    """Count what must never be: a wrong answer that passes, a right one that fails."""
    right = sum(counts.outcomes[group][Outcome.FAIL] for group in ("itself", "rewritten"))
    return right + counts.outcomes["wrong"][Outcome.PASS]


def table(found: dict[str, Counts]) -> str:
    """Write what came out as a Markdown table, with the times under it."""
    head = "| set | answers | " + " | ".join(f"{group}: pass / undecided / fail" for group in GROUPS) + " |"
    lines = [head, "|---|--:|--:|--:|--:|"]
    for name, counts in found.items():
        cells = [" / ".join(f"{counts.outcomes[group][outcome]:,}" for outcome in _ORDER) for group in GROUPS]
        lines.append(f"| {name} | {counts.records:,} | " + " | ".join(cells) + " |")
    times = sorted(one for counts in found.values() for one in counts.milliseconds)
    median, most = statistics.median(times), times[len(times) * 99 // 100]
    said = f"median {median:.1f} ms, 99 % within {most:.0f} ms, the longest {times[-1]:,.0f} ms"
    lines += ["", f"{len(times):,} comparisons: {said}."]
    if median > MILLISECONDS_MAX:
        lines.append(f"The median is above the aim of {MILLISECONDS_MAX} ms.")
    kinds: Counter[str] = sum((counts.kinds for counts in found.values()), Counter())
    lines += ["", "Kinds: " + ", ".join(f"{count:,} {kind}" for kind, count in kinds.most_common()) + "."]
    return "\n".join(lines)


_ORDER = (Outcome.PASS, Outcome.UNDECIDED, Outcome.FAIL)


def write(report: str) -> None:
    """Put the table into the page."""
    before, _, rest = PAGE.read_text(encoding="utf-8").partition(BEGIN)
    PAGE.write_text(f"{before}{BEGIN}\n{report}\n{END}{rest.partition(END)[2]}", encoding="utf-8")


if __name__ == "__main__":
    main()
