"""The specification of a program task: which tests there are, and what is wrong with how they are written down."""

import keyword
import re
from collections.abc import Iterator
from typing import Annotated, Any, Literal, Self

from pydantic import (
    BaseModel,
    ConfigDict,
    Discriminator,
    Field,
    Tag,
    ValidationError,
    field_validator,
    model_validator,
)

from app.verifiers.answer_type import Spec
from app.verifiers.growth import GROWTHS
from app.verifiers.literals import NotALiteral, read_literal

CASES_MAX = 1000
SIZES_MAX = 12
SIZES_FOR_GROWTH = 3
STREAM_MAX_CHARS = 1 << 20
SOURCE_MAX_CHARS = 200_000
NAME_MAX_CHARS = 200
CALLABLE_LANGUAGES = ("python", "javascript")
"""Of which a single function can be called."""
LANGUAGES = ("python", "cpp", "c", "javascript", "rust", "java")

Name = Annotated[str, Field(max_length=NAME_MAX_CHARS)]
Source = Annotated[str, Field(max_length=SOURCE_MAX_CHARS)]
Text = Annotated[str, Field(max_length=STREAM_MAX_CHARS)]


class _Part(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class StreamCase(_Part):
    """Input and the output that is expected for it."""

    name: Name = ""
    is_hidden: bool = False
    stdin: Text = ""
    stdout: Text


class CallCase(_Part):
    """Arguments of the function, and what it returns or which exception it raises."""

    name: Name = ""
    is_hidden: bool = False
    args: list[Any] = []
    kwargs: dict[str, Any] = {}
    expected: Any = None
    raises: Name = ""

    @model_validator(mode="after")
    def _expects_one_thing(self) -> Self:
        if ("expected" in self.model_fields_set) == bool(self.raises):
            raise ValueError("Give either “expected” or “raises”.")
        return self


def _kind_of_case(value: Any) -> str:
    """Take a case for what its keys say, so that a fault is told of that kind and not of both."""
    keys = value if isinstance(value, dict) else value.model_fields_set if isinstance(value, BaseModel) else ()
    return "call" if "args" in keys or "kwargs" in keys else "stream"


Case = Annotated[Annotated[StreamCase, Tag("stream")] | Annotated[CallCase, Tag("call")], Discriminator(_kind_of_case)]
_TAGS = frozenset({"stream", "call"})


class Match(_Part):
    """How an output is held against the expected one."""

    how: Literal["exact", "tokens", "numeric"] = "exact"
    absolute: float = Field(default=0.0, ge=0, allow_inf_nan=False)
    relative: float = Field(default=0.0, ge=0, allow_inf_nan=False)


class Program(_Part):
    """A program in one of the languages."""

    name: Name = ""
    language: Literal["python", "cpp", "c", "javascript", "rust", "java"]
    source: Source


class Efficiency(_Part):
    """How quick a program has to be on inputs that are made for sizes."""

    generator: Source
    sizes: list[Annotated[int, Field(ge=1)]] = Field(min_length=1, max_length=SIZES_MAX)
    limit_seconds: float = Field(default=2.0, gt=0, le=30)
    growth: str = ""
    verify: Source = ""
    seed: int = 1
    is_hidden: bool = True

    @field_validator("growth")
    @classmethod
    def _is_known(cls, value: str) -> str:
        if value and value not in GROWTHS:
            raise ValueError(f"“{value}” is not known; known are {', '.join(GROWTHS)}.")
        return value

    @field_validator("sizes")
    @classmethod
    def _ascend(cls, value: list[int]) -> list[int]:
        if sorted(set(value)) != value:
            raise ValueError("Sizes must grow.")
        return value

    @model_validator(mode="after")
    def _are_enough(self) -> Self:
        if self.growth and len(self.sizes) < SIZES_FOR_GROWTH:
            raise ValueError(f"To see how the time grows, at least {SIZES_FOR_GROWTH} sizes are needed.")
        return self


class ProgramLimits(_Part):
    """What one test may use."""

    cpu_seconds: float = Field(default=10.0, gt=0, le=30)
    wall_seconds: float = Field(default=20.0, gt=0, le=60)
    memory_mb: int = Field(default=512, ge=16, le=1024)


class ProgramSpec(BaseModel):
    """All that is asked of a program."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    kind: Literal["program"] = "program"
    answer: str = ""
    wrong: list[str] = []
    """of other kinds; a program is proved by `wrong_programs`"""
    language: Literal["python", "cpp", "c", "javascript", "rust", "java"] = "python"
    entry_point: str = ""
    tests: Source = ""
    cases: list[Case] = Field(default=[], max_length=CASES_MAX)
    match: Match = Match()
    checker: Program | None = None
    efficiency: Efficiency | None = None
    limits: ProgramLimits = ProgramLimits()
    reference_program: Program | None = None
    wrong_programs: list[Program] = Field(default=[], max_length=50)

    @property
    def stream_cases(self) -> list[StreamCase]:
        """Cases of input and output."""
        return [case for case in self.cases if isinstance(case, StreamCase)]

    @property
    def call_cases(self) -> list[CallCase]:
        """Cases of arguments and result."""
        return [case for case in self.cases if isinstance(case, CallCase)]

    @property
    def calls_a_function(self) -> bool:
        """Tell whether a function is tested and not a whole program."""
        return bool(self.entry_point and (self.tests.strip() or self.call_cases or not self.cases))


def parse_spec(spec: Spec) -> ProgramSpec:
    """Read a stored specification; raises pydantic's ValidationError, of which `check_spec` makes sentences."""
    return ProgramSpec.model_validate(dict(spec))


def check_spec(spec: Spec) -> list[str]:
    """Say in sentences what is wrong with a specification; empty when it is fine.

    Nothing is run: whether tests and programs agree with each other is found by the self-test in the sandbox.
    """
    try:
        parsed = parse_spec(spec)
    except ValidationError as error:
        return [_sentence(one["loc"], one["msg"], one["type"]) for one in error.errors(include_url=False)]
    return [*_faults_of_tests(parsed), *_faults_of_calls(parsed), *_faults_of_streams(parsed)]


def _sentence(place: tuple[int | str, ...], message: str, kind: str) -> str:
    words = [f"number {part + 1}" if isinstance(part, int) else f"“{part}”" for part in place if part not in _TAGS]
    where = ", ".join(words)
    if kind == "missing":
        return f"{where} is missing."
    if kind == "extra_forbidden":
        return f"{where} is not a setting of programs."
    told = message.removeprefix("Value error, ").rstrip(".")
    return f"{where}: {told}." if where else f"{told}."


def _faults_of_tests(spec: ProgramSpec) -> Iterator[str]:
    if not spec.tests.strip() and not spec.cases and spec.efficiency is None:
        yield "A program needs tests: “tests” as code, or “cases”."
    if spec.stream_cases and (spec.call_cases or spec.tests.strip()):
        yield "A program is tested either by input and output or by calling its function, not by both."
    if spec.tests.strip() and "assert" not in spec.tests:
        yield "The tests hold no “assert”, so every program would pass them."
    for program in _programs(spec):
        if not program.source.strip():
            yield f"The {program.name or 'reference'} program is empty."


def _programs(spec: ProgramSpec) -> list[Program]:
    return [*([spec.reference_program] if spec.reference_program else []), *spec.wrong_programs]


def _faults_of_calls(spec: ProgramSpec) -> Iterator[str]:
    name = spec.entry_point
    if name and (not name.isidentifier() or keyword.iskeyword(name)):
        yield f"“{name}” is no name of a function."
    if not (spec.tests.strip() or spec.call_cases):
        return
    if not name:
        yield "Say in “entry_point” which function the tests call."
    if spec.language not in CALLABLE_LANGUAGES or (spec.tests.strip() and spec.language != "python"):
        yield "Tests as code are written in Python; cases with arguments call a function in Python or JavaScript."
    if spec.checker is not None:
        yield "A checker program reads output; tests that call a function have none."
    for number, case in enumerate(spec.call_cases, start=1):
        title = f"case “{case.name}”" if case.name else f"case {number}"
        for words, value in (("arguments", [*case.args, case.kwargs]), ("expected value", case.expected)):
            try:
                read_literal(value)
            except NotALiteral as error:
                yield f"The {words} of {title} cannot be read: {error}."


def _faults_of_streams(spec: ProgramSpec) -> Iterator[str]:
    if spec.checker is not None and not spec.checker.source.strip():
        yield "The checker is empty."
    if spec.match.how == "numeric" and not (spec.match.absolute or spec.match.relative):
        yield "A numeric match needs a tolerance: “absolute”, “relative” or both."
    if spec.match.how != "numeric" and (spec.match.absolute or spec.match.relative):
        yield "A tolerance is only used by the match “numeric”."
    if spec.efficiency is not None:
        for name, source, function in (
            ("generator", spec.efficiency.generator, "make"),
            ("verify", spec.efficiency.verify, "verify"),
        ):
            if source and not _defines(source, function):
                yield f"The source in “{name}” must define a function “{function}”."


def _defines(source: str, function: str) -> bool:
    """Look whether a source seems to define a function; whether it can be run is found by the self-test."""
    return re.search(rf"^def\s+{function}\s*\(", source, re.MULTILINE) is not None
