"""The life of a task, of its places and of an import; how long its texts may be."""

from enum import StrEnum

from app.core.errors import IllegalMove

TITLE_MAX_CHARS = 200
STATEMENT_MAX_CHARS = 200_000
REFERENCE_MAX_CHARS = 200_000
TESTS_MAX_CHARS = 1_000_000
ANSWER_MAX_CHARS = 20_000
ANSWER_EXPECTED_MAX_CHARS = 2000
ANSWER_OPTIONS_MAX_BYTES = 2_000_000
WRONG_ANSWERS_MAX = 50
WRONG_ANSWER_MAX_CHARS = 2000
WRONG_ANSWERS_NEEDED = 5
"""So many plausible wrong answers must be refused before a task opens whose answer a machine compares."""
ASSUMPTION_MAX_CHARS = 2000
ASSUMPTIONS_MAX = 50
LABEL_MAX_CHARS = 80
LANGUAGE_MAX_CHARS = 8
SOURCE_MAX_CHARS = 500
LICENCE_MAX_CHARS = 100
MODEL_NAME_MAX_CHARS = 200
ENTRY_POINT_MAX_CHARS = 200
EXTERNAL_ID_MAX_CHARS = 200
PRIORITY_MAX = 9
DIFFICULTY_MAX = 5
SUBMISSIONS_MAX = 20


class TaskState(StrEnum):
    """Where a task stands."""

    DRAFT = "draft"
    """Being written; incomplete."""
    READY = "ready"
    """Complete; not yet handed out."""
    OPEN = "open"
    """Handed out while it has free places."""
    FILLED = "filled"
    """Has the approved submissions it needed; reopens when an approval is revoked."""
    CLOSED = "closed"
    """Done for good."""
    HALTED = "halted"
    """Held back by a manager, or by two people who found it broken; work on it is kept."""
    BROKEN = "broken"
    """Confirmed as broken by a manager; may be repaired."""
    ARCHIVED = "archived"
    """Out of sight; never handed out."""


S = TaskState
MOVES: dict[TaskState, frozenset[TaskState]] = {
    S.DRAFT: frozenset({S.READY, S.ARCHIVED}),
    S.READY: frozenset({S.OPEN, S.HALTED, S.ARCHIVED, S.DRAFT}),
    S.OPEN: frozenset({S.FILLED, S.HALTED, S.CLOSED, S.ARCHIVED}),
    S.FILLED: frozenset({S.OPEN, S.CLOSED, S.HALTED, S.ARCHIVED}),
    S.CLOSED: frozenset({S.ARCHIVED, S.OPEN}),
    S.HALTED: frozenset({S.READY, S.OPEN, S.BROKEN, S.CLOSED, S.ARCHIVED}),
    S.BROKEN: frozenset({S.READY, S.OPEN, S.ARCHIVED}),
    S.ARCHIVED: frozenset({S.READY}),
}


def require_move(old: TaskState, new: TaskState) -> None:
    """Raise IllegalMove unless a task may go from `old` to `new`."""
    if new not in MOVES[old]:
        raise IllegalMove(f"A task that is {old} cannot become {new}.")


class SlotState(StrEnum):
    """Where one place of a task stands; a place takes one submission."""

    FREE = "free"
    """Can be handed out while its task is open."""
    TAKEN = "taken"
    """A live lease or work under review fills it."""
    DONE = "done"
    """An approved submission fills it."""
    SHUT = "shut"
    """Not handed out: its task is halted, broken, closed or archived."""


class Activity(StrEnum):
    """The kind of work a task asks for; each has a file in submissions/activities."""

    SOLVE = "solve"
    """Reasoning and a final answer."""
    PROGRAM = "program"
    """Reasoning and source code."""
    OPEN = "open"
    """Reasoning judged by the rubric; no single right answer."""


class AnswerKind(StrEnum):
    """How the right answer is given; the verifiers hold one file for each."""

    NONE = "none"
    """There is no single right answer, or it is not known."""
    TEXT = "text"
    INTEGER = "integer"
    RATIONAL = "rational"
    REAL = "real"
    EXPRESSION = "expression"
    EQUATION = "equation"
    SET = "set"
    TUPLE = "tuple"
    INTERVAL = "interval"
    MATRIX = "matrix"
    CHOICE = "choice"
    QUANTITY = "quantity"
    BY_ASSUMPTION = "by_assumption"
    """Several right answers, each under an assumption."""
    PROGRAM = "program"
    """Tests that a program has to pass."""
    RUBRIC = "rubric"
    """Judged by people."""


class CheckState(StrEnum):
    """Where the check of a task's own answer stands."""

    QUEUED = "queued"
    DONE = "done"
    FAILED = "failed"
    """Could not be carried out; says nothing about the answer."""


class Origin(StrEnum):
    """Who wrote a task."""

    HUMAN = "human"
    MODEL = "model"
    MIXED = "mixed"


class ImportState(StrEnum):
    """Where an import stands; nothing of it is visible before DONE."""

    UPLOADED = "uploaded"
    """The file is here; its fields can be mapped."""
    CHECKING = "checking"
    CHECKED = "checked"
    """Read whole: its rows are counted and every bad one is listed."""
    IMPORTING = "importing"
    DONE = "done"
    FAILED = "failed"
    """Could not be read or stored; changed nothing."""
    CANCELLED = "cancelled"


class ExistingPolicy(StrEnum):
    """What to do with a row whose external id is there already."""

    REFUSE = "refuse"
    """The row is bad, so the import does not happen."""
    KEEP = "keep"
    """Leave the existing task as it is."""
    UPDATE = "update"
    """Change the existing task where nobody has worked on it; else the row is bad."""
