"""Asks math-verify about sums, integrals, limits and the like, which are not read here; in the child process only."""

import logging
import re
from typing import Any

import sympy
from latex2sympy2_extended.math_normalization import NormalizationConfig
from math_verify import LatexExtractionConfig, parse

from app.verifiers.formula.algebra import to_sympy
from app.verifiers.formula.commands import is_for_the_library
from app.verifiers.formula.parser import parse as parse_here

logging.getLogger("math_verify").setLevel(logging.CRITICAL)
_KEEP_ALL = NormalizationConfig(
    basic_latex=True, units=False, malformed_operators=False, nits=False, boxed="none", equations=False
)
_READ = [LatexExtractionConfig(boxed_match_priority=-1, normalization_config=_KEEP_ALL)]
_LETTER = re.compile(r"[A-Za-z]|\\?[a-z]+")
DIGITS = 30


def confirms(given: str, expected: str) -> bool:
    """Tell whether the library finds two formulas to be equal; False says nothing, for it is known to miss much.

    It is asked only about texts of known commands, since it overlooks words; and its answer counts only when digits
    or algebra say the same.
    """
    try:
        left, right = _read(given), _read(expected)
        if left is None or right is None:
            return False
        names = {str(letter): letter for letter in left.free_symbols}
        right = right.subs({letter: names[str(letter)] for letter in right.free_symbols})
        difference = sympy.simplify((left - right).doit())
        if difference.free_symbols or difference == 0:
            return bool(difference == 0)
        size = max(abs(sympy.N(right.doit(), DIGITS)), 1)
        return bool(abs(sympy.N(difference, DIGITS)) < size * sympy.Float(10) ** (5 - DIGITS))
    except Exception:  # noqa: BLE001 - whatever the library trips over, it has confirmed nothing
        return False


def _read(text: str) -> Any:
    if not is_for_the_library(text):
        return to_sympy(parse_here(text).node, {})
    found = parse(f"${text}$", extraction_config=_READ, parsing_timeout=None, fallback_mode="no_fallback")
    if not found or not isinstance(found[0], sympy.Expr):
        return None
    return found[0]
