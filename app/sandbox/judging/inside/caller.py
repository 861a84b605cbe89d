"""The judge's view of the program under test: functions to call, objects to hold, exceptions it has raised."""

import builtins
import time
from typing import Any

from app.sandbox.judging.inside import codec
from app.sandbox.judging.inside.channel import Channel, Ended, Exchange

_NO_ANSWER = object()
_GRACE_SECONDS = 2.0
"""For a start on a machine that has much else to do."""


class Allowance:
    """What one call may take, and all of them together."""

    def __init__(self, cpu_seconds: float, wall_seconds: float, total_seconds: float):
        self.cpu_seconds, self._wall_seconds = cpu_seconds, wall_seconds
        self._until = time.perf_counter() + total_seconds

    def seconds(self, grace_seconds: float = 0.0) -> tuple[float, str]:
        """Tell how long to wait for an answer now, and what it means if none comes."""
        usual, left = self._wall_seconds + grace_seconds, self._until - time.perf_counter()
        return (usual, Ended.SILENT) if usual <= left else (left, Ended.LATE)


class Broken(BaseException):
    """The tests themselves are at fault; the message says how."""


class Raised(Exception):
    """Marks an exception that was raised by the program; its class is also the builtin one of that name."""

    told: str = ""
    trace: str = ""

    def __str__(self) -> str:
        return self.told


class NotPlain(Exception):
    """A test wants a plain value where the program gave an object of its own, or something too deep or too large."""


class Remote:
    """An object of the program's, or a function; what can be asked of it are its members and calls.

    It equals only itself and is neither true nor false: what it says of itself is no evidence.
    """

    __slots__ = ("_caller", "_is_helper", "_target", "_words")

    def __init__(self, caller: "Caller", target: dict[str, Any], words: str, *, is_helper: bool = False):
        self._caller, self._target, self._words, self._is_helper = caller, target, words, is_helper

    def __call__(self, *args: Any, **kwargs: Any) -> Any:
        """Have it called over there."""
        value = self._caller.call(self._target, args, kwargs, self._words)
        if self._is_helper and not isinstance(value, Remote):
            raise Broken(f"They use “{self._words}” without defining it.")
        return value

    def __getattr__(self, name: str) -> Any:
        if name.startswith("__"):
            raise AttributeError(name)
        return self._caller.get({**self._target, "name": name} if "of" in self._target else {"name": name})

    def __setattr__(self, name: str, value: Any) -> None:
        if name in Remote.__slots__:
            object.__setattr__(self, name, value)
        else:
            self._caller.set(self._target, name, value)

    def __eq__(self, other: object) -> bool:
        return self is other

    def __hash__(self) -> int:
        return id(self)

    def __bool__(self) -> bool:
        raise NotPlain(f"It gave {self!r} where a plain value is needed.")

    def __repr__(self) -> str:
        return f"<{self._words}>"

    @property
    def tagged(self) -> dict[str, Any]:
        """Write it as an argument of a call."""
        if "of" not in self._target:
            raise Broken(f"They give the function “{self._words}” itself as an argument, which is not supported.")
        return {"object": self._target["of"]}


