"""`workings verify`: what is there, unchanged and signed is told; each fault is a sentence of its own."""

import hashlib
import json
from importlib.metadata import version

import pytest
from click.testing import CliRunner

from app.cli import main
from app.core.signing import Signer
from app.exports.service.verifying import verify_folder
from app.submissions.states import SubmissionState as S
from tests.exports.rendering import rendered
from tests.factories.judged import a_review, a_snapshot
from tests.factories.work import a_submission, a_task

FILES = {"README.md": b"# Sums\n", "sft/train.jsonl": b'{"a":1}\n' * 3}


def seal(folder, keys, files):
    """Write manifest and signature for some files, as an export does."""
    listed = [
        {"path": path, "size_bytes": len(data), "sha256": hashlib.sha256(data).hexdigest(), "rows": None}
        for path, data in files.items()
    ]
    manifest = json.dumps({"files": listed}).encode()
    signer = Signer(keys)
    (folder / "manifest.json").write_bytes(manifest)
    (folder / "manifest.json.sig").write_bytes(signer.sign("manifest.json", manifest))
    return signer


@pytest.fixture
def export(tmp_path):
    """A folder as it leaves an installation, and the key that signed it."""
    folder = tmp_path / "out"
    for path, data in FILES.items():
        (folder / path).parent.mkdir(parents=True, exist_ok=True)
        (folder / path).write_bytes(data)
    return folder, seal(folder, tmp_path / "data", FILES)


def run(*arguments):
    """Call the command line with no installation at all."""
    nothing = {"WORKINGS_DATA_DIR": "/nonexistent", "WORKINGS_DATABASE_URL": "postgresql+psycopg://nobody@/nothing"}
    return CliRunner().invoke(main, ["verify", *map(str, arguments)], env=nothing)


def test_a_whole_folder_is_verified_without_database_or_settings(export):
    folder, signer = export

    found, trusted = run(folder), run(folder, "--key", signer.public_key)

    told = f"2 files as listed, signed with the key {signer.key_id}.\n"
    assert (found.exit_code, trusted.exit_code, trusted.output) == (0, 0, told)
    assert found.output == f"{told}Compare this key id with the one the sender has told you, or name it by --key.\n"


def test_the_trusted_key_may_stand_in_a_file(export, tmp_path):
    folder, signer = export
    (tmp_path / "sender.key").write_text(f"{signer.key_id}\n")

    assert run(folder, "--key", tmp_path / "sender.key").exit_code == 0


def spoil_missing(folder):
    (folder / "README.md").unlink()


def spoil_longer(folder):
    (folder / "README.md").write_bytes(b"# Sums!\n")


def spoil_changed(folder):
    (folder / "README.md").write_bytes(b"# Some\n")


def spoil_extra(folder):
    (folder / "sft" / "more\x1b[2J.jsonl").write_bytes(b"{}\n")


def spoil_link(folder):
    (folder / "README.md").unlink()
    (folder / "README.md").symlink_to("/etc/passwd")


def spoil_manifest(folder):
    manifest = json.loads((folder / "manifest.json").read_bytes())
    (folder / "manifest.json").write_text(json.dumps(manifest | {"more": 1}))


def spoil_signature(folder):
    (folder / "manifest.json.sig").write_text("{")


def spoil_unsigned(folder):
    (folder / "manifest.json.sig").unlink()


def spoil_all(folder):
    (folder / "manifest.json").unlink()


CHANGED = hashlib.sha256(b"# Some\n").hexdigest()[:12]
LISTED = hashlib.sha256(FILES["README.md"]).hexdigest()[:12]


@pytest.mark.parametrize(
    ("spoil", "faults"),
    [
        (spoil_missing, ["README.md is missing."]),
        (spoil_longer, ["README.md was changed: it has 8 bytes, the manifest says 7."]),
        (
            spoil_changed,
            [f"README.md was changed: its SHA-256 begins {CHANGED}, the manifest says {LISTED}."],
        ),
        (spoil_extra, ["sft/more\\u001b[2J.jsonl is not in the manifest; somebody has put it in."]),
        (
            spoil_link,
            ["README.md is no plain file; links and devices are not followed.", "README.md is missing."],
        ),
        (
            spoil_manifest,
            ["manifest.json is not what was signed: it was changed, or the signature is another export's."],
        ),
        (spoil_signature, ["The signature file is damaged: it is not what Workings writes."]),
        (spoil_unsigned, ["There is no manifest.json.sig: nobody can say who wrote the manifest."]),
        (spoil_all, ["There is no manifest.json: this folder is no export, or lost it."]),
    ],
)
def test_each_fault_is_a_sentence(export, spoil, faults):
    folder, _ = export
    spoil(folder)

    refused = run(folder)

    assert verify_folder(folder).faults == faults
    assert (refused.exit_code, refused.output.splitlines()[:-1]) == (1, faults)


def test_a_manifest_that_was_signed_and_is_none_is_told(export, tmp_path):
    folder, _ = export
    text = b'{"files": [{"path": 1}]}'
    (folder / "manifest.json").write_bytes(text)
    (folder / "manifest.json.sig").write_bytes(Signer(tmp_path / "data").sign("manifest.json", text))

    assert verify_folder(folder).faults == ["manifest.json is damaged: it is not what Workings writes."]


def test_what_the_manifest_names_outside_of_the_folder_is_not_opened(export, tmp_path):
    folder, _ = export
    (tmp_path / "secret").write_bytes(b"secret")
    seal(folder, tmp_path / "data", {**FILES, "../secret": b"secret"})

    assert verify_folder(folder).faults == ["../secret is missing."]


def test_a_forger_who_signs_anew_is_found_by_the_trusted_key(export, tmp_path):
    folder, signer = export
    (folder / "README.md").write_bytes(b"# Sum!\n")
    forger = seal(folder, tmp_path / "forger", {**FILES, "README.md": b"# Sum!\n"})

    assert verify_folder(folder).faults == []
    assert verify_folder(folder, trusted=signer.key_id).faults == [
        f"Signed with the key {forger.key_id}, which is not the one you trust."
    ]


def test_the_key_is_shown_and_replaced_by_one_it_vouches_for(tmp_path):
    own = {"WORKINGS_DATA_DIR": str(tmp_path / "installation")}
    shown, rotated, again = (CliRunner().invoke(main, ["key", word], env=own) for word in ("show", "rotate", "show"))

    key_id = shown.output.split()[2]
    assert shown.output.startswith("key id      ")
    assert rotated.output == again.output
    assert again.output.splitlines()[-1] == f"before      {key_id}"


def test_what_an_export_writes_is_verified_and_names_the_tool(
    session, database, app_settings, sums, mona, ed, rae, tmp_path
):
    work = a_submission(session, author=ed, task=a_task(session, sums), state=S.APPROVED)
    a_review(session, work, reviewer=rae, labels={})
    snapshot = a_snapshot(session, database, app_settings, manager=mona, project_id=sums.id)
    files = rendered(database, app_settings, snapshot, "trl_sft", tmp_path / "out")

    found = run(tmp_path / "out", "--key", Signer(app_settings.data_dir).key_id)

    assert (found.exit_code, found.output.split(" ", 1)[0]) == (0, str(len(files) - 2))
    assert json.loads(files["manifest.json"])["tool"] == {"name": "Workings", "version": version("workings")}
