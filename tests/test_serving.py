"""`workings serve` begins and ends as one: the web, its worker and its runner."""

import subprocess
import sys
from pathlib import Path

from tests.served import serving

ROOT = Path(__file__).resolve().parents[1]


def test_programs_that_wait_hold_no_large_library_that_nobody_has_asked_for():
    code = (
        "import sys, app.cli, app.main, app.runner, app.worker\n"
        "print([name for name in ('numpy', 'obstore', 'pandas', 'pint', 'pyarrow', 'sympy') if name in sys.modules])"
    )
    done = subprocess.run([sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"


def test_worker_and_runner_have_gone_when_serve_has_ended(tmp_path):
    with serving(tmp_path / "data") as served:
        first = served.process.pid
        children = Path(f"/proc/{first}/task/{first}/children").read_text(encoding="ascii").split()
        commands = [Path(f"/proc/{child}/cmdline").read_bytes().split(b"\0")[1:5] for child in children]
        assert sorted(commands) == [
            [b"-m", b"app.cli", b"worker", b"--with-parent"],
            [b"-m", b"app.runner", b"--with-parent", b""],
        ]

    assert served.process.returncode == 0
    assert [child for child in children if Path(f"/proc/{child}").exists()] == []
