"""The counts on the tabs of a project that lie downstream of it: tasks, reviews, datasets."""

from app.datasets.models import Dataset
from app.projects.queries import TAB_COUNTS, count_up_to
from app.submissions.models import Submission
from app.submissions.states import REVIEWABLE
from app.tasks.models import Task
from app.tasks.states import TaskState


def put_counts_on_tabs() -> None:
    """Tell the tabs how to count what their area does not know; doing it twice changes nothing."""
    shown = (Task.state != TaskState.ARCHIVED, Task.state != TaskState.CLOSED)
    TAB_COUNTS["tasks"] = lambda project_id: count_up_to(Task, Task.project_id == project_id, *shown)
    TAB_COUNTS["reviews"] = lambda project_id: count_up_to(
        Submission, Submission.project_id == project_id, Submission.state.in_(REVIEWABLE)
    )
    TAB_COUNTS["datasets"] = lambda project_id: count_up_to(Dataset, Dataset.project_id == project_id)
