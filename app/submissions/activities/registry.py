"""All kinds of work by activity."""

from app.submissions.activities import open as open_question
from app.submissions.activities import program, solve
from app.submissions.activities.kind import Kind
from app.tasks.states import Activity

KINDS: dict[Activity, Kind] = {kind.activity: kind for kind in (solve.KIND, program.KIND, open_question.KIND)}
