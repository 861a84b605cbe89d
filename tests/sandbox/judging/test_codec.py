"""Values are written down and read back; nothing that a stranger writes is more than a value."""

import json
import math
from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.sandbox.judging.inside import codec

ATOMS = (
    st.none()
    | st.booleans()
    | st.integers()
    | st.floats(allow_nan=False)
    | st.complex_numbers(allow_nan=False)
    | st.text()
    | st.binary()
    | st.fractions()
    | st.decimals(allow_nan=False)
)
KEYS = st.recursive(ATOMS, lambda inner: st.tuples(inner) | st.frozensets(inner, max_size=3), max_leaves=5)
VALUES = st.recursive(
    ATOMS,
    lambda inner: st.lists(inner) | st.lists(inner).map(tuple) | st.sets(KEYS) | st.dictionaries(KEYS, inner),
    max_leaves=20,
)


def crossed(value):
    return codec.decode(codec.read(codec.write({"value": codec.encode(value)}))["value"])


@given(VALUES)
def test_every_value_comes_back_equal_and_of_its_type(value):
    back = crossed(value)
    assert (back, type(back), repr(back) if isinstance(value, float) else "") == (
        value,
        type(value),
        repr(value) if isinstance(value, float) else "",
    )


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(),
    lambda inner: (
        st.lists(inner) | st.dictionaries(st.sampled_from([*codec._READERS, "object", "x"]), inner, max_size=2)
    ),
    max_leaves=20,
)


@given(JSON)
def test_whatever_is_read_is_a_value_of_builtin_types_or_refused(message):
    try:
        value = codec.decode(json.loads(json.dumps(message)))
    except codec.BadMessage:
        return
    assert type(value).__module__ in {"builtins", "fractions", "decimal"}


@pytest.mark.parametrize(
    "value",
    [{}, {"x": 1}, {"int": "zz"}, {"set": [[1]]}, {"dict": [[1]]}, {"dict": 5}, {"Fraction": "1/0"}, {"float": "5"},
     {"Fraction": "1e9"}, {"int": "0x1", "set": []}, {"complex": [1, 2, 3]}, {"bytes": "xyz"}, {"object": 1}],
)  # fmt: skip
def test_what_was_not_written_here_is_refused(value):
    with pytest.raises(codec.BadMessage):
        codec.decode(value)


@pytest.mark.parametrize("line", [b"", b"[1]", b"5", b"{", b"[" * 100_000, b'{"a": ' + b"1" * 5000 + b"}", b"\xff"])
def test_a_line_that_is_no_message_is_refused(line):
    with pytest.raises(codec.BadMessage):
        codec.read(line)


def test_nan_and_very_long_numbers_cross():
    assert math.isnan(crossed(float("nan")))
    assert [crossed(number) for number in (2**53 - 1, 2**53, -(2**53), 10**5000)] == [
        2**53 - 1, 2**53, -(2**53), 10**5000,
    ]  # fmt: skip


def test_subclasses_are_written_as_what_they_are_built_on_whatever_they_say_of_themselves():
    class Liar(int):
        def __int__(self):
            return 7

        def __abs__(self):
            return 0

        def __repr__(self):
            return "7"

    class Quiet(str):
        __slots__ = ()

        def __str__(self):
            return "said"

    assert crossed([Liar(5), Quiet("meant"), True, Fraction(1, 2)]) == [5, "meant", True, Fraction(1, 2)]


def test_what_is_read_is_a_copy():
    written = codec.encode([1, 2])
    codec.decode(written).append(3)
    assert written == [1, 2]


@pytest.mark.parametrize("value", [object(), len, int, {1: object()}])
def test_what_is_no_value_cannot_be_written(value):
    with pytest.raises(codec.Unsendable):
        codec.encode(value)


def test_what_contains_itself_cannot_be_written():
    loop: list[object] = []
    loop.append(loop)
    with pytest.raises(codec.Unsendable, match="nested too deeply"):
        codec.encode(loop)


def test_a_value_is_shown_short_and_always():
    assert (codec.show([1, "a"]), codec.show("x" * 1000, 10), codec.show(10**5000)[:31]) == (
        "[1, 'a']", "'xxxxxxxxx…", "(a value of the type int that i",
    )  # fmt: skip