class Caller:
    """Calls the program, a call at a time, and remembers the last one."""

    def __init__(self, channel: Channel, allowance: Allowance):
        self._channel, self.allowance = channel, allowance
        self.calls = 0
        self.cpu_seconds = self.wall_seconds = 0.0
        self.last: Exchange | None = None
        self.last_words = self._last_name = ""
        self._last_args: tuple[Any, ...] = ()
        self._last_value: Any = _NO_ANSWER

    def load(self, entry_point: str) -> Remote:
        """Wait until the program is loaded and find the function; raises what loading has raised."""
        answer = self._channel.hear("load", *self.allowance.seconds(_GRACE_SECONDS))
        self._value(answer)
        try:
            self.get({"name": entry_point})
        except AttributeError:
            raise NotPlain(f"It defines no function “{entry_point}”.") from None
        return Remote(self, {"name": entry_point}, entry_point)

    @property
    def ended(self) -> Ended | None:
        """Why the talk is over; None while it is not."""
        return self._channel.ended

    def helper(self, name: str) -> Remote:
        """Stand for something else that the program defines: a class, whose objects are no evidence."""
        return Remote(self, {"name": name}, name, is_helper=True)

    def get(self, target: dict[str, Any]) -> Any:
        """Fetch a member."""
        exchange = self._channel.ask({"do": "get", **target}, *self.allowance.seconds())
        return self._value(exchange.answer)

    def set(self, target: dict[str, Any], name: str, value: Any) -> None:
        """Change a member of an object."""
        request = {"do": "set", **target, "member": name, "to": self._encoded(value)}
        self._value(self._channel.ask(request, *self.allowance.seconds()).answer)

    def call(self, target: dict[str, Any], args: tuple[Any, ...], kwargs: dict[str, Any], words: str) -> Any:
        """Call a function and return what it returned; what it did to its arguments is done to ours."""
        self.calls += 1
        self._last_name, self._last_args, self._last_value = words, args, _NO_ANSWER
        request = {
            "do": "call",
            **target,
            "args": [self._encoded(one) for one in args],
            "kwargs": {name: self._encoded(one) for name, one in kwargs.items()},
            "cpu": self.allowance.cpu_seconds,
            "watch": any(isinstance(one, list | dict | set | bytearray) for one in args),
        }
        began = time.perf_counter()
        try:
            self.last = exchange = self._channel.ask(request, *self.allowance.seconds())
        finally:
            self.wall_seconds += time.perf_counter() - began
        cpu = exchange.answer.get("cpu")
        self.cpu_seconds += cpu if isinstance(cpu, float) and 0 <= cpu < exchange.answered_at else 0.0
        self._last_value = value = self._value(exchange.answer)
        self._change(args, exchange.answer.get("changed"))
        return value

    @property
    def last_call(self) -> str:
        """Write the last call for people."""
        return f"{self._last_name}({', '.join(codec.show(one, 200) for one in self._last_args)})"

    @property
    def last_value(self) -> str:
        """Write what the last call returned."""
        return "" if self._last_value is _NO_ANSWER else codec.show(self._last_value)

    def _encoded(self, value: Any) -> Any:
        def keep(one: Any) -> dict[str, Any]:
            if isinstance(one, Remote):
                return one.tagged
            raise Broken(f"They give the function something of the class {type(one).__name__}, which cannot be sent.")

        try:
            return codec.encode(value, keep)
        except codec.Unsendable as error:
            raise Broken(f"They give the function something that cannot be sent: {error}.") from None

    def _value(self, answer: dict[str, Any]) -> Any:
        if "raised" in answer:
            raise raised(answer["raised"])
        if "unsendable" in answer:
            raise NotPlain(f"What it returned cannot be read: {str(answer['unsendable'])[:200]}.")
        return self._decoded(answer.get("value"))

    def _decoded(self, value: Any) -> Any:
        try:
            return codec.decode(value, self._restore)
        except (codec.BadMessage, RecursionError):
            raise NotPlain("What it returned cannot be read.") from None

    def _restore(self, tagged: dict[str, Any]) -> Remote:
        number, name = tagged.get("object"), tagged.get("class")
        if not isinstance(number, int) or not isinstance(name, str):
            raise codec.BadMessage("no object")
        return Remote(self, {"of": number}, f"an object of the class {name[:100]}")

    def _change(self, args: tuple[Any, ...], changed: Any) -> None:
        if not isinstance(changed, list) or len(changed) != len(args):
            return
        for ours, theirs in zip(args, map(self._decoded, changed), strict=True):
            if type(ours) is not type(theirs) or isinstance(ours, Remote):
                continue
            if isinstance(ours, list | bytearray):
                ours[:] = theirs
            elif isinstance(ours, dict | set):
                ours.clear()
                ours.update(theirs)


def raised(told: Any) -> Raised:
    """Make an exception that is caught by the names of the program's one, as far as those are builtin."""
    facts = told if isinstance(told, dict) else {}
    names = [str(name) for name in _list(facts.get("names"))[:20] if str(name).isidentifier()] or ["Exception"]
    known = (getattr(builtins, name, None) for name in names)
    bases = [kind for kind in known if isinstance(kind, type) and issubclass(kind, Exception)]
    base = bases[0] if bases and not issubclass(bases[0], BaseExceptionGroup) else Exception
    kinds = (Raised,) if base is Exception else (Raised, base)
    error: Raised = type(names[0][:100], kinds, {"__init__": lambda _: None})()
    message = str(facts.get("message", ""))[:300]
    error.told = f"{names[0][:100]}: {message}" if message else names[0][:100]
    error.trace = str(facts.get("trace", ""))[:4000]
    return error


def _list(value: Any) -> list[Any]:
    return value if isinstance(value, list) else []
