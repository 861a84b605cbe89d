"""What of the machine a language needs is named; packages for science are there when somebody has installed them."""

import dataclasses
import subprocess
import sys
from pathlib import Path

from app.sandbox import toolchains
from app.sandbox.job import Limits, Status
from app.sandbox.languages import LANGUAGES, offered
from app.sandbox.order import Order
from app.sandbox.toolchains import science_of
from tests.architecture.source_files import ROOT, read

LIMITS = Limits(cpu_seconds=2)


def _version() -> str:
    told = subprocess.run(
        [sys.executable, "-m", "app.sandbox.toolchains"], stdout=subprocess.PIPE, cwd=ROOT, check=True
    )
    return told.stdout.decode().strip()


def _packages(folder: Path) -> Path:
    """Make a folder like the one that `make science` makes."""
    place = folder / _version()
    (place / "algebra").mkdir(parents=True)
    module = place / "algebra" / "__init__.py"
    module.write_text("ANSWER = 42\n")
    module.chmod(0o666)  # so that nothing but the way it is bound keeps others from writing
    for name in ("numpy-2.4.6", "sympy-1.14.0", "mpmath-1.3.0"):
        (place / f"{name}.dist-info").mkdir()
    for path in (place, module.parent):
        path.chmod(0o755)  # whatever the caller's umask is, as in the script
    return folder


def test_packages_for_science_are_imported_and_cannot_be_changed(sandbox, tmp_path):
    toolchain = toolchains.python(_packages(tmp_path))
    assert toolchain is not None
    source = (
        "import algebra\nprint(algebra.ANSWER, algebra.__file__)\n"
        "try: open(algebra.__file__, 'a')\nexcept OSError as error: print(error.strerror)"
    )
    order = Order(
        (toolchain.tools["python3"], "-c", source), LIMITS, toolchain.binds, toolchain.masks, toolchain.environment
    )
    result = sandbox.execute(order, {})
    assert (result.status, result.stdout) == (
        Status.OK,
        b"42 /opt/science/algebra/__init__.py\nRead-only file system\n",
    )


def test_their_versions_are_told(tmp_path):
    assert science_of(tmp_path) == {}
    assert science_of(_packages(tmp_path)) == {"numpy": "2.4.6", "sympy": "1.14.0"}


def test_without_them_python_has_its_own_modules_and_nothing_of_the_machines(tmp_path, sandbox):
    toolchain = toolchains.python(tmp_path)
    assert toolchain is not None
    assert "PYTHONPATH" not in toolchain.environment
    source = "import importlib.metadata\nprint([one.name for one in importlib.metadata.distributions()])"
    order = Order((toolchain.tools["python3"], "-c", source), LIMITS, toolchain.binds, toolchain.masks)
    assert sandbox.execute(order, {}).stdout == b"[]\n"


def test_what_is_locked_for_science_is_what_the_script_installs():
    assert "requirements/science.txt" in read("scripts/make-science.sh")
    assert "--group science" in read("scripts/lock.sh")


def test_languages_that_work_say_their_versions(sandbox):
    versions = sandbox.languages()
    assert sandbox.languages() is versions
    assert {key: version for key, version in versions.items() if not version[0].isdigit()} == {}
    assert versions.keys() <= offered().keys() <= LANGUAGES.keys()
    assert versions["python"].startswith(f"{_version()}.")


def test_a_language_that_is_not_installed_is_unavailable_and_says_so(sandbox, monkeypatch):
    monkeypatch.setitem(LANGUAGES, "python", dataclasses.replace(LANGUAGES["python"], find=lambda: None))
    result = sandbox.run("python", "print(1)")
    assert (result.status, result.stdout, result.note) == (
        Status.UNAVAILABLE,
        b"",
        "Python 3 is not installed here.",
    )
    assert "python" not in offered()
