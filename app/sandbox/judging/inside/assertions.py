"""Runs tests that are written as code: each `assert` is told apart, and goes on after one that does not hold."""

import ast
import builtins
import types
from typing import Any

from app.sandbox.judging.inside.caller import Broken, Caller, NotPlain, Raised, Remote
from app.sandbox.judging.inside.channel import Ended

FILE_NAME = "tests"
_CHECK, _WANTS = "__check__", "__wants__"
_FAULTS_OF_TESTS = (NameError, ImportError, SyntaxError)
Outcome = dict[str, Any]


class Numbering(ast.NodeTransformer):
    """Puts each `assert` into a block that knows its number."""

    def __init__(self, source: str):
        self._source = source
        self.found: list[dict[str, Any]] = []

    def visit_Assert(self, node: ast.Assert) -> ast.AST:
        """Wrap one of them; its names keep their scope, as they would not in a function."""
        number = len(self.found)
        self.found.append({"line": node.lineno, "source": ast.get_source_segment(self._source, node) or ""})
        block = ast.With(items=[ast.withitem(_asking(_CHECK, number))], body=[node])
        return ast.copy_location(ast.If(test=_asking(_WANTS, number), body=[block], orelse=[]), node)


def _asking(name: str, number: int) -> ast.Call:
    return ast.Call(func=ast.Name(name, ast.Load()), args=[ast.Constant(number)], keywords=[])


class Assertion:
    """One execution of an `assert`."""

    def __init__(self, book: "Book", number: int):
        self._book, self._number = book, number

    def __enter__(self) -> None:
        self._before = self._book.caller.cpu_seconds, self._book.caller.wall_seconds
        self._book.current = self._number

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: object) -> bool:
        caller = self._book.caller
        cpu, wall = self._before
        times = {"cpu": caller.cpu_seconds - cpu, "wall": caller.wall_seconds - wall}
        if isinstance(error, Ended):
            self._book.put(self._number, "ended", error.why, times)
            return False
        self._book.current = None
        if error is None:
            self._book.put(self._number, "passed", "", times)
        elif isinstance(error, Exception) and not is_fault_of_tests(error, caller):
            self._book.put(self._number, *told(error), times, getattr(error, "trace", ""))
        else:
            return False
        return True


class Book:
    """What is known of each assertion so far."""

    def __init__(self, caller: Caller, skipped: list[int]):
        self.caller = caller
        self.outcomes: dict[int, Outcome] = {}
        self.current: int | None = None
        self._skipped = frozenset(skipped)

    def wants(self, number: int) -> bool:
        """Tell whether an assertion is still to be tried: not when the program has died of it before."""
        return number not in self._skipped

    def check(self, number: int) -> Assertion:
        """Give the block around an assertion."""
        return Assertion(self, number)

    def put(self, number: int, verdict: str, reason: str, times: dict[str, float], trace: str = "") -> None:
        """Note what came of it; in a loop the first failure stays."""
        earlier = self.outcomes.get(number)
        total = {name: value + (earlier["times"][name] if earlier else 0.0) for name, value in times.items()}
        if earlier and earlier["verdict"] != "passed":
            earlier["times"] = total
            return
        outcome = {"number": number, "verdict": verdict, "reason": reason, "times": total}
        if verdict != "passed":
            outcome |= {"call": self.caller.last_call, "value": self.caller.last_value, "trace": trace}
        self.outcomes[number] = outcome


def told(error: Exception) -> tuple[str, str]:
    """Say what an exception in a test means for the program."""
    if isinstance(error, Raised):
        return "memory_limit" if isinstance(error, MemoryError) else "runtime_error", f"It raised {error}."
    if isinstance(error, NotPlain):
        return "wrong", str(error)
    if isinstance(error, AssertionError):
        return "wrong", f"It does not hold: {error}"[:500] if str(error) else "It does not hold."
    return "wrong", f"The tests cannot use what it returned: {type(error).__name__}: {error}."[:500]


def is_fault_of_tests(error: BaseException, caller: Caller) -> bool:
    """Tell whether the tests have raised something that no program can be the reason of."""
    if isinstance(error, Raised | NotPlain | AssertionError):
        return False
    return isinstance(error, _FAULTS_OF_TESTS) or not isinstance(error, Exception) or caller.calls == 0


