"""Runs inside, beside the program under test: loads it and calls what the judge asks for.

Nothing here is trusted by anybody: the program can change all of it. It can make the judge read any value it likes,
and that is all that a program which behaves can do too.
"""

import os
import signal
import sys
import time
import types
from typing import Any, BinaryIO, NoReturn

from app.sandbox.judging.inside import codec

FILE_NAME = "program.py"
MODULE_NAME = "program"
MESSAGE_MAX_CHARS = 300
TRACE_MAX_CHARS = 2000


class Callee:
    """A loaded program and the objects of it that the judge holds by number."""

    def __init__(self, reader: BinaryIO, writer: int):
        self._reader, self._writer = reader, writer
        self._kept: list[Any] = []
        self._module = types.ModuleType(MODULE_NAME)

    def load(self) -> dict[str, Any]:
        """Run the program's own statements; not as the main program, so that it does not read input."""
        self._module.__file__ = FILE_NAME
        sys.modules[MODULE_NAME] = self._module
        with open(FILE_NAME, encoding="utf-8") as file:  # noqa: PTH123 - pathlib takes longer to load than all else
            source = file.read()
        try:
            code = compile(source, FILE_NAME, "exec")
            exec(code, self._module.__dict__)  # noqa: S102 - it is what this process is for
        except BaseException as error:  # noqa: BLE001 - whatever it raises is for the judge to hear
            return {"raised": _raised(error)}
        return {"value": None}

    def serve(self, limit_seconds: float) -> None:
        """Answer until the judge is gone."""
        _allow(limit_seconds)
        self._send(self.load() | {"id": "load"})
        _allow(0)
        for line in self._reader:
            request = codec.read(line)
            answer = self._answer(request)
            self._send(answer | {"id": request["id"]})

    def _answer(self, request: dict[str, Any]) -> dict[str, Any]:
        try:
            target = self._target(request)
            if request["do"] == "get":
                return {"value": codec.encode(target, self._keep)}
            if request["do"] == "set":
                setattr(target, request["member"], codec.decode(request["to"], self._restore))
                return {"value": None}
            args = [codec.decode(one, self._restore) for one in request["args"]]
            kwargs = {name: codec.decode(one, self._restore) for name, one in request["kwargs"].items()}
            _allow(request["cpu"])
            began = time.process_time()
            value = target(*args, **kwargs)
            if isinstance(value, types.GeneratorType | map | filter | zip):
                value = list(value)
            cpu = time.process_time() - began
            _allow(0)
            answer = {"value": codec.encode(value, self._keep), "cpu": cpu}
            return answer | self._changed(args, request)
        except codec.Unsendable as error:
            return {"unsendable": str(error)}
        except BaseException as error:  # noqa: BLE001 - sys.exit and the like as well
            return {"raised": _raised(error)}
        finally:
            _allow(0)
            _flush()

    def _changed(self, args: list[Any], request: dict[str, Any]) -> dict[str, Any]:
        """Tell what the call has done to its arguments, where the judge asks for it."""
        if not request.get("watch"):
            return {}
        changed = [codec.encode(one, self._keep) for one in args]
        return {} if changed == request["args"] else {"changed": changed}

    def _target(self, request: dict[str, Any]) -> Any:
        target = self._kept[request["of"]] if "of" in request else self._module
        name = request.get("name")
        return target if name is None else getattr(target, name)

    def _keep(self, value: Any) -> dict[str, Any]:
        self._kept.append(value)
        return {"object": len(self._kept) - 1, "class": type(value).__name__}

    def _restore(self, tagged: dict[str, Any]) -> Any:
        return self._kept[tagged["object"]]

    def _send(self, message: dict[str, Any]) -> None:
        try:
            view = memoryview(codec.write(message))
        except (ValueError, RecursionError, MemoryError):
            view = memoryview(codec.write({"id": message["id"], "unsendable": "it is too large"}))
        while view:
            view = view[os.write(self._writer, view) :]


def _raised(error: BaseException) -> dict[str, Any]:
    """Describe an exception by its name, those of its builtin bases, and where it came from."""
    import traceback  # noqa: PLC0415 - only those who need it wait for it

    trace = error.__traceback__
    while trace is not None and trace.tb_frame.f_code.co_filename != FILE_NAME:
        trace = trace.tb_next
    try:
        told = "".join(traceback.format_exception(type(error), error, trace, limit=-8))
        message = str(error)
    except BaseException:  # noqa: BLE001 - its own methods are the program's
        told = message = ""
    return {
        "names": [base.__name__ for base in type(error).__mro__[:-1]],
        "message": message[:MESSAGE_MAX_CHARS],
        "trace": told[-TRACE_MAX_CHARS:],
    }


def _allow(seconds: float) -> None:
    """Let the kernel end this process when one call uses more processor time than it may; 0 ends the watch.

    A program can switch this off; then the judge's clock ends it.
    """
    signal.setitimer(signal.ITIMER_PROF, seconds)


def _flush() -> None:
    for stream in (sys.stdout, sys.stderr):
        try:
            stream.flush()
        except BaseException:  # noqa: BLE001, S112 - it may be anything by now
            continue


def main(limit_seconds: float) -> NoReturn:
    """Take the channel to the judge out of the program's way, then serve.

    What the program prints goes to its errors' output; what it reads is empty.
    """
    reader, writer = os.dup(0), os.dup(1)
    nothing = os.open(os.devnull, os.O_RDONLY)
    os.dup2(nothing, 0)
    os.dup2(2, 1)
    with os.fdopen(reader, "rb") as stream:
        Callee(stream, writer).serve(limit_seconds)
    _flush()
    os._exit(0)
