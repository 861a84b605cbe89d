"""How programs are to be tested is written down, read, and told of where it is wrong."""

import math
from typing import Any

import pytest

from app.verifiers.growth import Timing, judge_growth
from app.verifiers.literals import NotALiteral, is_plain_json, parse_literal, read_literal
from app.verifiers.output import difference
from app.verifiers.program import CallCase, StreamCase, check_spec, parse_spec

STREAMS: dict[str, Any] = {"kind": "program", "cases": [{"stdin": "1 2\n", "stdout": "3\n"}]}
CALLS: dict[str, Any] = {"kind": "program", "entry_point": "add", "cases": [{"args": [1, 2], "expected": 3}]}
CODE = {"kind": "program", "entry_point": "add", "tests": "assert add(1, 2) == 3"}
PROGRAM = {"language": "python", "source": "print(3)"}
EFFICIENCY: dict[str, Any] = {
    "generator": "def make(n, seed):\n    return ''\n",
    "sizes": [1, 2, 4],
    "growth": "n log n",
}


@pytest.mark.parametrize(
    "spec",
    [
        STREAMS,
        CALLS,
        CODE,
        CALLS | {"tests": "assert add(0, 0) == 0", "language": "python"},
        CALLS | {"language": "javascript"},
        STREAMS | {"match": {"how": "numeric", "relative": 1e-6}, "language": "rust"},
        STREAMS | {"checker": PROGRAM, "reference_program": PROGRAM, "wrong_programs": [{"name": "w", **PROGRAM}]},
        STREAMS | {"efficiency": EFFICIENCY, "limits": {"cpu_seconds": 2, "wall_seconds": 5, "memory_mb": 64}},
        {"kind": "program", "entry_point": "f", "cases": [{"args": [], "raises": "ValueError"}]},
    ],
)
def test_a_specification_that_is_in_order_has_no_faults(spec):
    assert check_spec(spec) == []


@pytest.mark.parametrize(
    ("spec", "fault"),
    [
        ({"kind": "program"}, "A program needs tests: “tests” as code, or “cases”."),
        (
            STREAMS | {"tests": "assert 1", "entry_point": "f"},
            "A program is tested either by input and output or by calling its function, not by both.",
        ),
        (CODE | {"tests": "add(1, 2)"}, "The tests hold no “assert”, so every program would pass them."),
        (CODE | {"entry_point": ""}, "Say in “entry_point” which function the tests call."),
        (CODE | {"entry_point": "a b"}, "“a b” is no name of a function."),
        (
            CODE | {"language": "cpp"},
            "Tests as code are written in Python; cases with arguments call a function in Python or JavaScript.",
        ),
        (CALLS | {"checker": PROGRAM}, "A checker program reads output; tests that call a function have none."),
        (
            {**CALLS, "cases": [{"args": [{"python": "open('x')"}], "expected": 3}]},
            "The arguments of case 1 cannot be read: “open(…)” is no literal.",
        ),
        (
            {**CALLS, "cases": [{"name": "both", "args": [], "expected": 1, "raises": "E"}]},
            "“cases”, number 1: Give either “expected” or “raises”.",
        ),
        ({**CALLS, "cases": [{"args": []}]}, "“cases”, number 1: Give either “expected” or “raises”."),
        ({**STREAMS, "cases": [*STREAMS["cases"], {"stdin": "1"}]}, "“cases”, number 2, “stdout” is missing."),
        ({**STREAMS, "cases": [5]}, "“cases”, number 1: Input should be a valid dictionary or instance of StreamCase."),
        (STREAMS | {"timelimit": 3}, "“timelimit” is not a setting of programs."),
        (STREAMS | {"limits": {"memory_mb": 1}}, "“limits”, “memory_mb”: Input should be greater than or equal to 16."),
        (
            STREAMS | {"match": {"how": "numeric"}},
            "A numeric match needs a tolerance: “absolute”, “relative” or both.",
        ),
        (
            STREAMS | {"match": {"how": "exact", "absolute": 1.0}},
            "A tolerance is only used by the match “numeric”.",
        ),
        (STREAMS | {"efficiency": EFFICIENCY | {"sizes": [4, 2]}}, "“efficiency”, “sizes”: Sizes must grow."),
        (
            STREAMS | {"efficiency": EFFICIENCY | {"sizes": [1, 2]}},
            "“efficiency”: To see how the time grows, at least 3 sizes are needed.",
        ),
        (
            STREAMS | {"efficiency": EFFICIENCY | {"generator": "x = 1"}},
            "The source in “generator” must define a function “make”.",
        ),
        (STREAMS | {"reference_program": PROGRAM | {"source": " "}}, "The reference program is empty."),
    ],
)
def test_what_is_wrong_with_a_specification_is_said_in_a_sentence(spec, fault):
    assert check_spec(spec) == [fault]


def test_the_growths_that_are_known_are_listed_where_another_is_asked_for():
    [fault] = check_spec(STREAMS | {"efficiency": EFFICIENCY | {"growth": "fast"}})
    assert fault.startswith("“efficiency”, “growth”: “fast” is not known; known are 1, log n, sqrt n, n, n log n,")


def test_cases_are_taken_for_what_their_keys_say():
    spec = parse_spec({"kind": "program", "cases": [{"args": [1], "expected": None}, {"stdout": "x"}]})
    assert list(map(type, spec.cases)) == [CallCase, StreamCase]
    assert (parse_spec(CODE).calls_a_function, parse_spec(STREAMS).calls_a_function) == (True, False)


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("(1, 'a', None)", (1, "a", None)),
        ("{1, 2}", {1, 2}),
        ("set()", set()),
        ("frozenset([1])", frozenset({1})),
        ("{(1, 2): b'x'}", {(1, 2): b"x"}),
        ("-3 + 4j", -3 + 4j),
        ("[-inf, 10**3]", None),
        ("range(3)", [0, 1, 2]),
        ("-inf", -math.inf),
    ],
)
def test_literals_stand_for_what_json_has_not(text, value):
    if value is None:
        with pytest.raises(NotALiteral):
            parse_literal(text)
    else:
        assert parse_literal(text) == value


