"""Shards and packed files before the engines that people read them with: an optional group, `make engines`."""

import os
import subprocess
from pathlib import Path

import pytest

from tests.exports.rendering import rendered
from tests.exports.test_large_exports_page import run, shards_of_five

ROOT = Path(__file__).parents[2]
PYTHON = Path(os.environ.get("WORKINGS_ENGINES_PYTHON", ROOT / ".engines/bin/python"))
READERS = {
    "datasets": "import datasets; print(datasets.load_dataset(folder, split='train', cache_dir=cache).num_rows)",
    "pandas": "import pandas as pd, glob; "
    "print(sum(len(pd.read_json(path, lines=True)) for path in glob.glob(folder + '/sft/*.zst')))",
    "DuckDB": "import duckdb; print(len(duckdb.sql(f\"FROM read_json_auto('{folder}/sft/*.zst')\").fetchall()))",
    "Polars": "import polars as pl, glob; "
    "print(sum(pl.read_ndjson(path).height for path in glob.glob(folder + '/sft/*.zst')))",
}


@pytest.fixture(autouse=True)
def _are_installed():
    assert PYTHON.exists(), "The engines are not installed: make engines."


@pytest.mark.parametrize("engine", ["DuckDB", "Polars"])
def test_the_example_of_the_page_reads_every_shard(
    session, database, app_settings, sums, mona, ed, rae, tmp_path, engine
):
    tokens = shards_of_five(session, database, app_settings, mona, ed, rae, sums, tmp_path / "out")[1]

    assert run(PYTHON, engine, tmp_path / "out") == str(tokens)


@pytest.mark.parametrize("engine", READERS)
def test_packed_lines_are_read(session, database, app_settings, sums, mona, ed, rae, tmp_path, engine):
    snapshot, _ = shards_of_five(session, database, app_settings, mona, ed, rae, sums, tmp_path / "out")
    folder, scratch = tmp_path / "packed", tmp_path / "scratch"
    rendered(database, app_settings, snapshot, "trl_sft", folder, shard_rows=2, compression="zstd")
    scratch.mkdir()

    program = f"folder, cache = {str(folder)!r}, {str(scratch)!r}\n{READERS[engine]}"
    environment = {**os.environ, "HF_HOME": str(scratch), "HF_HUB_OFFLINE": "1"}
    done = subprocess.run([str(PYTHON), "-c", program], env=environment, capture_output=True, text=True, check=False)

    assert (done.stdout.strip(), done.returncode) == ("5", 0), done.stderr
