"""`workings serve` begins and ends as one: the web and its worker."""

from pathlib import Path

from tests.served import serving


def test_the_worker_has_gone_when_serve_has_ended(tmp_path):
    with serving(tmp_path / "data") as served:
        first = served.process.pid
        children = Path(f"/proc/{first}/task/{first}/children").read_text(encoding="ascii").split()
        commands = [Path(f"/proc/{child}/cmdline").read_bytes().split(b"\0")[1:5] for child in children]
        assert commands == [[b"-m", b"app.cli", b"worker", b"--with-parent"]]

    assert served.process.returncode == 0
    assert not Path(f"/proc/{children[0]}").exists()
