"""What an attack on the sandbox is: a hostile program, and what must come of it on every machine."""

from dataclasses import dataclass

from app.sandbox.job import Limits, Result, Status
from app.sandbox.sandbox import Sandbox

LIMITS = Limits(cpu_seconds=0.3, wall_seconds=3, memory_bytes=128 << 20, processes=16, files_bytes=8 << 20)
QUICKLY = Limits(cpu_seconds=0.3, wall_seconds=0.3, memory_bytes=128 << 20, processes=16, files_bytes=8 << 20)
# The watcher looks ten times a second, and two cores can be busy until it does; a loaded machine makes it late.
CPU_MAX_SECONDS = 1.2


@dataclass(frozen=True)
class Attack:
    """A program, how its run may end, and what it prints when it has been held."""

    name: str
    source: str
    ends: frozenset[Status] = frozenset({Status.OK})
    says: str | None = ""
    """exactly; None where it cannot come to say anything of worth"""
    language: str = "python"
    limits: Limits = LIMITS
    stdin: bytes = b""


def run(sandbox: Sandbox, attack: Attack) -> Result:
    """Let it loose."""
    return sandbox.run(attack.language, attack.source, attack.stdin, limits=attack.limits)


def complaint(attack: Attack, result: Result) -> str | None:
    """Say in which way it was not held; None when it was."""
    if result.status not in attack.ends:
        return f"ended as {result.status} ({result.note}) {result.stdout[:500]!r} {result.stderr[-500:]!r}"
    if attack.says is not None and result.stdout.decode(errors="replace").strip() != attack.says:
        return f"said {result.stdout[:1000]!r} {result.stderr[-500:]!r} and not {attack.says!r}"
    if result.cpu_seconds > CPU_MAX_SECONDS and result.status is not Status.COMPILE_ERROR:
        return f"burned {result.cpu_seconds} s of processor time"
    return None
