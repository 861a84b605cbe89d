"""Define datasets, freeze snapshots of them, divide what is frozen."""

from app.datasets.service.defining import change_dataset, create_dataset
from app.datasets.service.finishing import fail_freezing, finish_freezing, leave_out, note_dead_jobs, resume_freezing
from app.datasets.service.freezing import FREEZE_JOB, freeze, freeze_again

__all__ = [
    "FREEZE_JOB",
    "change_dataset",
    "create_dataset",
    "fail_freezing",
    "finish_freezing",
    "freeze",
    "freeze_again",
    "leave_out",
    "note_dead_jobs",
    "resume_freezing",
]
