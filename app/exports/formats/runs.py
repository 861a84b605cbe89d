"""Runs of programs that steps cite, in conversations: as calls of a tool with its results, or as text."""

import json
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

from app.datasets.queries.records import Record
from app.exports.formats.base import Choice, Part, Rendering, Row, Voice
from app.exports.formats.texts import STEP_SEPARATOR, fenced, steps_of

RUN_PROGRAM, RUN_TESTS = "run_program", "run_tests"


class Runs(Choice):
    """What becomes of the runs that steps cite."""

    TEXT = "text", "runs as text: program, output, time"
    TOOL_CALLS = "tool_calls", "runs as calls of a tool and its results"
    LEAVE_OUT = "leave_out", "runs are left out"


def _tool(name: str, description: str, **arguments: str) -> Row:
    properties = {argument: {"type": "string", "description": meaning} for argument, meaning in arguments.items()}
    parameters = {"type": "object", "properties": properties, "required": list(arguments)}
    return {"type": "function", "function": {"name": name, "description": description, "parameters": parameters}}


_LANGUAGE = "python, cpp, c, javascript, rust or java"
TOOLS: list[Row] = [
    _tool(
        RUN_PROGRAM,
        "Run a program and return what it printed.",
        language=_LANGUAGE,
        source="the whole program",
        stdin="what it reads from standard input",
    ),
    _tool(
        RUN_TESTS,
        "Run the tests of the task on a program and return which ones passed.",
        language=_LANGUAGE,
        source="the whole program",
    ),
]


@dataclass(slots=True)
class Stretch:
    """Reasoning up to a run; the last stretch ends without one."""

    bodies: list[str] = field(default_factory=list)
    step_ids: list[str | None] = field(default_factory=list)
    """the step that each body is; None for a run"""
    run: Row | None = None

    @property
    def trace(self) -> str:
        """The reasoning as one text."""
        return STEP_SEPARATOR.join(self.bodies)


def stretches_of(record: Record, rendering: Rendering, runs: Runs) -> list[Stretch]:
    """Split the rendered steps at the runs that they cite; one stretch unless runs are calls.

    A run stands before the step that cites it first, for that step speaks of what came out.
    """
    known = {run["id"]: run for run in record["runs"]}
    found = [Stretch()]
    for step in steps_of(record, rendering):
        cited = [known.pop(run_id) for run_id in step.get("runs", ()) if run_id in known]
        for run in cited:
            if runs is Runs.TOOL_CALLS:
                found[-1].run = run
                found.append(Stretch())
            elif runs is Runs.TEXT:
                found[-1].bodies.append(_as_text(run))
                found[-1].step_ids.append(None)
        found[-1].bodies.append(step["body"])
        found[-1].step_ids.append(step["id"])
    return found


def call_of(run: Row, *, as_text: bool) -> Row:
    """Write a run as a call; `as_text`: the arguments are JSON in a text, as OpenAI has them."""
    names = ("language", "source") if _is_of_tests(run) else ("language", "source", "stdin")
    arguments: Any = {name: run[name] for name in names}
    if as_text:
        arguments = json.dumps(arguments, ensure_ascii=False)
    return {"id": _id(run), "type": "function", "function": {"name": _name(run), "arguments": arguments}}


def result_of(run: Row, *, named: bool) -> Row:
    """Write what came out of a run as the message that answers its call."""
    name = {"name": _name(run)} if named else {}
    return {"role": "tool", "tool_call_id": _id(run), **name, "content": _outcome(run)}


def called(message: Row) -> list[Part]:
    """Read the calls of a message as a person does."""
    calls = [call["function"] for call in message.get("tool_calls", ())]
    return [Part(Voice.REASONING, f"{call['name']}\n{_arguments(call['arguments'])}") for call in calls]


def _arguments(arguments: Any) -> str:
    found = json.loads(arguments) if isinstance(arguments, str) else arguments
    return "\n".join(f"{name}: {value}" for name, value in found.items())


def fault_of_turns(messages: Sequence[Row]) -> str | None:
    """Say what is wrong with the order of messages: who follows whom, and which result answers which call."""
    roles = [message["role"] for message in messages if message["role"] != "system"]
    if roles[:1] != ["user"] or roles[-1] != "assistant" or messages[-1].get("tool_calls"):
        return "it does not begin with the user and end with an answer"
    if any(message["role"] == "system" for message in messages[1:]):
        return "a system message is not the first"
    waiting: list[str] = []
    used: set[str] = set()
    for message in messages:
        if message["role"] == "tool":
            if not waiting or waiting.pop(0) != message["tool_call_id"]:
                return "a result answers no call"
        elif waiting:
            return "a call has no result"
        else:
            waiting = [call["id"] for call in message.get("tool_calls", ())]
            if used & set(waiting):
                return "two calls have one id"
            used |= set(waiting)
    return None


def is_empty(message: Row) -> bool:
    """Tell whether a message says nothing and calls nothing."""
    return not str(message.get("content") or "").strip() and not message.get("tool_calls")


def _as_text(run: Row) -> str:
    parts = [fenced(run["source"], run["language"])]
    if run["stdin"].strip():
        parts.append(fenced(run["stdin"], "stdin"))
    return STEP_SEPARATOR.join([*parts, fenced(_outcome(run), "output")])


def _outcome(run: Row) -> str:
    """Say what came out, as the author saw it: of hidden tests nothing but how many passed."""
    if _is_of_tests(run):
        public = [test for test in run["tests"] if not test["is_hidden"]]
        lines = [f"{test['name']}: {test['verdict'].replace('_', ' ')}" for test in public]
        seconds = sum(test.get("wall_ms") or 0 for test in public) / 1000
        return "\n".join([*lines, f"[{run['message'] or run['verdict'] or 'run'} {seconds:.3f} s]"])
    printed = [run["stdout"].rstrip("\n")] if run["stdout"] else []
    printed += [f"stderr:\n{run['stderr'].rstrip(chr(10))}"] if run["stderr"] else []
    ended = "" if run["exit_code"] is None else f"exit code {run['exit_code']}, "
    said = f"{run['message'].rstrip('.')}, " if run["message"] else ""
    return "\n".join([*printed, f"[{said}{ended}{run['wall_milliseconds'] / 1000:.3f} s]"])


def _is_of_tests(run: Row) -> bool:
    return bool(run["purpose"] != "custom")


def _name(run: Row) -> str:
    return RUN_TESTS if _is_of_tests(run) else RUN_PROGRAM


def _id(run: Row) -> str:
    """Make the id of a call from that of the run: the same in every export."""
    return "call_" + str(run["id"]).replace("-", "")
