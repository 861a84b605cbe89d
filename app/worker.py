"""The worker: every background job but those that run programs, and what is due regularly."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import ClassVar

from app.accounts import jobs as accounts_jobs
from app.admin import jobs as admin_jobs
from app.assignments import jobs as assignments_jobs
from app.core.jobs import Handler
from app.core.loop import Loop, spare_the_collector, stop_on_signals
from app.core.runners import LANE
from app.datasets import jobs as datasets_jobs
from app.decontamination import jobs as decontamination_jobs
from app.deliveries import jobs as deliveries_jobs
from app.exports import jobs as exports_jobs
from app.reviews import jobs as reviews_jobs
from app.similarity import jobs as similarity_jobs
from app.submissions import jobs as submissions_jobs
from app.tasks import jobs as tasks_jobs

__all__ = ["Worker", "spare_the_collector", "stop_on_signals"]


@dataclass
class Worker(Loop):
    """One process that works through the queue until told to stop."""

    handlers: ClassVar[Mapping[str, Handler]] = {
        **accounts_jobs.HANDLERS,
        **tasks_jobs.HANDLERS,
        **assignments_jobs.HANDLERS,
        **submissions_jobs.HANDLERS,
        **similarity_jobs.HANDLERS,
        **decontamination_jobs.HANDLERS,
        **reviews_jobs.HANDLERS,
        **datasets_jobs.HANDLERS,
        **exports_jobs.HANDLERS,
        **deliveries_jobs.HANDLERS,
        **admin_jobs.HANDLERS,
    }
    periodic: ClassVar[Mapping[str, int]] = {
        **accounts_jobs.PERIODIC,
        **datasets_jobs.PERIODIC,
        **decontamination_jobs.PERIODIC,
        **assignments_jobs.PERIODIC,
        **submissions_jobs.PERIODIC,
        **reviews_jobs.PERIODIC,
        **exports_jobs.PERIODIC,
        **deliveries_jobs.PERIODIC,
        **admin_jobs.PERIODIC,
    }
    never: ClassVar[frozenset[str]] = LANE
