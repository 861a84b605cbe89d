"""Reasoning in steps and a final answer."""

from app.submissions.activities.kind import CLOSING, REASONING, Kind
from app.tasks.states import Activity

KIND = Kind(
    activity=Activity.SOLVE,
    name="Solve",
    parts=(*REASONING, "answer", "unit", *CLOSING),
    answer_label="Answer",
    needs_answer=True,
)
