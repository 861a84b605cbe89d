"""What the doctor and the command line say of the file store: where it is, what is wrong, and never a secret."""

import pytest
from click.testing import CliRunner

from app import cli
from app.admin.service.health import Check, _files
from app.config import Settings, load_settings
from app.core import storage

AWAY = "http://127.0.0.1:9"
MISSING = (
    "WORKINGS_STORAGE_URL names an S3 store, which needs the package obstore: "
    "install it with pip install 'workings[s3]', or unset WORKINGS_STORAGE_URL."
)


@pytest.fixture
def settings(shop, tmp_path):
    return shop.settings(tmp_path / "data")


def variables(settings, **changed):
    """Write settings as the environment of a command."""
    names = [name for name in Settings.model_fields if name.startswith("storage_")]
    given = {name: str(getattr(settings, name)) for name in names} | changed
    return {f"WORKINGS_{name.upper()}": value for name, value in given.items()} | {
        "WORKINGS_DATA_DIR": str(settings.data_dir)
    }


def test_the_doctor_says_where_files_are(settings, shop, tmp_path):
    written = "a file was written, read and deleted."
    assert _files(settings) == Check("Files", ok=True, sentence=f"On {settings.storage_url} at {shop.url}: {written}")
    assert _files(Settings(data_dir=tmp_path)) == Check("Files", ok=True, sentence="In the data folder.")
    assert shop.keys(settings) == []


def test_the_doctor_says_what_is_wrong(settings, monkeypatch):
    away = _files(settings.model_copy(update={"storage_endpoint": AWAY}))
    monkeypatch.setattr(storage, "find_spec", lambda _name: None)

    assert (away.ok, away.sentence.startswith(f"{settings.storage_url}: The file store cannot be reached")) == (
        False,
        True,
    )
    assert _files(settings) == Check("Files", ok=False, sentence=MISSING)


def test_a_store_elsewhere_without_tls_is_looked_at(settings, monkeypatch):
    monkeypatch.setitem(_files.__globals__, "probe_store", lambda _settings: "On it.")
    found = _files(settings.model_copy(update={"storage_endpoint": "http://store.example.org"}))
    assert (found.ok, found.sentence) == (False, "On it. Without TLS anybody on the way can read them: use https.")


@pytest.mark.parametrize("command", ["serve", "worker"])
def test_nothing_starts_without_the_package(settings, monkeypatch, command):
    monkeypatch.setattr(storage, "find_spec", lambda _name: None)
    done = CliRunner().invoke(cli.main, [command], env=variables(settings))
    assert (done.exit_code, done.output) == (1, f"Error: {MISSING}\n")


@pytest.mark.parametrize(
    ("changed", "told"),
    [
        ({"storage_url": "s3://files/"}, None),
        ({"storage_url": "ftp://files"}, "WORKINGS_STORAGE_URL must be of the form s3://bucket or s3://bucket/prefix."),
        ({"storage_path_style": "hush"}, "WORKINGS_STORAGE_PATH_STYLE: Input should be a valid boolean"),
        ({"storage_secret_access_key_file": "/nothing/here"}, "The file of a secret cannot be read: [Errno 2]"),
    ],
)
def test_settings_that_are_wrong_are_told_in_a_line_by_the_name_of_the_variable(settings, changed, told):
    given = variables(settings, storage_secret_access_key="hush", **changed)
    done = CliRunner().invoke(cli.main, ["migrate"], env=given)
    if told is None:
        assert done.exit_code == 0, done.output
    else:
        assert (done.exit_code, done.output.startswith(f"Error: {told}"), done.output.count("\n")) == (1, True, 1)
    assert "hush" not in done.output


def test_secrets_come_from_files(settings, tmp_path, monkeypatch):
    for name, value in (("ID", "somebody"), ("SECRET", "hush")):
        (tmp_path / name).write_text(f"{value}\n")
    monkeypatch.setenv("WORKINGS_STORAGE_URL", settings.storage_url)
    monkeypatch.setenv("WORKINGS_STORAGE_ACCESS_KEY_ID_FILE", str(tmp_path / "ID"))
    monkeypatch.setenv("WORKINGS_STORAGE_SECRET_ACCESS_KEY_FILE", str(tmp_path / "SECRET"))
    found = load_settings()
    assert (found.storage_access_key_id, found.storage_secret_access_key) == ("somebody", "hush")
