"""Reasoning judged by the rubric; the answer is a conclusion in words."""

from app.submissions.activities.kind import CLOSING, REASONING, Kind
from app.tasks.states import Activity

KIND = Kind(
    activity=Activity.OPEN,
    name="Open question",
    parts=(*REASONING, "answer", *CLOSING),
    answer_label="Conclusion in a sentence",
    needs_answer=False,
)
