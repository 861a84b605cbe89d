"""A program that tries to run programs where nothing can be isolated, and prints what came of it."""

import json
import sys
from pathlib import Path

from app.sandbox.sandbox import Sandbox


def main() -> None:
    """Try to run programs where it is impossible, and tell what came of it."""
    mark = Path(sys.path[0], "mark")
    with Sandbox() as sandbox:
        results = {key: sandbox.run(key, f"open({str(mark)!r}, 'w')") for key in ("python", "cpp")}
        with sandbox.prepare("python", "") as program:
            linked = program.run_linked(program)
        told = {
            "is_available": sandbox.isolation.is_available,
            "begins": sandbox.isolation.reason[:47],
            **{key: [result.status, result.stdout.decode()] for key, result in results.items()},
            "linked": [result.status for result in linked],
            "languages": sandbox.languages(),
            "has_run": mark.exists(),
        }
    print(json.dumps(told))  # noqa: T201 - read by the test


if __name__ == "__main__":
    main()
