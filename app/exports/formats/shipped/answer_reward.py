r"""Rewards a final answer in \boxed{} by comparing it with the gold answer of its row. Shipped beside the rows.

verl:   the file of a custom reward function; its name is compute_score
TRL:    GRPOTrainer(reward_funcs=answer_reward); it reads the columns answer, also, kind, absolute, relative
OpenAI: the source of a python grader; grade(sample, item)

Numbers are compared as numbers, within the tolerances of the row; sets without regard to order; texts without regard to
case and spaces. Formulas (expression, equation, interval, matrix) are compared as texts first, then by math-verify,
which has to be installed for them. Nothing is ever executed.
"""

import json
import re
import unicodedata
from collections.abc import Mapping, Sequence
from fractions import Fraction
from importlib import import_module
from typing import Any

NUMBERS = frozenset({"integer", "rational", "real", "quantity"})
COLLECTIONS = frozenset({"set", "tuple"})
FORMULAS = frozenset({"expression", "equation", "interval", "matrix"})
OWN_SOURCE = "workings/"
"""Begins the data_source of the rows that this file rewards; others are left to verl's own functions."""
ANSWER_MAX_CHARS = 2000
DIGITS_MAX = 400
_BOX = "\\boxed{"
_LAYOUT = re.compile(r"\\(?:left|right|displaystyle|limits)(?![a-zA-Z])|\\[,;:! ]|[~$\s]")
_WORDS = re.compile(r"\\(?:text|textbf|mathrm|mathbf|operatorname)\s*\{([^{}]*)\}")
_FRACTION = re.compile(r"([+-]?)\\frac(\d|\{[+-]?\d+\})(\d|\{[+-]?\d+\})")
_POWER = re.compile(r"([^\\×*]+)(?:\\times|\\cdot|×|\*)10\^\{?([+-]?\d{1,3})\}?")
_PLAIN = re.compile(r"[+-]?(?:\d+\.?\d*|\.\d+)(?:[eE][+-]?\d{1,3})?")
_RATIO = re.compile(r"([+-]?\d+)/(\d+)")
_LABEL = re.compile(r"\b[a-z]\b")
_THOUSANDS = re.compile(r"[+-]?\d{1,3}(?:,\d{3})+(?:\.\d+)?")


def compute_score(
    data_source: str, solution_str: str, ground_truth: str, extra_info: Mapping[str, Any] | None = None, **options: Any
) -> Any:
    """Verl: reward one answer."""
    if not data_source.startswith(OWN_SOURCE):
        verl = import_module("verl.utils.reward_score")
        return verl.default_compute_score(data_source, solution_str, ground_truth, extra_info, **options)
    facts = extra_info or {}
    gold = [ground_truth, *json.loads(facts["also"])]
    return float(is_right(solution_str, gold, facts["kind"], facts["absolute"], facts["relative"]))


def answer_reward(
    completions: Sequence[Any],
    answer: Sequence[str],
    also: Sequence[str],
    kind: Sequence[str],
    absolute: Sequence[float],
    relative: Sequence[float],
    **_columns: Any,
) -> list[float]:
    """TRL: reward a batch of answers, each a string or a list of messages."""
    texts = [text if isinstance(text, str) else text[-1]["content"] for text in completions]
    golds = [[text, *json.loads(others)] for text, others in zip(answer, also, strict=True)]
    rows = zip(texts, golds, kind, absolute, relative, strict=True)
    return [float(is_right(*row)) for row in rows]


def grade(sample: Mapping[str, Any], item: Mapping[str, Any]) -> float:
    """Openai: reward one answer, without math-verify."""
    given = last_box(sample["output_text"]) or ""
    gold = [item["reference_answer"], *item["also"]]
    return float(any(is_same(given, one, item["kind"], item["absolute"], item["relative"]) for one in gold))


def is_right(completion: str, gold: Sequence[str], kind: str, absolute: float = 0.0, relative: float = 0.0) -> bool:
    """Tell whether what stands in the last box is one of the right answers."""
    given = last_box(completion)
    if given is None or len(given) > ANSWER_MAX_CHARS:
        return False
    found = [is_same(given, one, kind, absolute, relative) for one in gold]
    if True in found or None not in found:
        return True in found
    return any(_is_same_formula(given, one, kind) for one in gold)


