"""The strict reader: what it accepts, what it refuses and where, and how quickly."""

import json
import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.text.strictjson import BadJson, check_text, read_json


def refusal(data):
    with pytest.raises(BadJson) as caught:
        read_json(data)
    return caught.value.pointer, caught.value.reason


@pytest.mark.parametrize(
    "data",
    [
        b"{}",
        b' [1, -2.5e3, true, null, "a"] \n',
        b"9007199254740991",
        b"-9007199254740991",
        '{"é": "\\ud83d\\ude00 中"}'.encode(),
        b'"\\u202e is stored as it is"',
        b"[" * 64 + b"]" * 64,
        b'"[[[[{{{{"',
        b'["\\\\", "\\"["]',
    ],
)  # fmt: skip
def test_sound_documents_are_read_as_json_reads_them(data):
    assert read_json(data) == json.loads(data)


SECOND_KEY = "The same key stands twice in one object."
TOO_BIG = "This integer is beyond ±9007199254740991; send it as a string."
NOT_A_NUMBER = "NaN and infinities are not JSON."
NUL = "The text holds the character U+0000."
HALF = "The text holds half a character."
DEEP = "It is nested more than 64 levels deep."
MANY = "It has more than 200,000 values."


@pytest.mark.parametrize(
    ("data", "pointer", "reason"),
    [
        (b'{"a": {"b": 1, "c": 2, "b": 3}}', "/a/b", SECOND_KEY),
        (b'[{}, {"a/b": 1, "a/b": 1}]', "/1/a~1b", SECOND_KEY),
        (b"[1, 9007199254740992]", "/1", TOO_BIG),
        (b'{"n": -9007199254740992}', "/n", TOO_BIG),
        (b'{"a": [NaN]}', "/a/0", NOT_A_NUMBER),
        (b"-Infinity", "", NOT_A_NUMBER),
        (b"[1e999]", "/0", "This number is too large."),
        (b'{"a~": "x\\u0000y"}', "/a~0", NUL),
        (b'["a", "\\ud800"]', "/1", HALF),
        (b'["\\udc00\\ud800"]', "/0", HALF),
        (b'{"a": {"\\ud800": 1}}', "/a", f"A key of this object: {HALF}"),
        (b"\xef\xbb\xbf{}", "", "It begins with a byte order mark; send UTF-8 without one."),
        ('{"a": 1}'.encode("utf-16"), "", "It is not UTF-8: the byte at position 0 does not fit."),
        (b'"\xed\xa0\x80"', "", "It is not UTF-8: the byte at position 1 does not fit."),
        (b"[" * 65 + b"]" * 65, "", DEEP),
        (b"", "", "It is not JSON: Expecting value (line 1, column 1)."),
        (b"{'a': 1}", "", "It is not JSON: Expecting property name enclosed in double quotes (line 1, column 2)."),
        (b"[1,\n2", "", "It is not JSON: Expecting ',' delimiter (line 2, column 2)."),
        (b"{} {}", "", "It is not JSON: Extra data (line 1, column 4)."),
    ],
)
def test_what_is_refused_says_where_and_why(data, pointer, reason):
    assert refusal(data) == (pointer, reason)


def test_the_first_of_several_faults_is_named():
    assert refusal(b'{"a": 1, "b": [NaN], "c": 9007199254740992}') == ("/b/0", NOT_A_NUMBER)


def test_a_reason_never_quotes_the_value():
    secret = "tell-nobody"
    documents = [f'{{"a": "{secret}\\u0000"}}', f'["{secret}', f'{{"a": "{secret}", "a": "{secret}"}}', f"[{secret}]"]

    assert [reason for reason in (refusal(document.encode())[1] for document in documents) if secret in reason] == []


def test_a_string_of_two_million_characters_is_read_and_one_more_is_not():
    assert len(read_json(b'"' + b"a" * 2_000_000 + b'"')) == 2_000_000
    assert refusal(b'["' + b"a" * 2_000_001 + b'"]') == ("/0", "This text has more than 2,000,000 characters.")


def test_two_hundred_thousand_values_are_read_and_one_more_is_not():
    assert len(read_json(b"[" + b"1," * 199_998 + b"1]")) == 199_999
    assert refusal(b"[" + b"1," * 199_999 + b"1]") == ("", MANY)


BOMBS = {
    "open lists": b"[" * 100_000,
    "open objects": b'{"a":' * 100_000,
    "a number of a million digits": b"1" * 1_000_000,
    "a fraction of a million digits": b"0." + b"1" * 1_000_000,
    "two million values": b"[" + b"1," * 2_000_000 + b"1]",
    "a million lists": b"[" + b"[]," * 1_000_000 + b"1]",
    "an open string": b'"' + b'\\"' * 2_000_000,
    "open strings": b'["' * 1_000_000,
    "one key many times": b"{" + b'"a":1,' * 150_000 + b'"a":1}',
}


@pytest.mark.parametrize("name", BOMBS)
def test_bombs_are_refused_at_once(name):
    started = time.thread_time()
    refusal(BOMBS[name])

    assert time.thread_time() - started < 1


def test_a_document_of_four_megabytes_is_read_in_well_under_a_second():
    steps = [{"id": str(number), "body": "some text with $x^2$ " * 30, "refs": [1, 2, 3]} for number in range(5_500)]
    data = json.dumps({"steps": steps, "é": "\u4e2d"}).encode()
    started = time.thread_time()
    document = read_json(data)

    assert time.thread_time() - started < 0.8
    assert document == {"steps": steps, "é": "\u4e2d"}


NEARLY = st.lists(st.sampled_from([*'[]{}:,"\\ 1-.e', "\\u0000", "\\ud800", "true", "NaN", "é", '"a"']), max_size=12)


@given(st.one_of(st.binary(), NEARLY.map(lambda pieces: "".join(pieces).encode())))
def test_bytes_are_read_as_json_reads_them_or_refused_and_nothing_else(data):
    try:
        document = read_json(data)
    except BadJson:
        return
    assert document == json.loads(data)


JSON = st.recursive(
    st.none()
    | st.booleans()
    | st.integers(-(2**53) + 1, 2**53 - 1)
    | st.floats(allow_nan=False, allow_infinity=False)
    | st.text(alphabet=st.characters(exclude_categories=["Cs"], exclude_characters="\x00")),
    lambda inner: st.lists(inner) | st.dictionaries(st.text(alphabet="ab/~é"), inner),
    max_leaves=20,
)


@given(JSON, st.booleans())
def test_what_may_be_stored_comes_back_equal(value, ascii_only):
    assert read_json(json.dumps(value, ensure_ascii=ascii_only).encode()) == value


def test_form_text_is_returned_or_refused():
    assert check_text("a\u202e\n", "/name") == "a\u202e\n"
    for text, reason in (("a\x00", NUL), ("\ud800", HALF)):
        with pytest.raises(BadJson) as caught:
            check_text(text, "/name")
        assert (caught.value.pointer, caught.value.reason) == ("/name", reason)
