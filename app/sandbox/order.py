"""What the application asks of the launcher and what it hears: an order with open descriptors, a result."""

import array
import fcntl
import json
import os
import socket
import struct
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field, replace
from typing import Any

from app.sandbox.job import Limits, Result, Status

# Roles of descriptors that come with an order; each also names where it goes.
REPLY = "reply"
LAUNCHER = "launcher"
"""not sent: the launcher's own, which tells a supervisor by closing that it has to end"""
STDIN = "stdin"
STDIN_FILE = "stdin-file"
"""a file of ours, read from its beginning"""
STDOUT = "stdout"
"""instead of being collected, what is printed goes here"""
EXTRA = "extra:"
"""extra:3 becomes descriptor 3 inside"""
FILE = "file:"
"""file:0444:/box/main.py is copied to there"""
MESSAGE_MAX_BYTES = 100_000
DESCRIPTORS_MAX = 200
_LENGTHS = struct.Struct("!III")
_SEALS = fcntl.F_SEAL_WRITE | fcntl.F_SEAL_GROW | fcntl.F_SEAL_SHRINK | fcntl.F_SEAL_SEAL


@dataclass(frozen=True, slots=True)
class Order:
    """One program to be run, all in terms of the inside of its sandbox."""

    command: tuple[str, ...]
    limits: Limits
    binds: tuple[tuple[str, str], ...] = ()
    masks: tuple[str, ...] = ()
    environment: Mapping[str, str] = field(default_factory=dict)
    extra_processes: int = 0
    reserves_memory: bool = False
    gives_way: bool = False
    """other processes of the machine come first, where it can be told so"""


def file_role(path: str, permissions: str) -> str:
    """Write out the role of a descriptor that becomes a file inside."""
    return f"{FILE}{permissions}:{path}"


def place(role: str) -> tuple[str, str]:
    """Read path and permissions from such a role."""
    permissions, _, path = role.removeprefix(FILE).partition(":")
    return path, permissions


def send_order(channel: socket.socket, order: Order, descriptors: Mapping[str, int]) -> None:
    """Send an order with descriptors by role; they stay the caller's to close."""
    if len(descriptors) > DESCRIPTORS_MAX:
        raise ValueError(f"A run takes at most {DESCRIPTORS_MAX} files.")
    message = json.dumps({"order": asdict(order), "roles": list(descriptors)}).encode()
    if len(message) > MESSAGE_MAX_BYTES:
        raise ValueError("The arguments of a run are too long.")
    rights = (socket.SOL_SOCKET, socket.SCM_RIGHTS, array.array("i", descriptors.values()))
    channel.sendmsg([message], [rights])


def receive_order(channel: socket.socket) -> tuple[Order, dict[str, int]] | None:
    """Wait for the next order; None when the other side is gone."""
    room = socket.CMSG_SPACE((DESCRIPTORS_MAX + 1) * array.array("i").itemsize)
    message, ancillary, _, _ = channel.recvmsg(MESSAGE_MAX_BYTES, room, socket.MSG_CMSG_CLOEXEC)
    if not message:
        return None
    numbers = array.array("i")
    for _, kind, data in ancillary:
        if kind == socket.SCM_RIGHTS:
            numbers.frombytes(data[: len(data) - len(data) % numbers.itemsize])
    told = json.loads(message)
    asked = told["order"]
    asked["limits"] = Limits(**asked["limits"])
    asked["command"] = tuple(asked["command"])
    asked["binds"] = tuple((source, target) for source, target in asked["binds"])
    return Order(**asked), dict(zip(told["roles"], numbers, strict=True))


def send_result(channel: socket.socket, result: Result) -> None:
    """Answer an order."""
    facts = asdict(replace(result, stdout=b"", stderr=b""))
    del facts["stdout"], facts["stderr"]
    head = json.dumps(facts).encode()
    lengths = _LENGTHS.pack(len(head), len(result.stdout), len(result.stderr))
    channel.sendall(b"".join([lengths, head, result.stdout, result.stderr]))


def receive_result(channel: socket.socket) -> Result:
    """Wait for the answer; a launcher that went away without one is an error of the sandbox, told as a result."""
    lengths = _read(channel, _LENGTHS.size)
    if lengths is None:
        return Result(Status.INTERNAL_ERROR, note="The sandbox stopped before it answered.")
    head, stdout, stderr = (_read(channel, length) for length in _LENGTHS.unpack(lengths))
    if head is None or stdout is None or stderr is None:
        return Result(Status.INTERNAL_ERROR, note="The sandbox stopped while it answered.")
    facts: dict[str, Any] = json.loads(head)
    facts["status"] = Status(facts["status"])
    return Result(stdout=stdout, stderr=stderr, **facts)


def _read(channel: socket.socket, length: int) -> bytes | None:
    """Read exactly `length` bytes, None where the other side ends before."""
    parts: list[bytes] = []
    while length:
        part = channel.recv(min(length, 1 << 20))
        if not part:
            return None
        parts.append(part)
        length -= len(part)
    return b"".join(parts)


def sealed(content: bytes) -> int:
    """Put bytes into a file that has no name and can never be changed again; the caller closes it."""
    descriptor = os.memfd_create("file", os.MFD_CLOEXEC | os.MFD_ALLOW_SEALING)
    view = memoryview(content)
    while view:
        view = view[os.write(descriptor, view) :]
    os.lseek(descriptor, 0, os.SEEK_SET)
    fcntl.fcntl(descriptor, fcntl.F_ADD_SEALS, _SEALS)
    return descriptor
