"""Where compilers and interpreters lie on this machine, and what of it must be seen inside the sandbox."""

import functools
import json
import os
import shutil
import subprocess
import sys
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from types import MappingProxyType

# Seen in every sandbox. Not /usr as a whole: /usr/local and /usr/share may hold what is nobody else's business.
SYSTEM = tuple(
    path
    for path in map(Path, ("/usr/bin", "/usr/lib", "/usr/lib64", "/usr/libexec", "/usr/share/zoneinfo"))
    if path.is_dir()
)
SCIENCE = Path(__file__).resolve().parents[2] / ".science"
_ASK_PYTHON = """
import json, os, sys, sysconfig
places = [os.path.realpath(sys.executable), sysconfig.get_path("stdlib"), sysconfig.get_config_var("LIBDIR")]
print(json.dumps([*places, "%d.%d" % sys.version_info[:2]]))
"""


@dataclass(frozen=True, slots=True)
class Toolchain:
    """The tools of one language: where they are inside, and which folders of this machine hold them."""

    tools: Mapping[str, str]
    binds: tuple[tuple[str, str], ...] = ()
    """(path on this machine, path inside), read-only, besides SYSTEM"""
    masks: tuple[str, ...] = ()
    """folders that are empty inside"""
    environment: Mapping[str, str] = field(default_factory=lambda: MappingProxyType({}))


Find = Callable[[], Toolchain | None]


def python(science: Path = SCIENCE) -> Toolchain | None:
    """Find an interpreter, the system's first: what it can import is then the same for everybody."""
    found = _find_python()
    if found is None:
        return None
    executable, library, shared = map(Path, found[:3])
    binds: list[tuple[str, str]] = []
    environment: dict[str, str] = {}
    if not _is_seen(executable):
        binds.append((str(executable), str(executable)))
    if not _is_seen(library):
        binds.append((str(library), str(library)))
        libraries = sorted(shared.glob("libpython3*.so*"))
        binds += [(str(path), str(path)) for path in libraries]
        if libraries:
            environment["LD_LIBRARY_PATH"] = str(shared)
    packages = science / found[3]
    if packages.is_dir():
        binds.append((str(packages), "/opt/science"))
        environment["PYTHONPATH"] = "/opt/science"
    # Packages that somebody has installed for other programs; which are there differs from machine to machine.
    others = (library / "site-packages", Path("/usr/lib/python3/dist-packages"))
    masks = tuple(str(path) for path in others if path.is_dir())
    return Toolchain({"python3": str(executable)}, tuple(binds), masks, environment)


def science_of(packages: Path = SCIENCE) -> dict[str, str]:
    """Give the packages that programs in Python may import besides its own, with their versions."""
    found = _find_python()
    names = ("numpy", "scipy", "sympy")
    folders = [path.name for path in (packages / found[3]).glob("*.dist-info")] if found else []
    versions = dict(folder.removesuffix(".dist-info").split("-", 1) for folder in sorted(folders))
    return {name: versions[name] for name in names if name in versions}


@functools.cache
def _find_python() -> tuple[str, str, str, str] | None:
    for candidate in ("/usr/bin/python3", "/usr/local/bin/python3", sys.executable):
        if Path(candidate).exists():
            answer = _ask(candidate, "-I", "-c", _ASK_PYTHON)
            if answer:
                executable, library, shared, version = json.loads(answer)
                return executable, library, shared, version
    return None


def cpp() -> Toolchain | None:
    """Find the GNU C++ compiler."""
    return _gnu("g++")


def c() -> Toolchain | None:
    """Find the GNU C compiler."""
    return _gnu("gcc")


def _gnu(name: str) -> Toolchain | None:
    compiler = Path("/usr/bin", name)
    if not compiler.exists():
        return None
    return Toolchain({name: str(compiler.resolve())}, (("/usr/include", "/usr/include"),))


def node() -> Toolchain | None:
    """Find Node.js: the program alone, and where Debian keeps the parts that it built without."""
    found = shutil.which("node", path="/usr/bin:/usr/local/bin") or shutil.which("node")
    if found is None:
        return None
    program = Path(found).resolve()
    inside = str(program) if _is_seen(program) else "/opt/node/bin/node"
    binds = [] if _is_seen(program) else [(str(program), inside)]
    if Path("/usr/share/nodejs").is_dir():
        binds.append(("/usr/share/nodejs", "/usr/share/nodejs"))
    return Toolchain({"node": inside}, tuple(binds))


def rust() -> Toolchain | None:
    """Find the Rust compiler and the C compiler that links for it; a rustup shim is asked for what it stands for."""
    home = os.environ.get("HOME", "/nonexistent")
    linker, found = c(), shutil.which("rustc") or shutil.which("rustc", path=f"{home}/.cargo/bin")
    root = _ask(found, "--print", "sysroot") if found and linker else None
    if root is None or linker is None:
        return None
    if _is_seen(Path(root, "bin/rustc")):
        return Toolchain({"rustc": f"{root}/bin/rustc", **linker.tools}, linker.binds)
    binds = ((root, "/opt/rust"), *linker.binds)
    return Toolchain({"rustc": "/opt/rust/bin/rustc", **linker.tools}, binds)


def java() -> Toolchain | None:
    """Find a Java development kit by its compiler."""
    found = shutil.which("javac")
    if found is None:
        return None
    home = Path(found).resolve().parent.parent
    inside = home if _is_seen(home) else Path("/opt/java")
    binds = [] if _is_seen(home) else [(str(home), str(inside))]
    # Debian keeps the kit's settings under /etc and links there.
    settings = (home / "lib/jvm.cfg").resolve().parent
    if settings.is_relative_to("/etc"):
        binds.append((str(settings), str(settings)))
    tools = {name: str(inside / "bin" / name) for name in ("java", "javac", "jar")}
    return Toolchain(tools, tuple(binds))


def _is_seen(path: Path) -> bool:
    return any(path.is_relative_to(folder) for folder in SYSTEM)


def _ask(*command: str) -> str | None:
    """Run one of this machine's own tools; its answer, or None where it does not work."""
    try:
        done = subprocess.run(command, capture_output=True, text=True, timeout=20, check=True)
    except (OSError, subprocess.SubprocessError):
        return None
    return done.stdout.strip()


if __name__ == "__main__":
    # For scripts/make-science.sh: which Python the packages have to fit.
    print((_find_python() or ("", "", "", ""))[3])  # noqa: T201
