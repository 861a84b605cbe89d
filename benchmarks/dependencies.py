"""What the packages that the program needs take on the disk, without those for tests and checks.

`python -m benchmarks --only dependencies`. The files, compiled ones included, of each package in
requirements/runtime.txt as installed here.
"""

import re
from importlib.metadata import PackageNotFoundError, distribution
from importlib.util import cache_from_source
from pathlib import Path

from benchmarks.figures import Figure, at_most

LOCK = Path(__file__).resolve().parents[1] / "requirements" / "runtime.txt"
MEBIBYTE = 1 << 20


def measure(quick: bool) -> list[Figure]:  # noqa: ARG001, FBT001 - the one argument that every benchmark has
    """Add up the files."""
    names = re.findall(r"^([A-Za-z0-9._-]+)(?:\[[^]]*\])?==", LOCK.read_text(encoding="utf-8"), flags=re.MULTILINE)
    assert len(names) > 10, "The lock file has another form."
    mebibytes = sum(_size_bytes(name) for name in names) / MEBIBYTE
    return [at_most("installed dependencies", mebibytes, 350, "MiB")]


def _size_bytes(name: str) -> int:
    try:
        files = distribution(name).files or []
    except PackageNotFoundError:  # for another platform
        return 0
    listed = {Path(str(file.locate())) for file in files}
    # What was compiled after the installation is in no list of the package's.
    compiled = {Path(cache_from_source(str(path))) for path in listed if path.suffix == ".py"}
    return sum(path.stat().st_size for path in listed | compiled if path.is_file())
