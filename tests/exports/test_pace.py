"""What is said of an export while it is written."""

import pytest

from app.exports.service.pace import Pace


class Clock:
    """A clock that is set by hand."""

    seconds = 0.0

    def __call__(self):
        return self.seconds


@pytest.fixture
def clock():
    return Clock()


def test_it_is_told_twice_a_second_and_no_more_often(clock):
    told = []
    pace = Pace(lambda done, _total, _message: told.append(done), done=0, total=100, monotonic=clock)
    for item in range(100):
        clock.seconds = item / 50
        pace.advance(1)

    assert told == [26, 51, 76]


@pytest.mark.parametrize(
    ("seconds", "done", "said"),
    [
        (1, 500, "Writing the files"),
        (10, 50_000, "Writing the files: 5,000 pieces a second, 10 s left"),
        (100, 10_000, "Writing the files: 100 pieces a second, 15 min left"),
        (100, 50, "Writing the files: 30 pieces a minute, 55 h 32 min left"),
        (10, 100_000, "Writing the files"),
    ],
)
def test_rate_and_time_left_are_said_when_there_is_something_to_measure_them_by(clock, seconds, done, said):
    pace = Pace(lambda *_: None, done=0, total=100_000, monotonic=clock)
    clock.seconds = seconds
    pace.advance(done)

    assert pace.sentence() == said


def test_what_an_earlier_try_has_written_does_not_count_for_the_rate(clock):
    pace = Pace(lambda *_: None, done=90_000, total=100_000, monotonic=clock)
    clock.seconds = 10
    pace.advance(1000)

    assert pace.sentence() == "Writing the files: 100 pieces a second, 2 min left"
