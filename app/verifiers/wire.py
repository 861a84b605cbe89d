"""How the Checker and its child process write to each other: a length, then JSON."""

import json
import struct
from collections.abc import Mapping
from dataclasses import asdict
from typing import Any

from app.verifiers.outcome import Comparison, Faults, Given, Outcome, Reading, SelfTest
from app.verifiers.rewards import Rewards

LENGTH = struct.Struct(">I")
MESSAGE_MAX_BYTES = 4 << 20
Message = dict[str, Any]


def pack(message: Mapping[str, Any]) -> bytes:
    """Write one message."""
    body = json.dumps(message, ensure_ascii=True, allow_nan=False).encode("ascii")
    if len(body) > MESSAGE_MAX_BYTES:
        raise ValueError("The message is too long.")
    return LENGTH.pack(len(body)) + body


def unpack(body: bytes) -> Message:
    """Read the body of one message; raises ValueError."""
    found = json.loads(body)
    if not isinstance(found, dict):
        raise ValueError("The message is no object.")  # noqa: TRY004 - whatever came over the pipe
    return found


def given_to(given: Given) -> Message:
    """Write an answer."""
    return {"text": given.text, "unit": given.unit, "assumptions": list(given.assumptions)}


def given_from(message: Message) -> Given:
    """Read an answer."""
    return Given(str(message["text"]), str(message["unit"]), tuple(map(str, message["assumptions"])))


def comparison_from(message: Message) -> Comparison:
    """Read what came out of a comparison."""
    outcome = Outcome(message["outcome"])
    rest = {name: str(message[name]) for name in ("reason", "detail", "method")}
    return Comparison(outcome, needs_assumption=bool(message["needs_assumption"]), **rest)


def reading_from(message: Message) -> Reading:
    """Read how an answer was understood."""
    return Reading(bool(message["is_readable"]), str(message["words"]), str(message["tex"]))


def faults_from(message: Message) -> Faults:
    """Read what is wrong with a specification."""
    return Faults(tuple(map(str, message["sentences"])))


def self_test_from(message: Message) -> SelfTest:
    """Read what a self-test found."""
    return SelfTest(comparison_from(message["reference"]), tuple(map(comparison_from, message["wrong"])))


def result_to(result: Comparison | Reading | Faults | SelfTest | Rewards) -> Message:
    """Write a result."""
    return asdict(result)
