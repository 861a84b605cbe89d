"""Specifications that several tests use."""

from typing import Any

QUICK = {"cpu_seconds": 1, "wall_seconds": 3, "memory_mb": 128}
"""A limit that ends what is endless soon, and which nothing honest comes near."""


def of_calls(*cases: dict[str, Any], **more: Any) -> dict[str, Any]:
    """A function `solve` with cases."""
    return {"kind": "program", "entry_point": "solve", "cases": list(cases), "limits": QUICK, **more}


def of_code(tests: str, **more: Any) -> dict[str, Any]:
    """A function `solve` with tests as code."""
    return {"kind": "program", "entry_point": "solve", "tests": tests, "limits": QUICK, **more}


def of_streams(*cases: tuple[str, str], **more: Any) -> dict[str, Any]:
    """A whole program with inputs and outputs."""
    listed = [{"stdin": stdin, "stdout": stdout} for stdin, stdout in cases]
    return {"kind": "program", "cases": listed, "limits": QUICK, **more}


def python(source: str, name: str = "") -> dict[str, Any]:
    """A program in Python, as specifications hold it."""
    return {"name": name, "language": "python", "source": source}