@pytest.mark.parametrize(
    "text",
    [
        "x",
        "f(1)",
        "[x for x in []]",
        "__import__('os')",
        "'a' * 10",
        "range(10**9)",
        "range(99999999)",
        "bytes(10**9)",
        "{[]}",
        "...",
        "(" * 300,
        "-" * 19_000 + "1",
        "[" * 100 + "]" * 100,
        "1" * 30_000,
        "{**{}}",
    ],
)
def test_what_is_no_literal_is_refused(text):
    with pytest.raises(NotALiteral):
        parse_literal(text)


def test_literals_may_stand_anywhere_in_json():
    value = [{"python": "(1, 2)"}, {"a": {"python": "{3}"}}, {"python": 5}]
    assert read_literal(value) == [(1, 2), {"a": {3}}, {"python": 5}]
    assert (is_plain_json(value), is_plain_json([1, {"a": [2]}])) == (False, True)


@pytest.mark.parametrize(
    ("how", "expected", "printed", "words"),
    [
        ("exact", "a b\n", "a b", ""),
        ("exact", "a b\n", "a b  \r\n\n\n", ""),
        ("exact", "a b", "a  b", "Line 1: expected “a b”, got “a  b”."),
        ("exact", "a\nb", "a", "It ends too early: line 2, “b”, is missing."),
        ("exact", "a", "a\nb", "There is more than expected: line 2 is “b”."),
        ("exact", "a", " \n", "It printed nothing."),
        ("exact", "", "", ""),
        ("tokens", "1 2\n3", "1\n2 3", ""),
        ("tokens", "1 2", "1 3", "Word 2: expected “2”, got “3”."),
        ("tokens", "1 2", "1", "It ends too early: word 2, “2”, is missing."),
        ("tokens", "1", "1 2", "There is more than expected: word 2 is “2”."),
        ("numeric", "0.5 yes", "0.5000001 yes", ""),
        ("numeric", "0.5", "0.51", "Word 1: expected “0.5”, got “0.51”."),
        ("numeric", "1e3", "1000", ""),
        ("numeric", "1", "1_0", "Word 1: expected “1”, got “1_0”."),
        ("numeric", "nan inf", "NaN inf", ""),
        ("numeric", "inf", "-inf", "Word 1: expected “inf”, got “-inf”."),
        ("numeric", "1", "nan", "Word 1: expected “1”, got “nan”."),
        ("numeric", "yes", "no", "Word 1: expected “yes”, got “no”."),
    ],
)
def test_outputs_are_held_against_each_other(how, expected, printed, words):
    assert difference(expected, printed, how=how, absolute=1e-6) == words


def test_a_relative_tolerance_is_taken_of_the_expected_number():
    assert difference("1000000", "1000001", how="numeric", relative=1e-5) == ""
    assert difference("1", "1.1", how="numeric", relative=1e-5) == "Word 1: expected “1”, got “1.1”."


def timings(function, *, sizes=(1000, 2000, 4000, 8000, 16000), first=0.02, noise=()):
    times = [first * function(n) / function(sizes[0]) for n in sizes]
    return [
        Timing(n, time * factor) for n, time, factor in zip(sizes, times, [*noise, *[1.0] * len(times)], strict=False)
    ]


@pytest.mark.parametrize(
    ("asked", "function", "is_too_slow"),
    [
        ("n", lambda n: n, False),
        ("n", lambda n: n * math.log(n), False),
        ("n log n", lambda n: n * math.log(n), False),
        ("n log n", lambda n: n**1.2, False),
        ("n log n", lambda n: n**2, True),
        ("n", lambda n: n**1.6, True),
        ("n^2", lambda n: n**2 * math.log(n), False),
        ("n^2", lambda n: n**3, True),
        ("log n", lambda n: n, True),
        ("1", math.log, False),
        ("1", lambda n: n, True),
        ("n^3", lambda n: n, False),
    ],
)
def test_only_a_growth_that_is_clearly_too_quick_is_called_so(asked, function, is_too_slow):
    assert judge_growth(asked, timings(function)).is_too_slow is is_too_slow
    assert judge_growth(asked, timings(function, noise=[0.85, 1.2, 1.0, 0.9, 1.15])).is_too_slow is is_too_slow


def test_growth_is_told_with_its_exponent():
    words = judge_growth("n log n", timings(lambda n: n**2.1)).words
    assert words == (
        "From n = 1,000 to n = 16,000 its time grows 338-fold, like n^2.1; asked is n log n, which grows 22.4-fold."
    )


def test_times_below_the_floor_and_too_few_of_them_leave_it_open():
    quick = judge_growth("1", timings(lambda n: n**2, first=1e-7))
    short = judge_growth("n", timings(lambda n: n**3, sizes=(1000, 2000)))
    assert (quick.is_too_slow, quick.exponent, quick.words) == (
        False,
        None,
        "It is too quick to tell how its time grows.",
    )
    assert (short.is_too_slow, short.exponent) == (False, None)


def test_steep_growths_are_seen_on_sizes_that_lie_close_together():
    sizes = (18, 20, 22, 24)
    assert not judge_growth("2^n", timings(lambda n: 2**n, sizes=sizes)).is_too_slow
    assert judge_growth("2^n", timings(lambda n: 3.5**n, sizes=sizes)).is_too_slow
    assert judge_growth("n!", timings(math.gamma, sizes=sizes)).is_too_slow is False
