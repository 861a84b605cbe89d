"""TRL's DPOTrainer, RewardTrainer, KTOTrainer and SFTTrainer take a step on pairs, labels and completions."""

import math

import pytest

from tests.exports.preferences import a_judged_project
from tests.exports.rendering import rendered


@pytest.fixture
def snapshot(session, database, app_settings, sums, mona, ed, eve, rae):
    return a_judged_project(session, database, app_settings, sums, (mona, ed, eve, rae))


@pytest.mark.parametrize(
    ("name", "kind", "rows", "reasoning"),
    [
        ("trl_dpo", "dpo", 3, "field"),
        ("trl_dpo", "dpo", 3, "think_tags"),
        ("trl_dpo", "reward", 3, "field"),
        ("trl_reward", "reward", 3, "field"),
        ("trl_kto", "kto", 6, "field"),
    ],
)
def test_a_trainer_of_preferences_keeps_every_row_and_takes_a_step(
    database, app_settings, snapshot, tmp_path, one_step, name, kind, rows, reasoning
):
    rendered(database, app_settings, snapshot, name, tmp_path / "out", reasoning=reasoning)

    seen = one_step(kind, tmp_path / "out", name.removeprefix("trl_"))

    assert (seen["rows"], seen["kept"], seen["steps"]) == (rows, rows, 1)
    assert math.isfinite(seen["loss"])
    assert seen["weights_changed"] > 0


@pytest.mark.parametrize("render", ["clean", "answer"])
def test_sft_learns_the_completion_only(database, app_settings, snapshot, tmp_path, one_step, render):
    rendered(database, app_settings, snapshot, "trl_prompt_completion", tmp_path / "out", render=render)

    seen = one_step("sft", tmp_path / "out", "prompt_completion")

    assert (seen["rows"], seen["kept"], seen["steps"]) == (4, 4, 1)
    assert [text.startswith("<think>\n") for text in seen["learnt"]] == [render == "clean"] * 2
    assert [text.endswith("n = 5<|im_end|>\n") for text in seen["learnt"]] == [True] * 2
