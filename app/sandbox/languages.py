"""The languages of programs: each a small declaration of how its files are named, compiled and started."""

import functools
from collections.abc import Mapping
from dataclasses import dataclass, field
from types import MappingProxyType

from app.sandbox import toolchains
from app.sandbox.job import COMPILE_LIMITS, Limits
from app.sandbox.toolchains import Toolchain


@dataclass(frozen=True, slots=True)
class Language:
    """How programs of one language are made and started; `{name}` in a command is a tool of its toolchain."""

    key: str
    name: str
    suffix: str
    file_name: str
    """of the source, in the folder where it is compiled or run"""
    run: tuple[str, ...]
    version: tuple[str, ...]
    """makes it say its version"""
    hello: str
    """a program that prints "hello", by which the language proves that it works here"""
    find: toolchains.Find
    compile: tuple[tuple[str, ...], ...] = ()
    artifact: str = ""
    """the one file that compiling leaves and running needs"""
    compile_limits: Limits = COMPILE_LIMITS
    extra_processes: int = 0
    """threads of the language's own machinery, on top of what a program may start"""
    environment: Mapping[str, str] = field(default_factory=lambda: MappingProxyType({}))
    reserves_memory: bool = False
    """asks for far more addresses than memory, so that a limit of addresses would stop it before it starts"""

    @property
    def is_compiled(self) -> bool:
        """Tell whether there is a step before running."""
        return bool(self.compile)

    def toolchain(self) -> Toolchain | None:
        """Find its tools on this machine; None where one is missing. Looked up once."""
        return _found(self.find)


@functools.cache
def _found(find: toolchains.Find) -> Toolchain | None:
    return find()


_QUICK_JVM = ("-XX:+UseSerialGC", "-XX:-UsePerfData", "-Xshare:auto")
_SMALL_JVM = ("-J-Xmx512m", *(f"-J{option}" for option in _QUICK_JVM))

LANGUAGES: dict[str, Language] = {
    language.key: language
    for language in (
        Language(
            key="python",
            name="Python 3",
            suffix=".py",
            file_name="main.py",
            run=("{python3}", "-B", "main.py"),
            version=("{python3}", "--version"),
            hello='print("hello")',
            find=toolchains.python,
            environment=MappingProxyType({"PYTHONHASHSEED": "0", "PYTHONUTF8": "1", "OPENBLAS_NUM_THREADS": "1"}),
        ),
        Language(
            key="cpp",
            name="C++17",
            suffix=".cpp",
            file_name="main.cpp",
            compile=(("{g++}", "-std=gnu++17", "-O2", "-pipe", "-o", "main", "main.cpp"),),
            artifact="main",
            run=("/box/main",),
            version=("{g++}", "-dumpfullversion"),
            hello='#include <iostream>\nint main() { std::cout << "hello\\n"; }\n',
            find=toolchains.cpp,
        ),
        Language(
            key="c",
            name="C17",
            suffix=".c",
            file_name="main.c",
            compile=(("{gcc}", "-std=gnu17", "-O2", "-pipe", "-o", "main", "main.c", "-lm"),),
            artifact="main",
            run=("/box/main",),
            version=("{gcc}", "-dumpfullversion"),
            hello='#include <stdio.h>\nint main(void) { puts("hello"); return 0; }\n',
            find=toolchains.c,
        ),
        Language(
            key="javascript",
            name="JavaScript (Node.js)",
            suffix=".js",
            file_name="main.js",
            run=("{node}", "--max-old-space-size={heap_mib}", "main.js"),
            version=("{node}", "--version"),
            hello='console.log("hello");\n',
            find=toolchains.node,
            extra_processes=16,
            reserves_memory=True,
        ),
        Language(
            key="rust",
            name="Rust 2021",
            suffix=".rs",
            file_name="main.rs",
            compile=(("{rustc}", "--edition", "2021", "-O", "-C", "linker={gcc}", "-o", "main", "main.rs"),),
            artifact="main",
            run=("/box/main",),
            version=("{rustc}", "--version"),
            hello='fn main() { println!("hello"); }\n',
            find=toolchains.rust,
            reserves_memory=True,
        ),
        Language(
            key="java",
            name="Java",
            suffix=".java",
            file_name="Main.java",
            compile=(
                ("{javac}", *_SMALL_JVM, "-encoding", "UTF-8", "-proc:none", "-d", "classes", "Main.java"),
                ("{jar}", *_SMALL_JVM, "--create", "--file", "main.jar", "-C", "classes", "."),
            ),
            artifact="main.jar",
            run=("{java}", "-Xmx{heap_mib}m", "-Xss16m", *_QUICK_JVM, "-cp", "/box/main.jar", "Main"),
            version=("{java}", "--version"),
            hello='public class Main { public static void main(String[] a) { System.out.println("hello"); } }\n',
            find=toolchains.java,
            extra_processes=32,
            reserves_memory=True,
        ),
    )
}


def offered() -> dict[str, Language]:
    """Give the languages whose tools are on this machine; whether they work inside is `Sandbox.languages`' to say."""
    return {key: language for key, language in LANGUAGES.items() if language.toolchain() is not None}
