"""What a dataset's rule may say, and how its snapshots are divided."""

from datetime import date
from typing import Annotated, Any, Self

from pydantic import BaseModel, ConfigDict, Field, model_validator

from app.datasets.states import Agreement, DatasetUse, Label, Split, Tier
from app.projects.states import Publication, RecipientClass
from app.reviews.states import VerificationMethod
from app.submissions.states import SubmissionState
from app.tasks.states import Activity, Origin

LabelText = Annotated[str, Field(min_length=1, max_length=80)]
Count = Annotated[int, Field(ge=0, le=10_000_000)]
Percent = Annotated[int, Field(ge=0, le=100)]
RULE_STATES = frozenset({SubmissionState.APPROVED, SubmissionState.REJECTED, SubmissionState.GAVE_UP})
WHOLE = 100
PAIRS = (("tokens_min", "tokens_max"), ("seconds_min", "seconds_max"), ("submitted_from", "submitted_until"))


class Consent(BaseModel):
    """What those who wrote must have signed, and not withdrawn; what is not said here is not asked for."""

    model_config = ConfigDict(extra="forbid")

    model_training: bool = False
    """models may be trained on it"""
    publication: Publication = Publication.NONE
    """it may be published at least so far"""
    recipient: RecipientClass | None = None
    """it may be handed to recipients of this class"""


class Rule(BaseModel):
    """Which work belongs to a dataset. An empty list or nothing means "any"; work under review is never in."""

    model_config = ConfigDict(extra="forbid")

    states: list[SubmissionState] = Field(default_factory=lambda: [SubmissionState.APPROVED], min_length=1)
    activities: list[Activity] = Field(default_factory=list)
    domains: list[LabelText] = Field(default_factory=list, max_length=100)
    skills: list[LabelText] = Field(default_factory=list, max_length=100)
    difficulties: list[Annotated[int, Field(ge=1, le=5)]] = Field(default_factory=list)
    languages: list[Annotated[str, Field(max_length=8)]] = Field(default_factory=list)
    origins: list[Origin] = Field(default_factory=list)
    """who wrote the task"""
    tiers: list[Tier] = Field(default_factory=list)
    methods: list[VerificationMethod] = Field(default_factory=list)
    """an approval of the frozen revision was verified in one of these ways"""
    agreement: Agreement | None = None
    tokens_min: Count | None = None
    tokens_max: Count | None = None
    seconds_min: Count | None = None
    """active time of the author"""
    seconds_max: Count | None = None
    submitted_from: date | None = None
    """days in UTC, both included"""
    submitted_until: date | None = None
    consent: Consent | None = None
    """none: it is not asked who has signed what"""
    is_unedited: bool = False
    """only revisions that hold no edits of a reviewer"""
    author_percent: Annotated[int, Field(ge=1, le=100)] | None = None
    """one author may have written at most so much of the tokens of a snapshot"""

    def model_post_init(self, _context: Any) -> None:
        """Refuse states in which work is still being judged, and ranges that nothing is in."""
        wrong = set(self.states) - RULE_STATES
        if wrong:
            raise ValueError(f"Only approved, rejected or given-up work can be frozen, not {', '.join(sorted(wrong))}.")
        for low, high in PAIRS:
            least, most = getattr(self, low), getattr(self, high)
            if least is not None and most is not None and least > most:
                raise ValueError(f"Nothing is both from {least} and up to {most}.")


class Splitting(BaseModel):
    """How a snapshot is divided. Tasks, families and near-duplicates are never divided; people may be."""

    model_config = ConfigDict(extra="forbid")

    train: Percent = 100
    validation: Percent = 0
    test: Percent = 0
    seed: Annotated[int, Field(ge=0, le=2**31)] = 0
    labels: list[Label] = Field(default_factory=list)
    """each split gets its share of every combination of these"""
    by_author: bool = False
    """all work of a person is in one split"""

    @model_validator(mode="after")
    def _is_whole(self) -> Self:
        if self.train + self.validation + self.test != WHOLE:
            raise ValueError("The three shares have to make 100 %.")
        return self

    @property
    def shares(self) -> dict[Split, int]:
        """Percent by split, without those that get nothing."""
        shares = {Split.TRAIN: self.train, Split.VALIDATION: self.validation, Split.TEST: self.test}
        return {split: share for split, share in shares.items() if share}

    @classmethod
    def usual(cls, use: DatasetUse) -> "Splitting":
        """Nothing is divided until somebody asks for it: all is trained on, or all is for testing."""
        return cls() if use is DatasetUse.TRAINING else cls(train=0, test=100)
