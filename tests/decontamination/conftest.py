"""A reference set loaded from a file, as the worker does it."""

import io
import json
from collections.abc import Callable

import pytest
from sqlalchemy import select

from app.core import clock
from app.decontamination.models import ReferenceSet
from app.decontamination.schemas import ReferenceIn
from app.decontamination.service.references import add_reference_set, keep_file
from app.worker import Worker

APPLES = (
    "Natalia sold clips to forty eight of her friends in April, and then she sold half as many clips in May. "
    "How many clips did Natalia sell altogether in April and May?"
)
SHORT = "What is 17 plus 25 in base 9?"
SOLVED = "Halve forty eight for May, which is twenty four, and add both months: seventy two clips were sold."


@pytest.fixture
def load_set(session, database, app_settings, ada) -> Callable[..., ReferenceSet]:
    """`load_set(rows)` adds a set in Ada's name and lets the worker load it; returns it as it is afterwards."""

    def load(rows, name="Word problems", fields="text"):
        data = "".join(json.dumps(row) + "\n" for row in rows).encode() if isinstance(rows, list) else rows
        stored = keep_file(app_settings, "texts.jsonl", io.BytesIO(data))
        wanted = ReferenceIn(name=name, source="Published for the tests", licence="MIT", fields=fields)
        add_reference_set(session, wanted, stored, actor=ada.actor, now=clock.now())
        session.commit()
        Worker(database, app_settings).run_all()
        found = session.scalars(select(ReferenceSet).where(ReferenceSet.name == name)).one()
        session.refresh(found)
        session.commit()
        return found

    return load


@pytest.fixture
def work_off(session, database, app_settings):
    """`work_off()` lets the worker do what waits."""

    def run():
        session.commit()
        Worker(database, app_settings).run_all()

    return run
