"""What is special to a store on the network: uploads in parts, memory, keys that are refused, a host that is away."""

import json
import logging
import re
import subprocess
import sys
from datetime import UTC, datetime, timedelta
from pathlib import Path

import obstore
import pytest
from obstore.exceptions import GenericError

from app.admin.jobs import sweep_files
from app.config import Settings
from app.core import clock, storage
from app.core.errors import SetupFault
from app.core.ids import new_id
from app.core.jobs import JobRun
from app.core.storage import StoreFailed, open_store, probe_store, requests, s3, sweep_unfinished
from app.core.storage.places import Place, place_of
from app.main import create_app
from tests.storage.conftest import bucket_of, names_in

CLOSED = "http://127.0.0.1:9"
BEFORE_ALL = datetime(2001, 1, 1, tzinfo=UTC)
SOURCE = Path(__file__).parents[2]
BIG_BYTES = 48 << 20
GROWTH_MAX_BYTES = 36 << 20
"""A part of 8 MiB on its way, one waiting, and what the client needs; the file would not go in"""


@pytest.fixture
def settings(shop, tmp_path):
    return shop.settings(tmp_path / "data")


def test_keys_begin_with_the_prefix_and_hold_nothing_but_kind_and_id(shop, settings):
    file_id = open_store(settings, "exports").save([b"bytes"]).id
    assert shop.keys(settings) == [f"some/where/exports/{file_id}"]


def test_a_bucket_without_a_prefix_will_do(shop, tmp_path):
    settings = shop.settings(tmp_path / "data", prefix="")
    file_id = open_store(settings, "exports").save([b"bytes"]).id
    assert shop.keys(settings) == [f"exports/{file_id}"]
    assert list(open_store(settings, "exports").whole_before(clock.now() + timedelta(minutes=5))) == [file_id]


class Breaking:
    """A file that breaks behind its first part; notes which uploads there are by then."""

    def __init__(self, file, uploads):
        self._file, self._uploads = file, uploads
        self.seen = []

    def read(self, size=-1):
        if self._file.tell() > s3.PART_BYTES:
            self.seen += self._uploads()
            raise OSError("the disk broke")
        return self._file.read(size)

    def __getattr__(self, name):
        return getattr(self._file, name)


def test_an_upload_that_breaks_off_is_ended_and_nothing_is_listed(shop, settings, monkeypatch):
    put, files = obstore.put, []

    def breaks(client, key, file, **options):
        files.append(Breaking(file, lambda: shop.uploads(settings)))
        return put(client, key, files[0], **options)

    monkeypatch.setattr(obstore, "put", breaks)
    with pytest.raises(OSError, match="the disk broke"):
        open_store(settings, "exports").save([bytes(40 << 20)])

    assert (len(files[0].seen), shop.keys(settings), shop.uploads(settings)) == (1, [], [])
    assert names_in(settings, "exports") == []


def test_an_upload_that_the_client_leaves_behind_is_ended_too(shop, settings, monkeypatch):
    def breaks(_client, key, _file, **_options):
        shop.s3.create_multipart_upload(Bucket=bucket_of(settings), Key=key)
        raise GenericError("the line broke")

    monkeypatch.setattr(obstore, "put", breaks)
    with pytest.raises(StoreFailed):
        open_store(settings, "exports").save([b"bytes"])

    assert (shop.keys(settings), shop.uploads(settings), names_in(settings, "exports")) == ([], [], [])


def test_uploads_that_a_killed_process_has_left_are_swept_and_those_of_others_are_not(shop, settings, database):
    theirs = "some/where-else/exports/x"
    for key in (f"some/where/exports/{new_id()}", theirs):
        shop.s3.create_multipart_upload(Bucket=bucket_of(settings), Key=key)

    assert sweep_unfinished(settings, before=BEFORE_ALL) == 0
    sweep_files(JobRun(new_id(), {}, None, database, settings, lambda *_: None))

    assert shop.uploads(settings) == [theirs]


