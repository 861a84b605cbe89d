"""Equal things get equal fingerprints, different things different ones."""

import hashlib
import json
import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.text.fingerprints import canonical_json, content_hash, is_canonical, normalise


@pytest.mark.parametrize(
    ("text", "normal"),
    [
        ("  Find\tthe\n\nSUM ", "find the sum"),
        ("ﬁve ① Ｘ", "five 1 x"),
        ("a\u00a0b\u3000c", "a b c"),
        ("e\u0301 é", "é é"),
        ("", ""),
    ],
)
def test_writing_that_means_the_same_is_normalised(text, normal):
    assert normalise(text) == normal


def test_numbers_are_masked_when_asked():
    assert normalise("Ann has 1,240 pens, 3.5 m, 6e23 and x2", mask_numbers=True) == (
        "ann has <n> pens, <n> m, <n> and x<n>"
    )
    assert normalise("2 + 3", mask_numbers=True) == normalise("17 + 4.5", mask_numbers=True)


@given(st.text())
def test_normalising_twice_changes_nothing(text):
    assert normalise(normalise(text)) == normalise(text)


def test_canonical_json_has_one_spelling():
    assert canonical_json({"b": [1, 1.5, None, True], "a": "é\n\u2028", "B": {}}) == (
        '{"B":{},"a":"é\\n\u2028","b":[1,1.5,null,true]}'
    )


def test_the_order_of_keys_does_not_matter_and_that_of_lists_does():
    assert content_hash({"a": 1, "b": 2}) == content_hash({"b": 2, "a": 1})
    assert content_hash([1, 2]) != content_hash([2, 1])


def test_the_hash_is_sha256_of_the_canonical_json_in_utf8():
    assert content_hash({"a": "é"}) == hashlib.sha256('{"a":"é"}'.encode()).hexdigest()


@pytest.mark.parametrize(
    "value",
    [
        math.nan,
        [math.inf],
        {"a": -math.inf},
        {1: "a"},
        [{"a": {None: 1}}],
        "\ud800",
        {"\udfff": 1},
        {1, 2},
        b"a",
        object(),
    ],
)
def test_what_json_cannot_say_is_refused(value):
    with pytest.raises(ValueError, match="cannot be written as JSON"):
        canonical_json(value)


def test_a_value_that_contains_itself_or_is_nested_without_end_is_refused():
    endless: list[object] = []
    endless.append(endless)
    deep: list[object] = []
    for _ in range(100_000):
        deep = [deep]

    for value in (endless, deep):
        with pytest.raises(ValueError, match="cannot be written as JSON"):
            canonical_json(value)


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False, allow_infinity=False) | st.text(),
    lambda inner: st.lists(inner) | st.dictionaries(st.text(), inner),
)


@given(JSON)
def test_canonical_json_reads_back_as_the_same_value(value):
    written = canonical_json(value)

    assert json.loads(written) == value
    assert canonical_json(json.loads(written)) == written


@given(JSON)
def test_what_is_written_canonically_is_known_for_it_and_any_other_spelling_is_not(value):
    written = canonical_json(value)
    others = (json.dumps(value), json.dumps(value, ensure_ascii=False, separators=(",", ":")), f"{written} ")

    assert is_canonical(written.encode())
    assert [is_canonical(other.encode("utf-8")) for other in others] == [other == written for other in others]


@pytest.mark.parametrize(
    "line",
    [
        *(b"1e16", b"0.00001", b"1.50", b"-0", b"123456789012345678901234.0", b"NaN"),
        *(
            b'{"a":1,"a":1}',
            b'{"b":1,"a":2}',
            b'"\\ud800"',
            b'"\xff"',
            b'"\\/"',
            b'"\\u001F"',
            b"",
            b"[",
            b"[" * 100_000,
        ),
    ],
)
def test_what_only_looks_canonical_is_not(line):
    assert not is_canonical(line)
