"""The judge's program: reads what to do from its input, talks with the program under test, and reports."""

import json
import os
import sys
from typing import Any

from app.sandbox.judging.inside import codec
from app.sandbox.judging.inside.caller import Allowance, Caller
from app.sandbox.judging.inside.channel import Channel


def main() -> None:
    """Do one job. What tests print goes to the errors' output, so that only reports are in the output."""
    output = os.dup(1)
    os.dup2(2, 1)

    def report(message: dict[str, Any]) -> None:
        view = memoryview(codec.write(message))
        while view:
            view = view[os.write(output, view) :]

    job = json.load(sys.stdin)
    caller = Caller(Channel(), Allowance(job["cpu_seconds"], job["wall_seconds"], job["total_seconds"]))
    report({"end": _run(job, caller, report)})
    os._exit(0)


def _run(job: dict[str, Any], caller: Caller, report: Any) -> dict[str, Any]:
    # Each of the three is loaded only where it is needed: every start waits for it.
    if job["do"] == "cases":
        from app.sandbox.judging.inside import cases  # noqa: PLC0415

        return cases.run(job, caller, report)
    if job["do"] == "measure":
        from app.sandbox.judging.inside import measuring  # noqa: PLC0415

        return measuring.run(job, caller)
    from app.sandbox.judging.inside import assertions  # noqa: PLC0415

    return assertions.run(job, caller)
