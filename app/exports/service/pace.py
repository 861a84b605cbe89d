"""How far an export is: told twice a second and no more often, with its rate and the time that is left."""

import time
from collections.abc import Callable
from datetime import timedelta

TOLD_EVERY_SECONDS = 0.5
RATE_AFTER_SECONDS = 2.0
WRITING = "Writing the files"
Report = Callable[[int, int | None, str], None]


class Pace:
    """Tells how far it is; telling also asks whether to go on, and raises when not."""

    def __init__(
        self, report: Report, *, done: int, total: int, monotonic: Callable[[], float] = time.monotonic
    ) -> None:
        self._report, self._total, self._monotonic = report, total, monotonic
        self._done = self._done_before = done
        self._begun = monotonic()
        self._due = self._begun + TOLD_EVERY_SECONDS

    def advance(self, items: int) -> None:
        """Count items whose rows are written, and tell when it is time."""
        self._done += items
        self.breathe()

    def breathe(self) -> None:
        """Tell when it is time, while nothing has come."""
        if self._monotonic() >= self._due:
            self.tell()

    def tell(self) -> None:
        """Tell now."""
        self._due = self._monotonic() + TOLD_EVERY_SECONDS
        self._report(self._done, self._total, self.sentence())

    def sentence(self) -> str:
        """Say it in words; rate and time left only when there is something to measure them by."""
        seconds = self._monotonic() - self._begun
        written = self._done - self._done_before
        if seconds < RATE_AFTER_SECONDS or not written or self._done == self._total:
            return WRITING
        rate = written / seconds
        return f"{WRITING}: {_rate(rate)}, {_left(timedelta(seconds=(self._total - self._done) / rate))}"


def _rate(rate: float) -> str:
    return f"{rate:,.0f} pieces a second" if rate >= 1 else f"{rate * 60:,.0f} pieces a minute"


def _left(left: timedelta) -> str:
    seconds = round(left.total_seconds())
    if seconds < 60:  # noqa: PLR2004 - of a minute
        return f"{max(seconds, 1)} s left"
    minutes = round(seconds / 60)
    return f"{minutes} min left" if minutes < 60 else f"{minutes // 60} h {minutes % 60} min left"  # noqa: PLR2004
