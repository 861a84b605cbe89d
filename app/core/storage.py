"""Files of people and of exports: random names below one folder, written whole or not at all."""

import hashlib
import os
import re
import shutil
from collections.abc import Iterable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import BinaryIO
from uuid import UUID

from app.core.errors import NotFound
from app.core.ids import new_id

CHUNK_BYTES = 1 << 20
UNFINISHED = ".part"
_FOLDER = re.compile(r"[a-z]{1,20}")


@dataclass(frozen=True, slots=True)
class StoredFile:
    """A file that is safely on the disk: its id, size in bytes and SHA-256 in hex."""

    id: UUID
    size_bytes: int
    sha256: str


class FileStore:
    """The folder of one kind of file. Names are ids we made; no text of a person ever becomes a path."""

    def __init__(self, data_dir: Path, folder: str) -> None:
        if not _FOLDER.fullmatch(folder):
            raise ValueError("A folder of the store is a short lower-case word.")
        self._root = data_dir / "files" / folder
        self._root.mkdir(mode=0o700, parents=True, exist_ok=True)

    def save(self, chunks: Iterable[bytes]) -> StoredFile:
        """Write a new file: temporary name, fsync, rename, fsync of the folder; a crash leaves no half file."""
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
                os.fsync(file.fileno())
            temporary.rename(self._path(file_id))
            self._sync_folder()
        except BaseException:
            temporary.unlink(missing_ok=True)
            raise

    def discard_unfinished(self, owner: UUID) -> None:
        """Remove what an attempt of `owner` has left that was killed; one that still writes cannot finish its files."""
        for path in self._root.glob(f"{owner}.*{UNFINISHED}"):
            path.unlink(missing_ok=True)

    def open(self, file_id: UUID) -> BinaryIO:
        """Open a stored file for reading, never through a symbolic link; NotFound when it is not there."""
        try:
            handle = os.open(self._path(file_id), os.O_RDONLY | os.O_NOFOLLOW)
        except FileNotFoundError as error:
            raise NotFound("This file is no longer in the store.") from error
        return os.fdopen(handle, "rb")

    def size_bytes(self, file_id: UUID) -> int:
        """Tell how large a stored file is; NotFound when it is not there."""
        try:
            return self._path(file_id).stat().st_size
        except FileNotFoundError as error:
            raise NotFound("This file is no longer in the store.") from error

    def chunks(self, file_id: UUID) -> Iterator[bytes]:
        """Read a stored file piece by piece."""
        with self.open(file_id) as file:
            while chunk := file.read(CHUNK_BYTES):
                yield chunk

    def copy_to(self, file_id: UUID, target: Path) -> None:
        """Copy a stored file to a path that the person at the command line named."""
        with self.open(file_id) as source, target.open("wb") as destination:
            shutil.copyfileobj(source, destination, CHUNK_BYTES)

    def delete(self, file_id: UUID) -> None:
        """Remove a file; it is no error when it has gone already."""
        self._path(file_id).unlink(missing_ok=True)

    def _path(self, file_id: UUID) -> Path:
        return self._root / str(file_id)

    def _sync_folder(self) -> None:
        handle = os.open(self._root, os.O_RDONLY | os.O_DIRECTORY)
        try:
            os.fsync(handle)
        finally:
            os.close(handle)


def sweep_unfinished(data_dir: Path, *, before: datetime) -> int:
    """Remove the unfinished files of all kinds that nobody has written to since `before`; returns how many."""
    count = 0
    for path in (data_dir / "files").glob(f"*/*{UNFINISHED}"):
        with suppress(FileNotFoundError):  # it was finished meanwhile
            if path.stat().st_mtime < before.timestamp():
                path.unlink()
                count += 1
    return count


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
