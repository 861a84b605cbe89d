"""A recipient's copy goes without a few rows that only its key knows."""

from collections.abc import Callable, Iterable, Iterator

from app.exports.service.fingerprint import Fingerprint, Misses
from app.exports.service.rendering import Group

WITHHELD = "left out for this copy"
"""Why an item is not in the copy of one recipient, and may be in that of another."""


def without_missing(groups: Iterable[Group], mark: Fingerprint, kind_of: Callable[[bytes], str]) -> Iterator[Group]:
    """Take out the rows that a copy misses, and count their items as left out for this copy.

    Groups may come later than they stood, which matters to nobody who sorts them afterwards.
    """
    misses = Misses(mark)
    waiting: list[Group] = []
    for group in groups:
        missing = misses.goes_without(group.id, kinds_of(group, kind_of))
        if missing is None:
            waiting.append(group)
        else:
            yield emptied(group) if missing else group
    for group in waiting:
        yield emptied(group) if misses.goes_without_after_all(kinds_of(group, kind_of)) else group


def kinds_of(group: Group, kind_of: Callable[[bytes], str]) -> set[tuple[str, str]]:
    """Give the kinds of rows of a group: by split, and by what its format tells apart."""
    return {(group.split, kind_of(line)) for _, line in group.lines}


def emptied(group: Group) -> Group:
    """Give a group without its rows; its items that had a share in them are left out for this copy."""
    items = group.items - len(group.left_out)
    return group._replace(lines=[], left_out=[*group.left_out, *[WITHHELD] * items])