def is_same(given: str, expected: str, kind: str, absolute: float = 0.0, relative: float = 0.0) -> bool | None:
    """Compare two answers of a kind; None where only algebra can tell."""
    if kind in NUMBERS:
        return _is_same_number(given, expected, absolute, relative)
    if kind in COLLECTIONS:
        return _is_same_collection(given, expected, kind)
    if kind in FORMULAS:
        return True if plain(given) == plain(expected) else None
    if kind == "choice":
        return set(_LABEL.findall(_letters(given))) == set(_LABEL.findall(_letters(expected)))
    return _letters(given) == _letters(expected)


def last_box(text: str) -> str | None:
    r"""Take out what stands in the last \boxed{…}; None when there is none or it is not closed."""
    start = text.rfind(_BOX)
    if start < 0:
        return None
    depth = 1
    for place in range(start + len(_BOX), len(text)):
        depth += (text[place] == "{") - (text[place] == "}")
        if depth == 0:
            return text[start + len(_BOX) : place]
    return None


def plain(text: str) -> str:
    """Take the layout out of a formula."""
    bare = _LAYOUT.sub("", _WORDS.sub(r"\1", text))
    return bare.replace("dfrac", "frac").replace("tfrac", "frac").replace("{,}", ",").replace("−", "-")


def number(text: str) -> Fraction | None:
    """Read a number exactly; None when the text is none, or a longer one than anybody means."""
    text = plain(text)
    if len(text) > DIGITS_MAX:
        return None
    if _THOUSANDS.fullmatch(text):
        text = text.replace(",", "")
    if _PLAIN.fullmatch(text):
        return Fraction(text)
    power = _POWER.fullmatch(text)
    if power:
        return Fraction(power[1]) * Fraction(10) ** int(power[2]) if _PLAIN.fullmatch(power[1]) else None
    ratio, fraction = _RATIO.fullmatch(text), _FRACTION.fullmatch(text)
    if ratio:
        return _divided(ratio[1], ratio[2])
    if not fraction:
        return None
    found = _divided(fraction[2].strip("{}"), fraction[3].strip("{}"))
    return -found if found is not None and fraction[1] == "-" else found


def _divided(above: str, below: str) -> Fraction | None:
    try:
        return Fraction(int(above), int(below))
    except (ValueError, ZeroDivisionError):
        return None


def _is_same_number(given: str, expected: str, absolute: float, relative: float) -> bool | None:
    if plain(given) == plain(expected):
        return True
    found, wanted = number(given.rpartition("=")[2]), number(expected)
    if found is None or wanted is None:
        return None
    return abs(found - wanted) <= max(Fraction(absolute), Fraction(relative) * abs(wanted))


def _is_same_collection(given: str, expected: str, kind: str) -> bool:
    found, wanted = _elements(given), _elements(expected)
    if kind == "tuple":
        return len(found) == len(wanted) and all(map(_is_same_element, found, wanted))
    found, wanted = _distinct(found), _distinct(wanted)
    return len(found) == len(wanted) and all(any(_is_same_element(one, other) for other in wanted) for one in found)


def _elements(text: str) -> list[str]:
    r"""Split "\{1, (2, 3)\}" at the commas outside of inner brackets."""
    text = plain(text).replace("\\{", "{").replace("\\}", "}").replace("\\lbrace", "{").replace("\\rbrace", "}")
    text = text.rpartition("=")[2]
    if len(text) > 1 and text[0] in "({[" and text[-1] in ")}]":
        text = text[1:-1]
    parts, depth = [""], 0
    for char in text:
        depth += (char in "({[") - (char in ")}]")
        if char in ",;" and depth == 0:
            parts.append("")
        else:
            parts[-1] += char
    return [part for part in parts if part]


def _distinct(elements: Sequence[str]) -> list[str]:
    kept: list[str] = []
    for one in elements:
        if not any(_is_same_element(one, other) for other in kept):
            kept.append(one)
    return kept


def _is_same_element(one: str, other: str) -> bool:
    left, right = number(one), number(other)
    return one == other if left is None or right is None else left == right


def _letters(text: str) -> str:
    """Bring a text into the form in which case, spaces and forms of characters do not count."""
    text = unicodedata.normalize("NFKC", _WORDS.sub(r"\1", text)).casefold()
    return re.sub(r"\s+", " ", text).strip(" .$")


def _is_same_formula(given: str, expected: str, kind: str) -> bool:
    try:
        from math_verify import parse, verify  # noqa: PLC0415 - only formulas need it
    except ImportError:
        if kind in FORMULAS:
            raise
        return False
    return bool(verify(parse(f"\\boxed{{{expected}}}"), parse(f"\\boxed{{{given}}}")))
