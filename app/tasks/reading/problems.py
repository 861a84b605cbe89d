"""What can be wrong with a file of tasks: a value, a row, or the file as a whole."""

from collections.abc import Sequence


class Unfit(ValueError):
    """A value does not fit its field; the text continues the field's name: "level is 7. …"."""


class BadRow(Exception):
    """A row cannot become a task; `faults` are (field, reason) pairs, the field empty when the whole row is meant."""

    def __init__(self, faults: Sequence[tuple[str, str]]) -> None:
        super().__init__("; ".join(f"{name} {reason}".strip() for name, reason in faults))
        self.faults = list(faults)


class Refused(Exception):
    """The file as a whole cannot be read; the sentence says why, where, and what to do."""
