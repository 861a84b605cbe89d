"""Reads units as people write them and converts between them; pint knows what each name means."""

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from fractions import Fraction
from functools import cache, lru_cache
from typing import Any

from app.verifiers.formula.nodes import Unreadable
from app.verifiers.formula.tokens import prepare

UNIT_MAX_CHARS = 200
EXPONENT_MAX = 20
_SAME_NAMES = {
    "°C": "degC", "celsius": "degC", "centigrade": "degC", "°F": "degF", "fahrenheit": "degF", "°": "degree",
    "°K": "kelvin", "deg": "degree", "%": "percent", "Å": "angstrom", "Kg": "kg", "KG": "kg", "Km": "km", "KM": "km",
    "hrs": "hour", "Hr": "hour", "Hrs": "hour", "mins": "minute", "Min": "minute", "secs": "second", "Sec": "second",
    "yrs": "year", "mnths": "month", "kmh": "kph", "kmph": "kph", "Mph": "mph", "MPH": "mph", "sqm": "meter^2",
    "ℓ": "liter", "cals": "calorie", "Cal": "kilocalorie", "米": "meter", "厘米": "centimeter", "毫米": "millimeter",
    "千米": "kilometer", "公里": "kilometer", "秒": "second", "分钟": "minute", "小时": "hour", "克": "gram",
    "千克": "kilogram", "公斤": "kilogram", "吨": "metric_ton", "牛": "newton", "牛顿": "newton", "焦": "joule",
    "焦耳": "joule", "瓦": "watt", "伏": "volt", "安": "ampere", "欧姆": "ohm", "帕": "pascal", "度": "degree",
}  # fmt: skip
_MONEY: dict[str, tuple[str, int | Fraction]] = {
    "$": ("USD", 1), "usd": ("USD", 1), "dollar": ("USD", 1), "dollars": ("USD", 1), "cent": ("USD", Fraction(1, 100)),
    "cents": ("USD", Fraction(1, 100)), "¢": ("USD", Fraction(1, 100)), "€": ("EUR", 1), "eur": ("EUR", 1),
    "euro": ("EUR", 1), "euros": ("EUR", 1), "£": ("GBP", 1), "gbp": ("GBP", 1), "¥": ("CNY or JPY", 1),
    "cny": ("CNY", 1), "rmb": ("CNY", 1), "yuan": ("CNY", 1), "元": ("CNY", 1), "jpy": ("JPY", 1), "yen": ("JPY", 1),
    "円": ("JPY", 1), "inr": ("INR", 1), "₹": ("INR", 1), "rupees": ("INR", 1), "baht": ("THB", 1), "บาท": ("THB", 1),
}  # fmt: skip
_DOUBTFUL = frozenset({"ton", "tons", "oz", "gallon", "gallons", "pint", "pints", "cup", "cups", "month", "months"})
"""Names of several different units."""
_REFUSED = frozenset({"k", "e", "G", "R", "dB", "Np", "B", "x", "y"})
"""Letters that pint takes for constants of nature, or that are no multiples of one unit."""
_OFFSETS = {"degree_Celsius": Fraction("273.15"), "degree_Fahrenheit": Fraction("459.67")}
_TOKEN = re.compile(r"\s*(?:(°[CFK](?![^\W\d_])|[^\W\d_]+|[°%$€£¥₹¢])|(-?\d+)|(\*\*|[*/^()·]|-))")
_TEX = (
    (re.compile(r"\\(?:text|mathrm|textrm|mathit|operatorname|rm|mbox)\s*\{([^{}]*)\}"), r" \1 "),
    (re.compile(r"\\[dt]?frac\s*\{([^{}]*)\}\s*\{([^{}]*)\}"), r"(\1)/(\2)"),
    (re.compile(r"\\(?:left|right|rm)(?![a-zA-Z])|\\[,;:! ]|~|\$(?=\S)|(?<=\S)\$"), " "),
    (re.compile(r"\\(?:cdot|times)(?![a-zA-Z])"), "*"),
    (re.compile(r"\^\s*\{?\s*\\circ\s*\}?\s*|\\degree\s*|\\circ\s*"), "°"),
    (re.compile(r"\\(?:Omega|ohm)(?![a-zA-Z])"), "ohm"),
    (re.compile(r"\\mu\s*(?![a-zA-Z]{3})"), "μ"),
    (re.compile(r"\\(?:AA|r\{A\}|angstrom)(?![a-zA-Z])"), "Å"),
    (re.compile(r"\\%"), "%"),
    (re.compile(r"\\\$"), "$"),
    (re.compile(r"\^\s*\{\s*(-?\d+)\s*\}"), r"^\1"),
)


