"""How the copy of one recipient differs from all others: everything follows from its key and the id of a row. Pure."""

import hmac
from dataclasses import dataclass, field
from uuid import UUID

MISSING_SHARE = 0.005
"""Each recipient misses this share of what makes rows: items, or tasks where rows are of a whole task."""
_CODE_BYTES = 8
_MISSING_BELOW = int(MISSING_SHARE * 2 ** (8 * _CODE_BYTES))


@dataclass(frozen=True, slots=True)
class Fingerprint:
    """The key of a recipient and what it decides; a code is HMAC-SHA256 of the key over purpose, id and number."""

    key: bytes = field(repr=False)

    def code(self, purpose: str, of: UUID, n: int = 0) -> bytes:
        """Give eight bytes that look random to whoever has not the key."""
        message = b"%s\0%s%s" % (purpose.encode(), of.bytes, n.to_bytes(4, "big"))
        return hmac.digest(self.key, message, "sha256")[:_CODE_BYTES]

    def order(self, group_id: UUID, n: int) -> bytes:
        """Give the code by which the n-th row of a group is sorted."""
        return self.code("order", group_id, n)

    def misses(self, group_id: UUID) -> bool:
        """Tell whether this copy goes without the rows of a group."""
        return int.from_bytes(self.code("missing", group_id), "big") < _MISSING_BELOW

    def bits(self, purpose: str, of: UUID, n: int, count: int) -> int:
        """Give a number of `count` bits that chooses between wordings."""
        return int.from_bytes(self.code(purpose, of, n), "big") & ((1 << count) - 1)


class Misses:
    """What one copy goes without, told group by group.

    Never the last rows of their split, or of their kind in it: those stay, so that no file is emptied.
    """

    def __init__(self, mark: Fingerprint) -> None:
        self._mark = mark
        self._seen: set[tuple[str, str]] = set()

    def goes_without(self, group_id: UUID, kinds: set[tuple[str, str]]) -> bool | None:
        """Tell whether a group is missing; None: ask `goes_without_after_all` when all groups were told.

        `kinds`: split and kind of each of its rows; without rows nothing can miss.
        """
        if not kinds or not self._mark.misses(group_id):
            self._seen |= kinds
            return False
        return True if kinds <= self._seen else None

    def goes_without_after_all(self, kinds: set[tuple[str, str]]) -> bool:
        """Tell at the end, in turn, of a group that had to wait."""
        if kinds <= self._seen:
            return True
        self._seen |= kinds
        return False
