"""The tests of a program task as other layouts write them; only what a machine has seen the program pass."""

import ast
import json
import re
from typing import Any

from pydantic import ValidationError

from app.datasets.queries.records import Record
from app.exports.formats import shipped
from app.exports.formats.base import Excluded
from app.exports.formats.golds import require_approved
from app.text.fingerprints import content_hash
from app.verifiers.literals import NotALiteral, is_plain_json, read_literal
from app.verifiers.program import CallCase, ProgramSpec, StreamCase, parse_spec

DEPTH_MAX = 2
"""Lists in lists: the graders of APPS and verl do not look for tuples any deeper."""
_DEFINES_CHECK = re.compile(r"^def\s+check\s*\(", re.MULTILINE)
_NAMES_CANDIDATE = re.compile(r"\bcandidate\b")
_IN_JSON_ONLY = "its tests hold values that JSON has not"


def program_of(record: Record) -> tuple[ProgramSpec, str]:
    """Return the tests of a task and the approved program; Excluded unless it was seen to pass exactly these tests."""
    require_approved(record)
    spec, program = record["task"]["answer_spec"], record["content"]["program"]
    if spec.get("kind") != "program":
        raise Excluded("no program")
    if program is None or not program["source"].strip():
        raise Excluded("no program was written")
    if program["language"] != "python" or spec.get("language", "python") != "python":
        raise Excluded("not in Python")
    check = record["check"]
    if check is None or check["finding"] != "pass":
        raise Excluded("no machine has seen its program pass the tests")
    if check["spec_sha256"] != content_hash(spec):
        raise Excluded("its tests were changed after its program had passed them")
    try:
        return parse_spec(spec), program["source"]
    except ValidationError as error:
        raise Excluded("its tests cannot be read") from error


def input_output(spec: ProgramSpec, *, as_text: bool) -> dict[str, Any]:
    """Write cases as APPS does: inputs, outputs, and the function if one is called.

    `as_text`: arguments and results as JSON in text, an argument a line, which verl reads. Excluded when the targets'
    own comparison could refuse a program that passes here.
    """
    if spec.tests.strip():
        raise Excluded("its tests are code, not input and output")
    if not spec.cases:
        raise Excluded("its tests are made while they run")
    if spec.checker is not None:
        raise Excluded("its output is judged by a program")
    if spec.match.how == "numeric":
        raise Excluded("its output has a tolerance")
    if spec.stream_cases:
        return {
            "inputs": [case.stdin for case in spec.stream_cases],
            "outputs": [_output(spec, case) for case in spec.stream_cases],
            "fn_name": None,
        }
    calls = [_call(case) for case in spec.call_cases]
    return {
        "inputs": ["\n".join(map(_json, args)) if as_text else args for args, _ in calls],
        "outputs": [_json([result]) if as_text else [result] for _, result in calls],
        "fn_name": spec.entry_point,
    }


def _output(spec: ProgramSpec, case: StreamCase) -> str:
    if spec.match.how == "tokens" and len(case.stdout.split()) > 1:
        raise Excluded("line ends in its output do not count, which this target does not know")
    return "\n".join(line.rstrip() for line in case.stdout.rstrip().splitlines())


def _call(case: CallCase) -> tuple[list[Any], Any]:
    if case.kwargs or case.raises:
        raise Excluded("its tests name arguments or expect exceptions")
    values = [*case.args, case.expected]
    if not all(map(is_plain_json, values)):
        raise Excluded(_IN_JSON_ONLY)
    if any(map(_has_numbers_as_keys, values)):
        raise Excluded("its tests hold numbers as keys, which this target takes for whole numbers")
    if _depth(case.expected) > DEPTH_MAX:
        raise Excluded("it returns lists too deep inside of lists for this target")
    return case.args, case.expected


def _json(value: Any) -> str:
    return json.dumps(value, ensure_ascii=False, allow_nan=False)


def _has_numbers_as_keys(value: Any) -> bool:
    if isinstance(value, dict):
        return any(key.lstrip("-").isdigit() for key in value) or any(map(_has_numbers_as_keys, value.values()))
    return isinstance(value, list) and any(map(_has_numbers_as_keys, value))


def _depth(value: Any) -> int:
    return 1 + max(map(_depth, value), default=0) if isinstance(value, list) else 0


def assertions(spec: ProgramSpec) -> tuple[str, list[str]]:
    """Write the tests of a function as what stands before them, and one statement each."""
    if spec.tests.strip():
        return _statements(spec)
    if not spec.call_cases:
        raise Excluded("a whole program, not a function")
    return shipped.read("same_value.py"), [_assertion(spec, case) for case in spec.call_cases]


def check_function(spec: ProgramSpec) -> str:
    """Write the tests as a module with a function check(candidate), as HumanEval does."""
    if spec.tests.strip():
        if _DEFINES_CHECK.search(spec.tests):
            return spec.tests
        return f"candidate = {spec.entry_point}\n\n{spec.tests.rstrip()}\n\n\ndef check(candidate):\n    pass\n"
    before, statements = assertions(spec)
    body = "\n".join(f"    {line}" for one in statements for line in one.split("\n"))
    return f"{before}\n\ndef check(candidate):\n    {spec.entry_point} = candidate\n{body}\n"


def _statements(spec: ProgramSpec) -> tuple[str, list[str]]:
    if _DEFINES_CHECK.search(spec.tests):
        return spec.tests, [f"check({spec.entry_point})"]
    before = f"candidate = {spec.entry_point}\n" if _NAMES_CANDIDATE.search(spec.tests) else ""
    try:
        body = ast.parse(spec.tests).body
    except (SyntaxError, ValueError, RecursionError, MemoryError) as error:
        raise Excluded("its tests cannot be read") from error
    asserts = [node for node in body if isinstance(node, ast.Assert)]
    if body[-len(asserts) :] != asserts or not asserts:
        return before, [spec.tests]
    lines = spec.tests.splitlines(keepends=True)
    first = asserts[0].lineno - 1
    ends = [node.lineno - 1 for node in asserts[1:]] + [len(lines)]
    if len({first, *ends}) <= len(asserts):  # two on one line
        return before, [spec.tests]
    starts = [first, *ends[:-1]]
    return before + "".join(lines[:first]), [
        "".join(lines[start:end]).rstrip() for start, end in zip(starts, ends, strict=True)
    ]


def _assertion(spec: ProgramSpec, case: CallCase) -> str:
    try:
        args = [repr(read_literal(arg)) for arg in case.args]
        args += [f"{name}={read_literal(value)!r}" for name, value in case.kwargs.items()]
        expected = repr(read_literal(case.expected))
    except (NotALiteral, ValueError, RecursionError) as error:
        raise Excluded("its tests cannot be read") from error
    call = f"{spec.entry_point}({', '.join(args)})"
    if case.raises:
        told = f"raise AssertionError({f'{case.raises} was expected'!r})"
        known = f"if {case.raises!r} not in [one.__name__ for one in type(error).__mro__]:\n        raise"
        return f"try:\n    {call}\nexcept Exception as error:\n    {known}\nelse:\n    {told}"
    match = spec.match
    rest = f", {match.how!r}, {match.absolute!r}, {match.relative!r}" if match.how != "exact" else ""
    rest += "" if is_plain_json(case.expected) else ", is_json=False"
    return f"assert same_value({call}, {expected}{rest})"