SAVE_AND_READ = """
import os, resource, sys
from app.config import Settings
from app.core.storage import open_store, s3

s3.PARTS_AT_ONCE = 1
store = open_store(Settings.model_validate_json(sys.argv[1]), "exports")
store.delete(store.save([b"warm"]).id)
before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
stored = store.save(os.urandom(1 << 20) for _ in range(int(sys.argv[2]) >> 20))
read = sum(len(chunk) for chunk in store.chunks(stored.id))
print(read, (resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before) * 1024)
"""


def run(program, *words):
    done = subprocess.run(
        [sys.executable, "-c", program, *words], capture_output=True, text=True, check=True, cwd=SOURCE, timeout=120
    )
    return done.stdout


def test_a_large_file_goes_through_in_constant_memory(settings):
    read, growth = map(int, run(SAVE_AND_READ, settings.model_dump_json(), str(BIG_BYTES)).split())

    assert read == BIG_BYTES
    assert growth < GROWTH_MAX_BYTES


def documented_rights(settings, *, without=()):
    """Read the rights that the page tells people to give, for this bucket, perhaps without some."""
    page = (SOURCE / "docs/how-to/files-on-s3.md").read_text(encoding="utf-8")
    written = re.findall(r"\n       {\n.*?\n       }\n", page, re.DOTALL)[0]
    where = settings.storage_url.removeprefix("s3://")
    policy = json.loads(
        written.replace("workings-files/production", where).replace("workings-files", bucket_of(settings))
    )
    for statement in policy["Statement"]:
        statement["Action"] = [action for action in statement["Action"] if action not in without]
    return policy


@pytest.fixture
def guarded(shop, settings):
    """`guarded(without=…)` gives settings with a key that may do all but that, on a server that looks at keys."""

    def give(**options):
        key_id, secret = shop.key_of(documented_rights(settings, **options))
        shop.look_at_keys(after=0)
        return settings.model_copy(update={"storage_access_key_id": key_id, "storage_secret_access_key": secret})

    yield give
    shop.look_at_keys(after=1_000_000)


def test_the_rights_that_the_documentation_names_are_enough_and_both_signatures_are_right(shop, settings, guarded):
    allowed = guarded()

    store = open_store(allowed, "exports")
    stored = store.save([bytes(9 << 20)])
    assert sum(len(chunk) for chunk in store.chunks(stored.id)) == 9 << 20
    assert probe_store(allowed) == f"On {allowed.storage_url} at {shop.url}: a file was written, read and deleted."
    store.delete(stored.id)
    assert sweep_unfinished(allowed, before=clock.now()) == 0


@pytest.mark.parametrize("right", ["s3:PutObject", "s3:GetObject", "s3:DeleteObject", "s3:ListBucketMultipartUploads"])
def test_a_right_that_is_missing_is_found_by_the_probe(guarded, right):
    with pytest.raises(StoreFailed, match="refuses the key"):
        probe_store(guarded(without=[right]))


def test_a_wrong_secret_is_refused_and_never_told(settings, guarded, caplog):
    wrong = guarded().model_copy(update={"storage_secret_access_key": "wrong-and-secret"})

    with caplog.at_level(logging.DEBUG), pytest.raises(StoreFailed, match="refuses the key") as refused:
        open_store(wrong, "exports").save([b"bytes"])
    with pytest.raises(StoreFailed, match="refuses the key"):
        sweep_unfinished(wrong, before=clock.now())

    told = f"{refused.value} {refused.value.__cause__!r} {caplog.text} {wrong!r} {place_of(wrong)!r}"
    assert "wrong-and-secret" not in told


@pytest.mark.parametrize(
    "changed", [{"storage_endpoint": CLOSED}, {"storage_url": "s3://nothing-of-this-name"}], ids=["away", "no bucket"]
)
def test_a_store_that_cannot_be_used_is_told_in_one_sentence(settings, changed):
    broken = settings.model_copy(update=changed)
    store = open_store(broken, "exports")

    with pytest.raises(StoreFailed, match=r"^The file store cannot be reached"):
        store.save([b"bytes"])
    with pytest.raises(StoreFailed, match=r"^The file store cannot be reached"):
        probe_store(broken)
    with pytest.raises(StoreFailed, match=r"^The file store cannot be reached"):
        sweep_unfinished(broken, before=clock.now())
    assert names_in(broken, "exports") == []


