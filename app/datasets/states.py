"""The life of a snapshot, and the tiers of what is in it."""

from enum import StrEnum


class SnapshotState(StrEnum):
    """Where a snapshot stands."""

    FREEZING = "freezing"
    """Its members are fixed; their hashes are being taken."""
    READY = "ready"
    """Hashed; never changes again."""
    FAILED = "failed"


class Tier(StrEnum):
    """How an item was verified."""

    S = "S"
    """As A, and a second person reached a confirmed answer to the same task without seeing the first."""
    A = "A"
    """One approval by re-deriving, executing or a formal check, and a machine confirms the answer."""
    B = "B"
    """Every other approval: by reading, looking up or comparing, or where no machine could confirm."""
    X = "X"
    """Not approved, but honest reasoning: for process training only."""
