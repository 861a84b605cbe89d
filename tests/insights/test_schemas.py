from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.insights.queries.lately import WORDS, in_words
from app.insights.queries.mywork import QUOTE_MAX_CHARS, first_sentence
from app.insights.schemas import Share, Stage, say, span


@pytest.mark.parametrize(
    ("hits", "n", "percent", "interval"),
    [
        (11, 14, 79, (52, 92)),
        (0, 10, 0, (0, 28)),
        (10, 10, 100, (72, 100)),
        (26, 30, 87, (70, 95)),
        (0, 0, 0, (0, 100)),
    ],
)
def test_a_share_has_wilsons_interval(hits, n, percent, interval):
    assert (Share(hits, n).percent, Share(hits, n).interval) == (percent, interval)


@given(st.integers(1, 100_000).flatmap(lambda n: st.tuples(st.integers(0, n), st.just(n))))
def test_the_interval_always_holds_the_share_and_stays_between_0_and_100(drawn):
    share = Share(*drawn)
    low, high = share.interval
    assert 0 <= low <= share.percent <= high <= 100


@pytest.mark.parametrize(
    ("length", "words"),
    [
        (timedelta(minutes=-5), "0 min"),
        (timedelta(minutes=59, seconds=59), "59 min"),
        (timedelta(hours=47), "47 h"),
        (timedelta(days=84, hours=23), "84 d"),
    ],
)
def test_an_age_is_said_in_its_largest_unit(length, words):
    assert span(length) == words


def test_counts_begin_sentences():
    said = [say(0, "piece"), say(1, "piece"), say(3, "piece"), say(1240, "task is", "tasks are")]
    assert said == ["No pieces", "One piece", "Three pieces", "1,240 tasks are"]


def test_the_bars_of_a_stage_fit_their_picture_and_mark_what_is_late():
    stage = Stage("in_review", "In review", 7, (0, 4, 0, 0, 0, 2, 1, 0, 0, 0), None, "", late=3, late_from=5)
    assert [(x, late) for x, _, _, late in stage.bars if late] == [(50, True), (60, True)]
    assert all(y + height == 28 for _, y, height, _ in stage.bars)
    assert max(height for _, _, height, _ in stage.bars) == 26


@pytest.mark.parametrize(
    ("text", "sentence"),
    [
        ("The other case, $n=2$, is not spoken of. Close it.", "The other case, $n=2$, is not spoken of."),
        ("No end", "No end"),
        ("  \n\n", ""),
        ("第一种情况不对。请改。", "第一种情况不对。请改。"),
        ("It is 3.14 here. Yes.", "It is 3.14 here."),
        ("Line\nbreak. Next.", "Line break."),
    ],
)
def test_the_first_sentence_is_what_is_quoted(text, sentence):
    assert first_sentence(text) == sentence


def test_a_very_long_sentence_is_cut_between_words():
    cut = first_sentence("word " * 200)
    assert cut.endswith("word …")
    assert len(cut) <= QUOTE_MAX_CHARS + 2


def test_events_are_told_in_words_even_those_that_have_none_yet():
    assert in_words("submission.submit", 417) == "handed in task 417"
    assert in_words("submission.submit", None) == "handed in a task"
    assert in_words("gold.add_probe", 1) == "add probe (gold)"
    assert all("{" not in in_words(verb, 1) for verb in WORDS)
