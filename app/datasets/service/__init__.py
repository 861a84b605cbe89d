"""Define datasets, freeze snapshots of them, divide what is frozen, note what became of it."""

from app.datasets.service.challenging import challenge, decide
from app.datasets.service.correcting import (
    AT_ONCE,
    note_corrections,
    note_taken_lists,
    signed_list,
    signed_lists,
    snapshots_to_correct,
)
from app.datasets.service.defining import change_dataset, create_dataset
from app.datasets.service.finishing import fail_freezing, finish_freezing, leave_out, note_dead_jobs, resume_freezing
from app.datasets.service.freezing import FREEZE_JOB, freeze, freeze_again
from app.datasets.service.marking import mark_members

__all__ = [
    "AT_ONCE",
    "FREEZE_JOB",
    "challenge",
    "change_dataset",
    "create_dataset",
    "decide",
    "fail_freezing",
    "finish_freezing",
    "freeze",
    "freeze_again",
    "leave_out",
    "mark_members",
    "note_corrections",
    "note_dead_jobs",
    "note_taken_lists",
    "resume_freezing",
    "signed_list",
    "signed_lists",
    "snapshots_to_correct",
]