@dataclass(frozen=True, slots=True)
class Unit:
    """A unit by its dimension and its size in basic units; `offset` is where its scale begins."""

    dimension: Mapping[str, Fraction] = field(default_factory=dict)
    factor: Fraction = Fraction(1)
    offset: Fraction = Fraction(0)
    is_doubtful: bool = False
    text: str = ""

    @property
    def is_plain(self) -> bool:
        """Tell whether it measures a bare number."""
        return not self.dimension


def read_unit(text: str) -> Unit:
    """Read a unit such as m/s^2, kg m² s⁻² or km per hour, TeX or plain; raises Unreadable for unknown names."""
    if len(text) > UNIT_MAX_CHARS:
        raise Unreadable("its unit is too long")
    bare = _bare(text)
    if not bare or bare == "1":
        return Unit(text=text)
    parser = _Parser(bare)
    unit = parser.product()
    if parser.peek() is not None:
        raise Unreadable("its unit cannot be read")
    return Unit(unit.dimension, unit.factor, unit.offset, unit.is_doubtful or parser.is_doubtful, text.strip())


def _bare(text: str) -> str:
    """Turn TeX and signs of Unicode into names, exponents, * and /."""
    text = text.strip()
    text = re.sub(r"^\$(.*)\$$", r"\1", text) if text != "$" else text
    text = text.replace("°", "§").replace("℃", "§C").replace("℉", "§F").replace("º", "§").replace("Ω", "ohm")
    text = prepare(text.replace("Ω", "ohm").replace("µ", "μ")).replace("§", "°")
    for pattern, replacement in _TEX:
        text = pattern.sub(replacement, text)
    text = re.sub(r"\bper\b|(?<=\w)每|每", "/", text)
    text = re.sub(r"\b(square|sq\.?|cubic|cu\.?)\s+([^\W\d_]+)", _raised, text)
    text = re.sub(
        r"([^\W\d_]+)\s+(squared|cubed)\b", lambda found: f"{found[1]}^{2 if found[2] == 'squared' else 3}", text
    )
    return re.sub(r"°\s+(?=[CFK]\b)", "°", text).strip(" .")


def _raised(found: re.Match[str]) -> str:
    return f"{found[2]}^{2 if found[1].startswith('s') else 3}"


