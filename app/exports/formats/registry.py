"""All formats by name: the list that pages, the API and the command line offer."""

from app.core.errors import Invalid
from app.exports.formats.alpaca import Alpaca
from app.exports.formats.axolotl import Axolotl, AxolotlPrm
from app.exports.formats.axolotl_dpo import AxolotlDpo
from app.exports.formats.axolotl_kto import AxolotlKto
from app.exports.formats.base import Format
from app.exports.formats.code_tests import Apps, HumanEval, Mbpp
from app.exports.formats.csv_data import CsvData
from app.exports.formats.csv_spreadsheet import CsvSpreadsheet
from app.exports.formats.inspect_ai import InspectAi
from app.exports.formats.llama_factory import LlamaFactory
from app.exports.formats.llama_factory_dpo import LlamaFactoryDpo
from app.exports.formats.llama_factory_kto import LlamaFactoryKto
from app.exports.formats.lm_eval import LmEval
from app.exports.formats.math_shepherd import MathShepherd
from app.exports.formats.native import Native
from app.exports.formats.native_parquet import NativeParquet
from app.exports.formats.oasst_trees import OasstTrees
from app.exports.formats.openai_chat import OpenAiChat
from app.exports.formats.openai_dpo import OpenAiDpo
from app.exports.formats.openai_rft import OpenAiRft
from app.exports.formats.prm800k import Prm800k
from app.exports.formats.processbench import ProcessBench
from app.exports.formats.rubric_rows import RubricRows
from app.exports.formats.sharegpt import ShareGpt
from app.exports.formats.trl_dpo import TrlDpo
from app.exports.formats.trl_grpo import TrlGrpo
from app.exports.formats.trl_kto import TrlKto
from app.exports.formats.trl_prompt_completion import TrlPromptCompletion
from app.exports.formats.trl_reward import TrlReward
from app.exports.formats.trl_sft import TrlSft
from app.exports.formats.trl_stepwise import TrlStepwise
from app.exports.formats.verl import Verl

FORMATS: dict[str, Format] = {
    found.name: found
    for found in (
        TrlSft(),
        TrlPromptCompletion(),
        TrlDpo(),
        TrlReward(),
        TrlKto(),
        TrlStepwise(),
        Prm800k(),
        MathShepherd(),
        ProcessBench(),
        OpenAiChat(),
        OpenAiDpo(),
        LlamaFactory(),
        LlamaFactoryDpo(),
        LlamaFactoryKto(),
        Axolotl(),
        AxolotlDpo(),
        AxolotlKto(),
        AxolotlPrm(),
        ShareGpt(),
        Alpaca(),
        TrlGrpo(),
        Verl(),
        OpenAiRft(),
        RubricRows(),
        OasstTrees(),
        HumanEval(),
        Mbpp(),
        Apps(),
        LmEval(),
        InspectAi(),
        Native(),
        NativeParquet(),
        CsvData(),
        CsvSpreadsheet(),
    )
}


def get_format(name: str) -> Format:
    """Return a format by name; Invalid with the list of known ones otherwise."""
    try:
        return FORMATS[name]
    except KeyError as error:
        raise Invalid(f"There is no format “{name}”. Known: {', '.join(FORMATS)}.", pointer="format") from error
