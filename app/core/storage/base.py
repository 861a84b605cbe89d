"""What every store of files can do, and the part that is the same in all: how a new file is written."""

import hashlib
import os
import re
from abc import ABC, abstractmethod
from collections.abc import Iterable, Iterator
from contextlib import AbstractContextManager, contextmanager
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import BinaryIO
from uuid import UUID

from app.core.ids import new_id

CHUNK_BYTES = 1 << 20
UNFINISHED = ".part"
GONE = "This file is no longer in the store."
_FOLDER = re.compile(r"[a-z]{1,20}")


class StoreFailed(OSError):
    """The store could not be reached or refused; nothing is lost, and whoever tries again later may succeed."""

    def __init__(self, sentence: str) -> None:
        super().__init__(sentence)
        self.sentence = sentence


@dataclass(frozen=True, slots=True)
class StoredFile:
    """A file that is safely in the store: its id, size in bytes and SHA-256 in hex."""

    id: UUID
    size_bytes: int
    sha256: str


class FileStore(ABC):
    """Files of one kind. Names are ids we made; no text of a person ever becomes a path or a key.

    A new file is written below the data folder first, wherever it is kept in the end: it is listed only when whole.
    """

    def __init__(self, data_dir: Path, folder: str) -> None:
        if not _FOLDER.fullmatch(folder):
            raise ValueError("A folder of the store is a short lower-case word.")
        self._root = data_dir / "files" / folder
        self._root.mkdir(mode=0o700, parents=True, exist_ok=True)

    def save(self, chunks: Iterable[bytes]) -> StoredFile:
        """Write a new file; a crash leaves no half file. StoreFailed when it cannot be kept."""
        with self.writing() as writer:
            for chunk in chunks:
                writer.write(chunk)
        return writer.stored

    @contextmanager
    def writing(self, owner: UUID | None = None) -> Iterator["FileWriter"]:
        """Open a new file for streaming; it appears under its id when the block ends without an exception.

        A process that is killed leaves it unfinished; whoever tries again in the name of the same `owner` discards it.
        """
        file_id = new_id()
        temporary = self._root / f"{owner or file_id}.{file_id}{UNFINISHED}"
        handle = os.open(temporary, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_NOFOLLOW, 0o600)
        try:
            with os.fdopen(handle, "wb", buffering=CHUNK_BYTES) as file:
                writer = FileWriter(file_id, file)
                yield writer
                file.flush()
                self._keep(file, temporary, file_id)
        except BaseException:
            temporary.unlink(missing_ok=True)
            raise

    def discard_unfinished(self, owner: UUID) -> None:
        """Remove what an attempt of `owner` has left that was killed; one that still writes cannot finish its files."""
        for path in self._root.glob(f"{owner}.*{UNFINISHED}"):
            path.unlink(missing_ok=True)

    def copy_to(self, file_id: UUID, target: Path) -> None:
        """Copy a stored file to a path that the person at the command line named; NotFound, StoreFailed."""
        with target.open("wb") as destination:
            for chunk in self.chunks(file_id):
                destination.write(chunk)

    @abstractmethod
    def open(self, file_id: UUID) -> BinaryIO:
        """Open a stored file for reading and seeking; NotFound when it is not there."""

    @abstractmethod
    def on_disk(self, file_id: UUID) -> AbstractContextManager[BinaryIO]:
        """Open a stored file whose descriptor may be handed to another process; NotFound when it is not there."""

    @abstractmethod
    def chunks(self, file_id: UUID) -> Iterator[bytes]:
        """Read a stored file piece by piece, in constant memory; NotFound when it is not there."""

    @abstractmethod
    def size_bytes(self, file_id: UUID) -> int:
        """Tell how large a stored file is; NotFound when it is not there."""

    @abstractmethod
    def delete(self, file_id: UUID) -> None:
        """Remove a file; it is no error when it has gone already."""

    @abstractmethod
    def whole_before(self, before: datetime) -> Iterator[UUID]:
        """List the whole files that were written before a time."""

    @abstractmethod
    def _keep(self, file: BinaryIO, temporary: Path, file_id: UUID) -> None:
        """Let the file, written to its end and still open, appear under its id; `temporary` is gone afterwards."""


class FileWriter:
    """The open end of a new file; counts and hashes what goes through."""

    def __init__(self, file_id: UUID, file: BinaryIO) -> None:
        self.file_id = file_id
        self._file = file
        self._hash = hashlib.sha256()
        self._size = 0

    def write(self, data: bytes) -> int:
        """Append bytes."""
        self._hash.update(data)
        self._size += len(data)
        return self._file.write(data)

    @property
    def stored(self) -> StoredFile:
        """What the file is now; final once the block of `writing` has ended."""
        return StoredFile(self.file_id, self._size, self._hash.hexdigest())


def id_of(name: str) -> UUID | None:
    """Read the id out of a file's name; None for what we did not write."""
    try:
        found = UUID(name)
    except ValueError:
        return None
    return found if str(found) == name else None
