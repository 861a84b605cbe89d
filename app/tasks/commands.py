"""Commands for the right answers of tasks."""

import sys
from collections import Counter
from pathlib import Path

import click

from app.core.commanding import pairs_of, told
from app.tasks.adapters import ADAPTERS
from app.tasks.reading.problems import Refused
from app.tasks.service import engines
from app.tasks.service.answerfile import Checked, check_file


@click.group("answers")
def answers_group() -> None:
    """Look after the right answers of tasks."""


@answers_group.command("check")
@click.argument("file", type=click.Path(exists=True, dir_okay=False, path_type=Path))
@click.option("--adapter", type=click.Choice(list(ADAPTERS)), help="Layout of the file; default: guessed.")
@click.option("--map", "pairs", multiple=True, metavar="FIELD=COLUMN", help="Which column holds which field.")
@click.option("--set", "defaults", multiple=True, metavar="FIELD=VALUE", help="The same value for all rows.")
def answers_check(*, file: Path, adapter: str | None, pairs: tuple[str, ...], defaults: tuple[str, ...]) -> None:
    """Check a file of tasks: the right answer of each must pass, and plausible wrong ones must not."""
    counts: Counter[str] = Counter()
    with told(Refused):
        found = check_file(
            file,
            adapter=adapter,
            mapping=pairs_of(pairs),
            defaults=pairs_of(defaults),
            checker=engines.checker(),
            sandbox=engines.sandbox,
        )
        for one in found:
            what, sentences = _told_of(one)
            counts[what] += 1
            for sentence in sentences:
                click.echo(f"line {one.line}{f' ({one.external_id})' if one.external_id else ''}: {sentence}")
    click.echo(", ".join(f"{count} {what}" for what, count in sorted(counts.items())) or "There is no row.")
    if set(counts) - {"in order", "for people to judge"}:
        sys.exit(1)


def _told_of(one: Checked) -> tuple[str, list[str]]:
    if one.problem:
        return "no tasks", [one.problem]
    if one.found is None:
        return "for people to judge", []
    if one.found.is_passed:
        return "in order", []
    reference = next((result for result in one.found.results if result["is_reference"]), None)
    undecided = reference is not None and reference["finding"] == "undecided"
    return ("undecided" if undecided else "contradicting"), one.found.faults


COMMANDS: list[click.Command] = [answers_group]
