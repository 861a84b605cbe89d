"""The life of a snapshot, the tiers of what is in it, and why something is not."""

from enum import StrEnum


class SnapshotState(StrEnum):
    """Where a snapshot stands."""

    FREEZING = "freezing"
    """Its members are fixed; they are being hashed, compared and divided."""
    READY = "ready"
    """Hashed; never changes again."""
    FAILED = "failed"
    """Its job gave up; `message` says why. Nothing is exported from it; it can be frozen again."""


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


class Agreement(StrEnum):
    """How far the reviewers of the frozen revision have to agree."""

    ALL = "all_approve"
    """None of those who judged this revision decided otherwise than to approve it."""
    TWO = "two_approve"
    """Two people or more approved it."""
    SECOND_LEVEL = "second_level"
    """Somebody of the second level approved it."""


class Label(StrEnum):
    """What the splits can be stratified by."""

    ACTIVITY = "activity"
    DOMAIN = "domain"
    SKILL = "skill"
    DIFFICULTY = "difficulty"
    LANGUAGE = "language"
    TIER = "tier"


REASON_MAX_CHARS = 2000
"""Of what is said against a row, and of why a challenge is decided so."""


class CorrectionKind(StrEnum):
    """What became of a row after its snapshot was frozen; the snapshot itself stays as it was."""

    WITHDRAWN = "withdrawn"
    """Its work was taken back: a tombstone. No export that is written from now on holds the row."""
    SUPERSEDED = "superseded"
    """A challenge of it was sustained: an erratum. Exports of this snapshot keep the row, later snapshots do not."""


class ListFile(StrEnum):
    """The signed lists of a snapshot's corrections, as files."""

    TOMBSTONES = "tombstones.json"
    TOMBSTONES_SIGNATURE = "tombstones.json.sig"
    ERRATA = "errata.json"
    ERRATA_SIGNATURE = "errata.json.sig"


class ChallengeState(StrEnum):
    """Where the doubt about a row stands."""

    OPEN = "open"
    """A manager has to look into it."""
    SUSTAINED = "sustained"
    """The row is wrong: in no later snapshot, and an erratum for those who hold an earlier one."""
    DISMISSED = "dismissed"
    """The row stands."""


class LeftOut(StrEnum):
    """Why a piece that a rule selects is not in a snapshot; selected = items + left out, always."""

    SUPERSEDED = "challenged, and rightly"
    """A manager sustained what was said against this revision of it; a later revision may come in."""
    UNDO = "may still be undone"
    """It was decided in the last seconds."""
    TASK = "its task is held out"
    """A held-out snapshot has the task."""
    FAMILY = "its family is held out"
    """A held-out snapshot has a task of the same family."""
    LIKE = "like a piece that is held out"
    """It is a near-duplicate of a member of a held-out snapshot."""
    CONTAMINATED = "like a text of a reference set"
    """Its task or solution is a text that must not be trained on, or is covered by one by more than half."""
    CONSENT = "without the consent asked for"
    """Who wrote it has not signed, or has withdrawn, or what they signed allows less than the rule asks for."""
    SHARE = "over its author's share"
    """Its author wrote more of the tokens than one person may."""
