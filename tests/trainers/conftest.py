"""Exports before the trainers that they are for: an optional group, `make trainers`."""

import json
import os
import subprocess
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
PYTHON = Path(os.environ.get("WORKINGS_TRAINERS_PYTHON", ROOT / ".trainers/bin/python"))
OFFLINE = {
    "HF_HUB_OFFLINE": "1",
    "HF_DATASETS_OFFLINE": "1",
    "TRL_EXPERIMENTAL_SILENCE": "1",
    "CUDA_VISIBLE_DEVICES": "",
}


@pytest.fixture
def one_step(tmp_path):
    """Let a trainer of TRL load a folder and take one step; returns what it saw."""

    def step(kind, folder, config):
        assert PYTHON.exists(), "The trainers are not installed: make trainers."
        scratch = tmp_path / "scratch"
        scratch.mkdir(exist_ok=True)
        environment = {**os.environ, **OFFLINE, "HF_HOME": str(scratch / "home")}
        program = Path(__file__).with_name("one_step.py")
        command = [str(PYTHON), str(program), kind, str(folder), config, str(scratch)]
        done = subprocess.run(command, env=environment, cwd=scratch, capture_output=True, text=True, check=False)
        assert done.returncode == 0, done.stderr
        return json.loads(done.stdout.splitlines()[-1])

    return step
