"""What every store of files promises, held against both: the data folder and a store that speaks S3."""

import hashlib
import os
from datetime import timedelta
from pathlib import Path

import pytest

from app.config import Settings
from app.core import clock
from app.core.errors import NotFound
from app.core.ids import new_id
from app.core.storage import CHUNK_BYTES, open_store, sweep_unfinished
from tests.storage.conftest import names_in

SOON = timedelta(minutes=5)


@pytest.fixture
def settings(either_store):
    return either_store


@pytest.fixture
def store(settings):
    return open_store(settings, "exports")


def listed(store):
    return sorted(store.whole_before(clock.now() + SOON))


@pytest.mark.parametrize("size", [0, 1, CHUNK_BYTES, (9 << 20) + 1], ids=["empty", "one", "a piece", "several parts"])
def test_bytes_come_back_as_they_went_in_with_their_hash(store, size):
    data = os.urandom(size)

    stored = store.save([data[: size // 2], data[size // 2 :]])

    assert (stored.size_bytes, stored.sha256) == (size, hashlib.sha256(data).hexdigest())
    assert b"".join(store.chunks(stored.id)) == data
    assert store.size_bytes(stored.id) == size
    assert listed(store) == [stored.id]


def test_a_file_is_read_in_pieces_from_anywhere(store):
    data = b"".join(f"line {n}\n".encode() for n in range(300_000))
    file_id = store.save([data]).id

    with store.open(file_id) as file:
        assert file.readline() == b"line 0\n"
        assert (file.seek(2_000_000), file.read(1_500_000)) == (2_000_000, data[2_000_000:3_500_000])
        assert (file.seek(-7, os.SEEK_END), file.read(), file.read()) == (len(data) - 7, data[-7:], b"")
        file.seek(0)
        assert sum(1 for _ in file) == 300_000


def test_a_file_is_handed_to_another_process_by_its_descriptor(store):
    file_id = store.save([b"whole"]).id

    with store.on_disk(file_id) as file:
        assert os.pread(file.fileno(), 100, 0) == b"whole"


def test_a_file_is_copied_to_where_somebody_wants_it(store, tmp_path):
    store.copy_to(store.save([b"bytes"]).id, tmp_path / "copy")
    assert (tmp_path / "copy").read_bytes() == b"bytes"


def test_what_is_deleted_is_gone_and_may_be_deleted_again(store):
    kept, gone = store.save([b"kept"]).id, store.save([b"gone"]).id

    for _ in range(2):
        store.delete(gone)

    assert listed(store) == [kept]
    for read in (store.size_bytes, store.open, lambda file_id: list(store.chunks(file_id))):
        with pytest.raises(NotFound):
            read(gone)
    with pytest.raises(NotFound), store.on_disk(gone):
        pass


def test_a_writer_that_fails_leaves_nothing(store, settings):
    def broken():
        yield b"half"
        raise ValueError("the source broke")

    with pytest.raises(ValueError, match="the source broke"):
        store.save(broken())

    assert (listed(store), names_in(settings, "exports")) == ([], [])


def test_a_file_is_not_listed_before_it_is_whole(store):
    with store.writing() as writer:
        writer.write(b"half")
        assert listed(store) == []
    assert listed(store) == [writer.file_id]


def test_who_was_overtaken_cannot_finish_a_file(store, settings):
    owner = new_id()

    def overtaken():
        with store.writing(owner) as writer:
            writer.write(b"late")
            store.discard_unfinished(owner)

    with pytest.raises(FileNotFoundError):
        overtaken()

    assert (listed(store), names_in(settings, "exports")) == ([], [])


def test_only_what_was_written_before_a_time_is_listed(store):
    store.save([b"new"])
    assert list(store.whole_before(clock.now() - SOON)) == []


def test_kinds_of_files_are_kept_apart(store, settings):
    file_id, other = store.save([b"export"]).id, open_store(settings, "imports")

    assert listed(other) == []
    other.delete(file_id)
    assert listed(store) == [file_id]


@pytest.mark.parametrize("name", ["", "..", "../keys", "Exports", "a/b", "a" * 21, "exports\n", "a b"])
def test_a_folder_with_another_name_is_no_folder(settings, name):
    with pytest.raises(ValueError, match="short lower-case word"):
        open_store(settings, name)


def test_what_others_have_put_there_is_left_alone(request, store, settings):
    hostile = ["../../keys/audit.key", "not-an-id", "x y", f"{new_id()}.txt", str(new_id()).upper()]
    if settings.storage_url:
        shop, bucket = request.getfixturevalue("shop"), settings.storage_url.split("/")[2]
        for name in hostile[1:]:
            shop.s3.put_object(Bucket=bucket, Key=f"some/where/exports/{name}", Body=b"theirs")
    else:
        for name in hostile[1:]:
            (settings.data_dir / "files" / "exports" / name).write_bytes(b"theirs")
    mine = store.save([b"mine"]).id

    assert listed(store) == [mine]
    assert sweep_unfinished(settings, before=clock.now() + SOON) == 0


def test_a_symbolic_link_is_never_followed(tmp_path):
    settings = Settings(data_dir=tmp_path / "data")
    store, file_id = open_store(settings, "exports"), new_id()
    Path(tmp_path / "secret").write_bytes(b"secret")
    (settings.data_dir / "files" / "exports" / str(file_id)).symlink_to(tmp_path / "secret")

    with pytest.raises(OSError, match="symbolic"):
        store.open(file_id)