class _Parser:
    """Factors with *, / or nothing between; "/" holds for the next factor only, which is said to be doubtful."""

    def __init__(self, text: str) -> None:
        self._tokens: list[tuple[str, str]] = []
        self._at = 0
        self._depth = 0
        self.is_doubtful = False
        place = 0
        while place < len(text):
            found = _TOKEN.match(text, place)
            if found is None:
                raise Unreadable("its unit cannot be read")
            self._tokens += [(kind, found[n]) for n, kind in ((1, "name"), (2, "number"), (3, "sign")) if found[n]]
            if found[2] and found[0] != found[2] and self._tokens[-2:][0][0] == "name":
                raise Unreadable("a number stands among its units")  # 3 hours 20 minutes, which is no hours^20
            place = found.end()

    def peek(self) -> tuple[str, str] | None:
        return self._tokens[self._at] if self._at < len(self._tokens) else None

    def _accept(self, *signs: str) -> str | None:
        token = self.peek()
        if token is not None and token[0] == "sign" and token[1] in signs:
            self._at += 1
            return token[1]
        return None

    def product(self) -> Unit:
        factors = [self._factor()]
        after_slash = False
        while True:
            sign = self._accept("*", "·", "/")
            token = self.peek()
            if sign is None and (token is None or (token[0] == "sign" and token[1] != "(")):
                return _product(factors)
            self.is_doubtful = self.is_doubtful or (after_slash and sign != "/")
            after_slash = after_slash or sign == "/"
            factors.append(_power(self._factor(), Fraction(-1 if sign == "/" else 1)))

    def _factor(self) -> Unit:
        if self._accept("("):
            self._depth += 1
            if self._depth > EXPONENT_MAX:
                raise Unreadable("its unit is nested too deeply")
            unit = self.product()
            self._depth -= 1
            if self._accept(")") is None:
                raise Unreadable("a bracket is missing in its unit")
        else:
            kind, name = self.peek() or ("end", "")
            self._at += 1
            if kind == "number" and name == "1":
                unit = Unit()
            elif kind == "name":
                unit = named_unit(name)
            else:
                raise Unreadable("its unit cannot be read")
        return _power(unit, self._exponent())

    def _exponent(self) -> Fraction:
        is_raised = self._accept("^", "**") is not None
        is_negative = is_raised and self._accept("-") is not None
        token = self.peek()
        if token is None or token[0] != "number":
            if is_raised:
                raise Unreadable("an exponent is missing in its unit")
            return Fraction(1)
        self._at += 1
        exponent = int(token[1]) if len(token[1]) <= len("-20") else EXPONENT_MAX + 1
        if abs(exponent) > EXPONENT_MAX:
            raise Unreadable("an exponent in its unit is too large")
        return Fraction(-exponent if is_negative else exponent)


def _power(unit: Unit, exponent: Fraction) -> Unit:
    if exponent == 1:
        return unit
    dimension = {name: power * exponent for name, power in unit.dimension.items()}
    return Unit(dimension, Fraction(unit.factor**exponent), Fraction(0), unit.is_doubtful)


def _product(units: Iterable[Unit]) -> Unit:
    units = list(units)
    if len(units) == 1:
        return units[0]
    dimension: dict[str, Fraction] = {}
    factor = Fraction(1)
    for unit in units:
        factor *= unit.factor
        for name, power in unit.dimension.items():
            dimension[name] = dimension.get(name, Fraction(0)) + power
    plain = {name: power for name, power in dimension.items() if power}
    return Unit(plain, factor, Fraction(0), any(unit.is_doubtful for unit in units))


@lru_cache(maxsize=1000)
def named_unit(name: str) -> Unit:
    """Look one name up; raises Unreadable when it is no unit."""
    money = _MONEY.get(name.lower())
    if money is not None:
        return Unit({f"money in {money[0]}": Fraction(1)}, Fraction(money[1]))
    known = _SAME_NAMES.get(name, name)
    base, _, power = known.partition("^")
    for spelling in (base, base.lower()):
        if spelling in _REFUSED or (spelling != base and len(base) <= 3):  # noqa: PLR2004 - Pa is no pa, MW no mw
            continue
        found = _looked_up(spelling)
        if found is not None:
            doubtful = Unit(found.dimension, found.factor, found.offset, spelling in _DOUBTFUL)
            return _power(doubtful, Fraction(power)) if power else doubtful
    raise Unreadable("its unit is not known here")


def _looked_up(name: str) -> Unit | None:
    registry = _registry()
    candidates = registry.parse_unit_name(name)
    if not candidates:
        return None
    size: Any = registry.get_root_units(name)[0]
    dimension = {str(part).strip("[]"): Fraction(power) for part, power in registry.get_dimensionality(name).items()}
    factor = size if isinstance(size, Fraction) else Fraction(str(size))
    return Unit(dimension, factor, _OFFSETS.get(candidates[0][1], Fraction(0)))


@cache
def _registry() -> Any:
    import pint  # noqa: PLC0415 - half a second to load, and only quantities need it

    return pint.UnitRegistry(non_int_type=Fraction, cache_folder=None)