def run(job: dict[str, Any], caller: Caller) -> dict[str, Any]:
    """Run the tests and report on every assertion in them."""
    numbering = Numbering(job["tests"])
    book = Book(caller, job["skip"])
    report: dict[str, Any] = {"fault": "", "stray": None}
    try:
        tree = ast.parse(job["tests"], FILE_NAME)
        calls_check = _is_check_called(tree)
        names = _names(tree, job, caller) | {_CHECK: book.check, _WANTS: book.wants}
        code = compile(ast.fix_missing_locations(numbering.visit(tree)), FILE_NAME, "exec")
    except (Exception, SystemExit) as error:  # noqa: BLE001 - whatever code of others raises is reported
        return report | {"fault": f"The tests are at fault: {type(error).__name__}: {error}."[:500]}
    report["found"] = numbering.found
    try:
        names[job["entry_point"]] = entry = caller.load(job["entry_point"])
    except (Raised, NotPlain, Ended) as error:
        return report | {"unloaded": unloaded(error)}
    try:
        exec(code, names)  # noqa: S102 - the tests of a task are code, and this is a sandbox
        check = names.get("check")
        if isinstance(check, types.FunctionType) and not calls_check:
            check(entry)
    except Ended:
        pass
    except Broken as error:
        report["fault"] = f"The tests are at fault. {error}"
    except BaseException as error:  # noqa: BLE001 - whatever code of others raises is reported
        report |= _outside(error, caller)
    # Also where the tests have swallowed it with a bare `except:`.
    report["ended"] = caller.ended.why if caller.ended else None
    return report | {"outcomes": list(book.outcomes.values()), "current": book.current}


def unloaded(error: BaseException) -> dict[str, str]:
    """Report that the program could not be loaded, or has not the function."""
    if isinstance(error, Exception):
        verdict, reason = told(error)
        return {"verdict": verdict, "reason": reason, "trace": getattr(error, "trace", "")}
    return {"verdict": "ended", "reason": str(error), "trace": ""}


def _outside(error: BaseException, caller: Caller) -> dict[str, Any]:
    """Report an exception that no assertion was around."""
    if is_fault_of_tests(error, caller):
        return {"fault": f"The tests are at fault: {type(error).__name__}: {error}."[:500]}
    assert isinstance(error, Exception)  # noqa: S101 - others are the tests' fault
    verdict, reason = told(error)
    outcome = {"verdict": verdict, "reason": reason, "call": caller.last_call, "value": caller.last_value}
    return {"stray": outcome | {"trace": getattr(error, "trace", "")}}


def _is_check_called(tree: ast.Module) -> bool:
    return any(
        isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id == "check"
        for statement in tree.body
        if not isinstance(statement, ast.FunctionDef | ast.ClassDef)
        for node in ast.walk(statement)
    )


def _names(tree: ast.Module, job: dict[str, Any], caller: Caller) -> dict[str, Any]:
    """Give the tests what they use without defining it.

    Functions come from the reference program, in this process: the program under test must not have a say in them.
    What else there is, such as a class whose objects are arguments, lives in the program.
    """
    names: dict[str, Any] = {
        "__name__": FILE_NAME,
        "candidate": Remote(caller, {"name": job["entry_point"]}, "candidate"),
    }
    missing = _free(tree) - {job["entry_point"], "candidate"}
    if not missing:
        return names
    trusted: dict[str, Any] = {"__name__": "reference"}
    if job["reference"]:
        exec(compile(job["reference"], "reference", "exec"), trusted)  # noqa: S102 - as the tests
    for name in missing:
        own = trusted.get(name)
        is_function = isinstance(own, types.FunctionType | types.BuiltinFunctionType | types.ModuleType)
        names[name] = own if is_function else caller.helper(name)
    return names


def _free(tree: ast.Module) -> set[str]:
    """List the names that are used and nowhere bound."""
    used, bound = set(), set(dir(builtins)) | {_CHECK, _WANTS, "__name__"}
    for node in ast.walk(tree):
        match node:
            case ast.Name(id=name, ctx=ast.Load()):
                used.add(name)
            case ast.Name(id=name) | ast.arg(arg=name) | ast.FunctionDef(name=name) | ast.ClassDef(name=name):
                bound.add(name)
            case ast.AsyncFunctionDef(name=name) | ast.ExceptHandler(name=str(name)):
                bound.add(name)
            case ast.alias(name=name, asname=alias):
                bound.add(alias or name.partition(".")[0])
    return used - bound
