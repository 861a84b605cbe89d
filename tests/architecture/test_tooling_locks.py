"""What is installed is what was locked, from any registry, and no third-party code lies in the repository."""

import re
import tomllib

import pytest

from tests.architecture.source_files import project_files, read

REQUIREMENT_FILES = [
    "requirements/build.txt",
    "requirements/dev.txt",
    "requirements/engines.txt",
    "requirements/node.txt",
    "requirements/runtime.txt",
    "requirements/s3.txt",
    "requirements/science.txt",
    "requirements/trainers.txt",
]
PROJECT = tomllib.loads(read("pyproject.toml"))


def canonical(name: str) -> str:
    """Spell a package's name the way registries compare it."""
    return re.sub(r"[-_.]+", "-", name).lower()


def wanted(requirements: list[object]) -> set[str]:
    """Name the packages of a list of requirements, without versions, extras and included groups."""
    return {canonical(re.split(r"[^\w.-]", entry)[0]) for entry in requirements if isinstance(entry, str)}


def locked(path: str) -> dict[str, list[str]]:
    """Read a requirements file: package name → the lines of its entry."""
    entries: dict[str, list[str]] = {}
    name = ""
    for line in read(path).splitlines():
        if line and not line.startswith((" ", "#")):
            name = canonical(re.split(r"[^\w.-]", line)[0])
        entries.setdefault(name, []).append(line)
    return entries


def test_the_requirement_files_are_these():
    assert [path for path in project_files() if path.startswith("requirements/")] == REQUIREMENT_FILES


@pytest.mark.parametrize("path", REQUIREMENT_FILES)
def test_a_requirements_file_names_no_host(path):
    assert re.findall(r"^.*(?:://|--index|--find-links|--trusted).*$", read(path), re.MULTILINE) == []


@pytest.mark.parametrize("path", REQUIREMENT_FILES)
def test_every_locked_package_has_one_exact_version_and_hashes(path):
    for name, lines in locked(path).items():
        assert re.match(r"[\w.-]+(\[[\w,-]+\])?==[\w.]+", lines[0]), name
        assert any(re.search(r"--hash=sha256:[0-9a-f]{64}", line) for line in lines), name


@pytest.mark.parametrize(
    ("path", "groups"),
    [
        ("requirements/runtime.txt", []),
        ("requirements/s3.txt", []),
        ("requirements/build.txt", ["build"]),
        ("requirements/dev.txt", ["build", "dev"]),
        ("requirements/node.txt", ["node"]),
        ("requirements/science.txt", ["science"]),
        ("requirements/trainers.txt", ["trainers"]),
        ("requirements/engines.txt", ["engines"]),
    ],
)
def test_everything_that_pyproject_asks_for_is_locked(path, groups):
    asked = {name for group in groups for name in wanted(PROJECT["dependency-groups"][group])}
    if path.endswith(("runtime.txt", "s3.txt", "dev.txt")):
        asked |= wanted(PROJECT["project"]["dependencies"])
    if path.endswith(("s3.txt", "dev.txt")):
        asked |= wanted(PROJECT["project"]["optional-dependencies"]["s3"])

    assert asked - set(locked(path)) == set()


def test_the_tests_run_with_the_versions_that_are_shipped():
    def pins(path: str) -> set[str]:
        return set(re.findall(r"^[\w.-]+(?:\[[\w,-]+\])?==[\w.]+", read(path), re.MULTILINE))

    assert pins("requirements/runtime.txt") - pins("requirements/s3.txt") == set()
    assert pins("requirements/s3.txt") - pins("requirements/dev.txt") == set()


def test_no_lock_file_that_names_hosts_is_in_the_repository():
    names = {path.rpartition("/")[2] for path in project_files()}

    assert names & {"uv.lock", "pylock.toml", "poetry.lock", "Pipfile.lock", "yarn.lock", "pnpm-lock.yaml"} == set()


def test_the_lock_of_the_front_end_says_where_nothing_comes_from():
    assert re.findall(r'"resolved": *"http', read("package-lock.json")) == []


def test_no_third_party_code_is_in_the_repository():
    foreign = re.compile(
        r"(^|/)(node_modules|vendor|third_party|dist|\.venv)/|\.min\.(js|css)$|\.(woff2?|ttf|whl|tgz|wasm)$"
    )

    assert [path for path in project_files() if foreign.search(path)] == []


def test_the_front_end_is_written_in_typescript():
    written = [path for path in project_files() if path.endswith((".js", ".jsx", ".cjs"))]

    assert written == []
