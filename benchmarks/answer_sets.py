"""Published sets of problems with short answers, each answer as a specification of the kind that fits it."""

import csv
import json
import re
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

from app.verifiers.registry import check_spec

Spec = dict[str, Any]
_TUPLE = re.compile(r"^\$?\(([^()]*,[^()]*)\)\$?$")
_ENDS = re.compile(r"infty|cup|<|>|\\le|\\ge")


def gsm8k(folder: Path) -> Iterator[Spec]:
    """GSM8K: whole numbers after ####."""
    for line in (folder / "gsm8k" / "train_first_1000.jsonl").read_text(encoding="utf-8").splitlines():
        yield {"kind": "integer", "answer": json.loads(line)["answer"].rpartition("#### ")[2]}


def mgsm(folder: Path) -> Iterator[Spec]:
    """MGSM in Chinese, Japanese and Thai: whole numbers."""
    for path in sorted((folder / "mgsm").glob("mgsm_*.tsv")):
        for line in path.read_text(encoding="utf-8").splitlines():
            yield _first_fitting(line.rpartition("\t")[2], ("integer", "rational"))


def theoremqa(folder: Path) -> Iterator[Spec]:
    """TheoremQA: numbers to one percent, whole numbers, lists, true or false, options."""
    for record in json.loads((folder / "theoremqa" / "theoremqa_odd.json").read_text(encoding="utf-8")):
        answer = record["Answer"]
        made: dict[str, Callable[[Any], Spec]] = {
            "integer": lambda value: {"kind": "integer", "answer": str(value)},
            "float": lambda value: {"kind": "real", "answer": str(value), "relative": 0.01},
            "bool": lambda value: {"kind": "choice", "options": ["True", "False"], "answer": str(value)},
            "option": lambda value: {"kind": "choice", "options": {one: one for one in "abcd"}, "answer": value},
            "list of integer": _tuple,
            "list of float": _tuple,
        }
        yield made[record["Answer_type"]](answer)


def _tuple(values: list[float]) -> Spec:
    return {"kind": "tuple", "answer": "(" + ", ".join(map(str, values)) + ")"}


def imobench(folder: Path) -> Iterator[Spec]:
    """IMO-AnswerBench: olympiad answers as experts wrote them, from whole numbers to prose."""
    with (folder / "imobench" / "answerbench_v2_odd.csv").open(encoding="utf-8", newline="") as file:
        for record in csv.DictReader(file):
            yield _olympiad(record["Short Answer"].strip())


def _olympiad(answer: str) -> Spec:
    if _TUPLE.match(answer):
        return _first_fitting(answer, ("tuple",))
    if _ENDS.search(answer):
        return _first_fitting(answer, ("interval",))
    if "=" in answer:
        return _first_fitting(answer, ("equation",))
    return _first_fitting(answer, ("integer", "rational", "expression", "set"))


def physgym(folder: Path) -> Iterator[Spec]:
    """PhysGym: formulas of university physics."""
    for record in json.loads((folder / "physgym" / "samples_first_60.json").read_text(encoding="utf-8")):
        yield _first_fitting(record["answer"], ("expression", "equation"))


def _first_fitting(answer: str, kinds: tuple[str, ...]) -> Spec:
    """Choose the first kind whose specification has no fault; a text where none fits."""
    for kind in kinds:
        spec = {"kind": kind, "answer": answer}
        if not check_spec(spec):
            return spec
    return {"kind": "text", "answer": answer}


SETS: dict[str, Callable[[Path], Iterator[Spec]]] = {
    "GSM8K": gsm8k,
    "MGSM": mgsm,
    "TheoremQA": theoremqa,
    "IMO-AnswerBench": imobench,
    "PhysGym": physgym,
}
"""Each reads the folder of all sets."""