def test_without_its_package_nothing_starts_and_the_sentence_says_what_to_install(settings, monkeypatch):
    monkeypatch.setattr(storage, "find_spec", lambda _name: None)
    for start in (lambda: create_app(settings), lambda: open_store(settings, "exports"), lambda: probe_store(settings)):
        with pytest.raises(SetupFault, match=r"obstore: install it with pip install 'workings\[s3\]'"):
            start()


def test_who_keeps_files_in_the_data_folder_loads_no_client(tmp_path):
    uses = """
import sys
from app.config import Settings
from app.core.storage import open_store, probe_store
settings = Settings(data_dir=sys.argv[1])
open_store(settings, "exports").save([b"bytes"])
probe_store(settings)
print({"obstore", "app.core.storage.s3"} & set(sys.modules))
"""
    assert run(uses, str(tmp_path / "data")) == "set()\n"
    loads = re.compile(r"^(import obstore|from obstore|from app\.core\.storage(\.s3 | import .*\bs3\b))", re.MULTILINE)
    loaders = [path for path in (SOURCE / "app").rglob("*.py") if loads.search(path.read_text(encoding="utf-8"))]
    assert loaders == [SOURCE / "app/core/storage/s3.py"]


def test_a_signature_is_the_one_that_the_service_publishes():
    """From "Authenticating Requests (AWS Signature Version 4)": GET ?lifecycle of examplebucket."""
    place = Place(
        bucket="examplebucket",
        prefix="",
        address="https://examplebucket.s3.amazonaws.com",
        region="us-east-1",
        path_style=False,
        access_key_id="AKIAIOSFODNN7EXAMPLE",
        secret_access_key="wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY",
    )
    host, at = "examplebucket.s3.amazonaws.com", datetime(2013, 5, 24, tzinfo=UTC)
    headers = requests.signed(place, "GET", host, "/", "lifecycle=", now=at)
    assert headers["authorization"].endswith("fea454ca298b7da1c68078a5d1bdbfbbe0d65c699e0f91ac7a200a0136783543")


@pytest.mark.parametrize(
    ("given", "address", "key"),
    [
        ({}, "https://s3.us-east-1.amazonaws.com", "a/exports/x"),
        ({"storage_path_style": False}, "https://files.s3.us-east-1.amazonaws.com", "a/exports/x"),
        ({"storage_endpoint": "https://s.example.org:9000/"}, "https://s.example.org:9000", "a/exports/x"),
        (
            {"storage_endpoint": "https://s.example.org", "storage_path_style": False, "storage_url": "s3://files/"},
            "https://files.s.example.org",
            "exports/x",
        ),
    ],
)
def test_where_files_lie_follows_from_the_settings(given, address, key):
    keys = {"storage_access_key_id": "id", "storage_secret_access_key": "secret"}
    place = place_of(Settings(**{"storage_url": "s3://files/a"} | keys | given))
    assert (place.bucket, place.address, place.key("exports", "x")) == ("files", address, key)


@pytest.mark.parametrize(
    ("given", "sentence"),
    [
        ({"storage_url": "files"}, "must be of the form s3://bucket"),
        ({"storage_url": "s3://Bad_Bucket"}, "must be of the form s3://bucket"),
        ({"storage_url": "s3://files/../other"}, "must be of the form s3://bucket"),
        ({"storage_url": "s3://id:secret@files"}, "must be of the form s3://bucket"),
        ({"storage_endpoint": "store.example.org"}, "must be http:// or https://"),
        ({"storage_endpoint": "https://id:secret@store.example.org"}, "must be http:// or https://"),
        ({"storage_secret_access_key": ""}, "WORKINGS_STORAGE_SECRET_ACCESS_KEY"),
    ],
)
def test_settings_that_cannot_be_meant_are_refused_without_telling_a_secret(given, sentence):
    whole = {"storage_url": "s3://files", "storage_access_key_id": "id", "storage_secret_access_key": "hush"}
    with pytest.raises(ValueError, match=sentence) as refused:
        Settings(**whole | given)
    assert "hush" not in str(refused.value)
