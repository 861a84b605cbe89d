"""Makes inputs for sizes, and verifies outputs, where a whole program is tested and not a function."""

import json
import os
import sys
from typing import Any

from app.sandbox.judging.inside import codec
from app.sandbox.judging.inside.caller import Broken


def defined(source: str, name: str) -> dict[str, Any]:
    """Run a source that comes with the task and return what it defines."""
    names: dict[str, Any] = {"__name__": name}
    try:
        exec(compile(source, name, "exec"), names)  # noqa: S102 - it comes with the task, and this is a sandbox
    except Exception as error:  # noqa: BLE001 - whatever it raises is told
        raise Broken(f"The {name} cannot be used: {type(error).__name__}: {error}."[:500]) from None
    return names


def made(source: str, size: int, seed: int) -> Any:
    """Make the input for a size."""
    names = defined(source, "generator")
    try:
        return names["make"](size, seed)
    except Exception as error:  # noqa: BLE001 - whatever it raises is told
        raise Broken(f"The generator failed at n = {size}: {type(error).__name__}: {error}."[:500]) from None


def verified(source: str, given: Any, answer: Any) -> str:
    """Let the task's own function look at an answer; empty when it is right."""
    names = defined(source, "verification")
    try:
        found = names["verify"](given, answer)
    except Exception as error:  # noqa: BLE001 - what it cannot use is a wrong answer
        return f"The answer cannot be verified: {type(error).__name__}: {error}."[:500]
    return "" if found is True else f"The answer is wrong: {found}"[:500] if found else "The answer is wrong."


def main() -> None:
    """Do one job of the two."""
    output = os.dup(1)
    os.dup2(2, 1)
    job = json.load(sys.stdin)
    try:
        if job["do"] == "verify":
            answer = {"reason": verified(job["verify"], job["stdin"], job["stdout"])}
        else:
            text = made(job["generator"], job["size"], job["seed"])
            if not isinstance(text, str):
                raise Broken(f"The generator must give the input as a text, not {type(text).__name__}.")
            answer = {"text": text}
    except Broken as error:
        answer = {"fault": str(error)}
    view = memoryview(codec.write(answer))
    while view:
        view = view[os.write(output, view) :]
    os._exit(0)
