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


class DatasetUse(StrEnum):
    """What a dataset is for; the two are never mixed."""

    TRAINING = "training"
    EVALUATION = "evaluation"
    """Held out: carries a canary, and none of its tasks goes into what is trained on."""


class Split(StrEnum):
    """The part of a snapshot that an item belongs to."""

    TRAIN = "train"
    VALIDATION = "validation"
    TEST = "test"
