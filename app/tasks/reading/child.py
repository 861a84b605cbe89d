"""Starts the reader's process and takes its frames; what it says is checked for shape and size, never trusted."""

import json
import os
import subprocess
import sys
import tempfile
import threading
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import IO, Any, BinaryIO

import orjson

from app.tasks.reading.problems import Refused

ROOT = Path(__file__).resolve().parents[3]
WALL_SECONDS = 900
FRAME_MAX_BYTES = 96 << 20
SAID_CHARS = 300


def read_preview(file: BinaryIO, layout: str) -> tuple[list[str], list[dict[str, str]]]:
    """Return the columns of a file and its first rows; raises Refused with a sentence."""
    for frame in read_frames(file, {"layout": layout, "only_preview": True}):
        return list(frame["columns"]), list(frame["preview"])
    raise Refused("The reader said nothing about this file; try again.")


def read_frames(file: BinaryIO, plan: Mapping[str, Any]) -> Iterator[dict[str, Any]]:
    """Yield what the reader finds: {"rows", "problems", "rejected"} frames, at last {"read", "rejected"}.

    Raises Refused with a sentence when it refuses the file, runs into a limit or dies. Leaving the loop early ends
    the process.
    """
    finished = False
    with _reader(file, plan) as (process, errors):
        if process.stdout is None:
            raise RuntimeError("The reader was started without a pipe.")
        while (frame := _next_frame(process.stdout)) is not None:
            if "refused" in frame:
                raise Refused(str(frame["refused"]))
            finished = finished or "read" in frame or "columns" in frame
            yield frame
        code = process.wait()
        if code != 0 or not finished:
            raise Refused(_why_dead(code, errors))


@contextmanager
def _reader(file: BinaryIO, plan: Mapping[str, Any]) -> Iterator[tuple[subprocess.Popen[bytes], IO[bytes]]]:
    """Start the process with a clean environment and only the file; it is gone when the block ends, however it ends."""
    command = [sys.executable, "-s", "-m", "app.tasks.reading", str(file.fileno())]
    # ARROW_…: its other pools reserve address space that the limit counts.
    environment = {"LC_ALL": "C.UTF-8", "ARROW_DEFAULT_MEMORY_POOL": "system", "OMP_NUM_THREADS": "1"}
    with tempfile.TemporaryFile() as errors:
        process = subprocess.Popen(
            command,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=errors,
            env=environment,
            cwd=ROOT,
            pass_fds=(file.fileno(),),
            start_new_session=True,
        )
        clock = threading.Timer(WALL_SECONDS, process.kill)
        clock.daemon = True
        clock.start()
        try:
            if process.stdin is not None:
                process.stdin.write(json.dumps(dict(plan)).encode())
                process.stdin.close()
            yield process, errors
        finally:
            clock.cancel()
            process.kill()
            if process.stdout is not None:
                process.stdout.close()
            process.wait()


def _next_frame(pipe: IO[bytes]) -> dict[str, Any] | None:
    head = pipe.read(4)
    if len(head) < 4:  # noqa: PLR2004 - the length of a length
        return None
    size = int.from_bytes(head, "big")
    if size > FRAME_MAX_BYTES:
        raise Refused("The reader sent more at once than it may; the file is not imported.")
    data = pipe.read(size)
    if len(data) < size:
        return None
    frame = orjson.loads(data)
    if not isinstance(frame, dict):
        raise Refused("The reader did not answer in its own form; the file is not imported.")
    return frame


def _why_dead(code: int, errors: IO[bytes]) -> str:
    size = errors.seek(0, os.SEEK_END)
    errors.seek(max(0, size - SAID_CHARS))
    said = errors.read().decode(errors="replace").strip().rpartition("\n")[2]
    if "MemoryError" in said or "bad_alloc" in said or "malloc" in said:
        return "This file needs more memory than a file of tasks may; split it into smaller ones."
    if code == -24 or code == -9:  # noqa: PLR1714, PLR2004 - SIGXCPU, SIGKILL: the limits of CPU and wall time
        return "Reading this file takes longer than it may; split it into smaller ones."
    return "This file made its reader fail; it is damaged, or not what its name says."
