"""The how-to page of people and access: its commands do what it says they print."""

import subprocess

from tests.api import test_whole_loop as loop
from tests.architecture.source_files import read

PAGE = "docs/how-to/people-and-access.md"
environment = loop.environment


def test_the_page_does_what_it_says(environment, tmp_path):
    written = loop.BLOCK.findall(read(PAGE))
    script = "set -euo pipefail\n" + "".join(f"{shell}echo '{loop.MARK}'\n" for shell, _ in written)
    folder = tmp_path / "shell"
    folder.mkdir()

    done = subprocess.run(
        [loop.BASH, "-c", script], env=environment, cwd=folder, capture_output=True, text=True, timeout=120, check=False
    )

    assert done.stdout.split(f"{loop.MARK}\n") == [*(printed or "" for _, printed in written), ""], done.stderr
    assert (done.returncode, len(written)) == (0, 4), done.stderr
