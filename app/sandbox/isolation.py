"""Whether this machine can lock programs in, and by what: looked up once for each process."""

import functools
import json
import os
import socket
import subprocess
import sys
from dataclasses import dataclass, field

_SURVEY_SECONDS = 60
# The launcher imports this package and nothing else of ours; it gets our search path and no environment.
_START = "import sys; sys.path[:] = sys.argv[2:]; from app.sandbox.launcher import main; main(int(sys.argv[1]))"


@dataclass(frozen=True, slots=True)
class Isolation:
    """What the launcher has found."""

    is_available: bool
    reason: str
    """why not; empty where it is available"""
    details: dict[str, str] = field(default_factory=dict)
    """bwrap and its path, cgroup, user, proc, namespaces"""


class Launcher:
    """The other process, seen from the application."""

    def __init__(self) -> None:
        self.channel, theirs = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
        with theirs:
            command = [sys.executable, "-c", _START, str(theirs.fileno()), *map(os.path.abspath, sys.path)]
            environment = {"PATH": "/usr/sbin:/usr/bin:/sbin:/bin"}
            self.process = subprocess.Popen(
                command, pass_fds=[theirs.fileno()], env=environment, stdin=subprocess.DEVNULL, cwd="/"
            )
        self.isolation = self._hear()

    def _hear(self) -> Isolation:
        self.channel.settimeout(_SURVEY_SECONDS)
        try:
            message = self.channel.recv(1 << 16)
        except OSError:
            message = b""
        self.channel.settimeout(None)
        if not message:
            return Isolation(is_available=False, reason="The launcher of the sandbox could not be started.")
        return Isolation(**json.loads(message))

    @property
    def is_alive(self) -> bool:
        """Tell whether it still answers."""
        return self.process.poll() is None

    def close(self) -> None:
        """Let it end: it kills what still runs, takes its groups away, and goes."""
        self.channel.close()
        try:
            self.process.wait(timeout=10)
        except subprocess.TimeoutExpired:
            self.process.kill()
            self.process.wait()


@functools.cache
def probe() -> Isolation:
    """Find out by trying, once for each process; takes about a tenth of a second."""
    launcher = Launcher()
    launcher.close()
    return launcher.isolation
