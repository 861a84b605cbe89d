"""Reasoning in steps and a program; what the program shows is the answer."""

from app.submissions.activities.kind import CLOSING, REASONING, Kind
from app.tasks.states import Activity

KIND = Kind(
    activity=Activity.PROGRAM,
    name="Program",
    parts=(*REASONING, "program", "answer", *CLOSING),
    answer_label="What the program shows",
    needs_answer=False,
    languages=(
        ("python", "Python"),
        ("cpp", "C++"),
        ("rust", "Rust"),
        ("c", "C"),
        ("java", "Java"),
        ("javascript", "JavaScript"),
        ("go", "Go"),
    ),
)
