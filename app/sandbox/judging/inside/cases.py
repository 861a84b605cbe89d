"""Calls a function with the arguments of each case and holds what it returns against what is expected."""

from typing import Any

from app.sandbox.judging.inside import codec
from app.sandbox.judging.inside.assertions import told, unloaded
from app.sandbox.judging.inside.caller import Broken, Caller, NotPlain, Raised, Remote
from app.sandbox.judging.inside.channel import Ended

_SHOWN = 120


class Matching:
    """How values are compared."""

    def __init__(self, how: str, absolute: float, relative: float, *, lists_are_tuples: bool):
        self.how, self.absolute, self.relative = how, absolute, relative
        self.lists_are_tuples = lists_are_tuples
        """for values written in JSON, which has only lists"""

    def difference(self, expected: Any, found: Any, place: str = "") -> str:
        """Say in a sentence where a value first differs from the expected one; empty when it agrees."""
        if isinstance(found, Remote):
            return _differs(place, expected, found)
        if isinstance(expected, list | tuple):
            return self._sequence(expected, found, place)
        if isinstance(expected, dict) and isinstance(found, dict):
            return self._mapping(expected, found, place)
        return "" if self._is_same(expected, found) else _differs(place, expected, found)

    def _sequence(self, expected: list[Any] | tuple[Any, ...], found: Any, place: str) -> str:
        kind = list if isinstance(expected, list) else tuple
        if not isinstance(found, list | tuple) or not (self.lists_are_tuples or isinstance(found, kind)):
            return _differs(place, expected, found)
        for number, (one, other) in enumerate(zip(expected, found, strict=False)):
            if different := self.difference(one, other, f"{place}[{number}]"):
                return different
        if len(expected) != len(found):
            return f"{_at(place)}expected {len(expected)} elements, got {len(found)}."
        return ""

    def _mapping(self, expected: dict[Any, Any], found: dict[Any, Any], place: str) -> str:
        for key, one in expected.items():
            if key not in found:
                return f"{_at(place)}the key {codec.show(key, _SHOWN)} is missing."
            if different := self.difference(one, found[key], f"{place}[{codec.show(key, _SHOWN)}]"):
                return different
        more = [key for key in found if key not in expected]
        return f"{_at(place)}the key {codec.show(more[0], _SHOWN)} is not expected." if more else ""

    def _is_same(self, expected: Any, found: Any) -> bool:
        if self.how == "tokens" and isinstance(expected, str) and isinstance(found, str):
            return expected.split() == found.split()
        if isinstance(expected, float) and isinstance(found, float) and expected != expected and found != found:  # noqa: PLR0124 - only nan differs from itself
            return True
        if expected == found:
            return True
        return self.how == "numeric" and self._is_close(expected, found)

    def _is_close(self, expected: Any, found: Any) -> bool:
        if not all(isinstance(one, int | float | complex) and not isinstance(one, bool) for one in (expected, found)):
            return False
        try:
            return bool(abs(expected - found) <= max(self.absolute, self.relative * abs(expected)))
        except OverflowError:
            return False


def _differs(place: str, expected: Any, found: Any) -> str:
    return f"{_at(place)}expected {codec.show(expected, _SHOWN)}, got {codec.show(found, _SHOWN)}."


def _at(place: str) -> str:
    return f"At {place[:200]}: " if place else ""


def run(job: dict[str, Any], caller: Caller, report: Any) -> dict[str, Any]:
    """Try the cases in turn and report on each; the one at which the program died is the last."""
    try:
        function = caller.load(job["entry_point"])
    except (Raised, NotPlain, Ended) as error:
        return {"unloaded": unloaded(error)}
    for case in job["cases"]:
        cpu, wall = caller.cpu_seconds, caller.wall_seconds
        found: dict[str, Any] = {"trace": ""}
        try:
            found["verdict"], found["reason"] = _try(function, case, job["match"])
        except (Raised, NotPlain) as error:
            found["verdict"], found["reason"] = told(error)
            found["trace"] = getattr(error, "trace", "")
        except Ended as ended:
            found["verdict"], found["reason"] = "ended", ended.why
        except Broken as error:
            return {"fault": f"The case “{case['name']}” is at fault. {error}"}
        found["times"] = {"cpu": caller.cpu_seconds - cpu, "wall": caller.wall_seconds - wall}
        report({"number": case["number"], "call": caller.last_call, "value": caller.last_value, **found})
        if caller.ended or (job["stops_early"] and found["verdict"] != "passed"):
            break
    return {}


def _try(function: Remote, case: dict[str, Any], match: dict[str, Any]) -> tuple[str, str]:
    args = [codec.decode(one) for one in case["args"]]
    kwargs = {name: codec.decode(one) for name, one in case["kwargs"].items()}
    try:
        value = function(*args, **kwargs)
    except Exception as error:
        if case["raises"] and isinstance(error, Raised):
            return _raised_as_expected(error, case["raises"])
        raise
    if case["raises"]:
        return "wrong", f"It returned {codec.show(value, _SHOWN)} where {case['raises']} is expected."
    different = Matching(**match, lists_are_tuples=case["lists_are_tuples"]).difference(
        codec.decode(case["expected"]), value
    )
    return ("wrong", different) if different else ("passed", "")


def _raised_as_expected(error: Any, expected: str) -> tuple[str, str]:
    """Accept the exception that is expected, by its own name or by that of a builtin class that it belongs to."""
    if expected in {kind.__name__ for kind in type(error).__mro__ if kind is not Raised}:
        return "passed", ""
    return "wrong", f"It raised {error} where {expected} is expected."
