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
    """Two people reached the same answer blind, and a machine agrees."""
    A = "A"
    """One approval by re-deriving, executing or a formal check, where a machine agrees or none can tell."""
    B = "B"
    """One approval by reading, looking up or comparing."""
    X = "X"
    """Not approved, but honest reasoning: for process training only."""
