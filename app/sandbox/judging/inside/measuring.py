"""Times one call of a function on an input that is made for a size, and sees whether the result is right."""

from typing import Any

from app.sandbox.judging.inside import codec
from app.sandbox.judging.inside.assertions import told
from app.sandbox.judging.inside.caller import Broken, Caller, NotPlain, Raised
from app.sandbox.judging.inside.cases import Matching
from app.sandbox.judging.inside.channel import Ended
from app.sandbox.judging.inside.making import defined, made, verified


def run(job: dict[str, Any], caller: Caller) -> dict[str, Any]:
    """Make the input, call, and hold the result against what is known of it."""
    try:
        args = _made(job)
        function = caller.load(job["entry_point"])
        value = function(*_copied(args, job["size"]))
        if caller.last is None:
            raise Broken("The function was not called.")
        report = {"seconds": caller.last.answered_at - caller.last.asked_at}
        reason = _verified(job, args, value) if job["verifies"] else ""
        return report | {"verdict": "wrong" if reason else "passed", "reason": reason, "value": codec.show(value)}
    except (Raised, NotPlain) as error:
        verdict, reason = told(error)
        return {"verdict": verdict, "reason": reason, "trace": getattr(error, "trace", "")}
    except Ended as ended:
        return {"verdict": "ended", "reason": ended.why}
    except Broken as error:
        return {"fault": str(error)}


def _made(job: dict[str, Any]) -> list[Any]:
    args = made(job["generator"], job["size"], job["seed"])
    if not isinstance(args, list | tuple):
        raise Broken(f"The generator must give the list of arguments, not {type(args).__name__}.")
    return list(args)


def _copied(args: list[Any], size: int) -> list[Any]:
    """Copy the arguments, since what the function does to its own would be done to ours."""
    try:
        return [codec.decode(codec.encode(one)) for one in args]
    except codec.Unsendable as error:
        raise Broken(f"What the generator gives for n = {size} cannot be sent: {error}.") from None


def _verified(job: dict[str, Any], args: list[Any], value: Any) -> str:
    """Ask the task's own verification, or else the reference; empty when the result is right."""
    if job["verify"]:
        return verified(job["verify"], _copied(args, job["size"]), value)
    expected = defined(job["reference"], "reference")[job["entry_point"]](*_copied(args, job["size"]))
    different = Matching(**job["match"], lists_are_tuples=True).difference(expected, value)
    return f"The result differs from that of the reference program. {different}" if different else ""
