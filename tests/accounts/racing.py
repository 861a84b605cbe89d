"""Several people at the same moment, each with a transaction or a browser of their own."""

import threading
from typing import Any

from app.core.errors import WorkingsError

PEOPLE = 16


def at_once(database, changes):
    """Run each change in a transaction of its own, all starting together; results and refusals in order."""

    def committed(change):
        def act():
            try:
                with database.writing() as session:
                    result = change(session)
                    session.commit()
                    return result
            except WorkingsError as error:
                return error

        return act

    return together([committed(change) for change in changes])


def together(acts):
    """Run some functions in threads from one starting shot; what they return, in order."""
    barrier = threading.Barrier(len(acts))
    results: list[Any] = [None] * len(acts)

    def run(place, act):
        barrier.wait()
        results[place] = act()

    threads = [threading.Thread(target=run, args=item) for item in enumerate(acts)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(timeout=60)
    return results
