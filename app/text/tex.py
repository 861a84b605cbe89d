r"""Formulas in a text: where they are, whether their brackets balance, and how much of them a page may carry."""

import re
from dataclasses import dataclass

from app.text.segments import find_segments

FORMULA_MAX_CHARS = 4_000
FORMULA_MAX_DEPTH = 64
DOCUMENT_MAX_FORMULAS = 300
DOCUMENT_MAX_CHARS = 60_000

_PIECE = re.compile(r"\\(?:[A-Za-z]+\*?|[\s\S])|[{}$%\n]|\\$")
_ENVIRONMENT = re.compile(r"\s*\{([^{}\\$%\n]{1,40})\}")
_DELIMITER = re.compile(r"\s*(?:\\[A-Za-z]+|\\[|{}]|[()\[\]|/.<>\u2016\u2308-\u230b\u27e8\u27e9])")
_TEXT_COMMANDS = frozenset(
    {"\\text", "\\textrm", "\\textbf", "\\textit", "\\textsf", "\\texttt", "\\textnormal", "\\mbox", "\\hbox", "\\tag"}
)
_TEX_LIKE = re.compile(r"\\[A-Za-z]{2,}|[\^_]\{|[A-Za-z0-9)]\^[A-Za-z0-9({\\]")
_OPENED = re.compile(r"\\[\s\S]|\$\$?")


@dataclass(frozen=True, slots=True)
class Formula:
    """One formula: `text[start:end]` holds it with its delimiters, `source` is the TeX between them."""

    start: int
    end: int
    source: str
    display: bool


@dataclass(frozen=True, slots=True)
class Fault:
    """Something in a formula or a text that TeX will stumble over: where, and a sentence."""

    position: int
    sentence: str


def find_formulas(text: str) -> list[Formula]:
    """List the formulas of a Markdown text in order, by the rule written in `app.text.segments`."""
    return [
        Formula(part.start, part.end, part.source, part.display)
        for part in find_segments(text)
        if part.kind == "formula"
    ]


def brace_depth(source: str) -> int:
    r"""Give how deep braces, \left pairs and environments are nested in one formula."""
    depth = deepest = 0
    for match in _PIECE.finditer(source):
        piece = match.group()
        if piece in ("{", "\\left", "\\begin"):
            depth += 1
            deepest = max(deepest, depth)
        elif piece in ("}", "\\right", "\\end"):
            depth = max(0, depth - 1)
    return deepest


def formula_limit(source: str) -> str | None:
    """Say in a sentence why one formula is too large to be set; None when it is not."""
    if len(source) > FORMULA_MAX_CHARS:
        return f"This formula has {len(source):,} characters; at most {FORMULA_MAX_CHARS:,} are set. Split it."
    if brace_depth(source) > FORMULA_MAX_DEPTH:
        return f"This formula is nested more than {FORMULA_MAX_DEPTH} deep. Give its parts names."
    return None


def limit_faults(text: str) -> list[Fault]:
    """List where a text goes over the limits of formulas: each one's size and depth, their number, their sum."""
    formulas = find_formulas(text)
    faults = [Fault(each.start, limit) for each in formulas if (limit := formula_limit(each.source)) is not None]
    if len(formulas) > DOCUMENT_MAX_FORMULAS:
        sentence = f"This text has {len(formulas):,} formulas; at most {DOCUMENT_MAX_FORMULAS} are set. Split the text."
        faults.append(Fault(formulas[DOCUMENT_MAX_FORMULAS].start, sentence))
    total = sum(len(each.source) for each in formulas)
    if total > DOCUMENT_MAX_CHARS:
        sentence = f"The formulas of this text have {total:,} characters; at most {DOCUMENT_MAX_CHARS:,} are set."
        faults.append(Fault(formulas[-1].start, f"{sentence} Split the text."))
    return faults


def balance_faults(source: str) -> list[Fault]:
    r"""List what does not balance in the TeX of one formula: braces, \left and \right, environments, dollars.

    Positions count from the beginning of `source`. A dollar is at home only inside \text{...} and its kin.
    """
    return _Balance(source).faults()


def text_faults(text: str) -> list[Fault]:
    r"""List the faults of all formulas of a text, and the delimiters in its prose that open a formula and never close.

    A single dollar counts only when TeX follows it on its line; otherwise it is money.
    """
    faults: list[Fault] = []
    position = 0
    for part in [*find_segments(text), None]:
        end = part.start if part is not None else len(text)
        faults += _unclosed(text, position, end)
        if part is not None:
            position = part.end
            if part.kind == "formula":
                faults += [Fault(part.start, fault.sentence) for fault in balance_faults(part.source)]
    return faults


def _unclosed(text: str, start: int, end: int) -> list[Fault]:
    """List the formula delimiters that were left open in a stretch of prose."""
    faults = []
    for match in _OPENED.finditer(text, start, end):
        mark = match.group()
        if mark in ("$$", "\\(", "\\[", "\\)", "\\]"):
            what = "opens no formula that closes" if mark in ("$$", "\\(", "\\[") else "closes a formula never opened"
            faults.append(Fault(match.start(), f"{mark} {what} in the same paragraph."))
        elif mark == "$":
            line_end = text.find("\n", match.end(), end)
            if _TEX_LIKE.search(text, match.end(), line_end if line_end >= 0 else end):
                faults.append(Fault(match.start(), "A $ stands alone before TeX: close the formula, or write \\$."))
    return faults


@dataclass(slots=True)
class _Open:
    r"""Something that waits for its other half: a brace, a \left or an environment."""

    kind: str
    name: str
    position: int
    text_mode: bool


class _Balance:
    """One pass over one formula with a stack of what is open."""

    def __init__(self, source: str) -> None:
        self.source = source
        self.stack: list[_Open] = []
        self.found: list[Fault] = []
        self.text_mode = False
        self.dollar: int | None = None

    def faults(self) -> list[Fault]:
        """Read the formula once and say what did not fit."""
        position, previous = 0, ""
        while (match := _PIECE.search(self.source, position)) is not None:
            piece = match.group()
            position = match.end()
            if piece == "%":
                line_end = self.source.find("\n", position)
                position = line_end if line_end >= 0 else len(self.source)
            elif piece != "\n":
                position = self._read(piece, match.start(), position, previous)
            previous = piece
        if self.dollar is not None:
            self._fault(self.dollar, "A $ inside \\text is not closed.")
        for still in self.stack:
            self._fault(still.position, f"{still.name} is not closed.")
        return sorted(self.found, key=lambda fault: fault.position)

    def _fault(self, position: int, sentence: str) -> None:
        self.found.append(Fault(position, sentence))

    def _read(self, piece: str, at: int, after: int, previous: str) -> int:
        if piece == "{":
            self._open("{", "{", at, text_mode=self.text_mode or previous in _TEXT_COMMANDS)
        elif piece == "}":
            self._close("{", "}", at)
        elif piece == "$":
            self._dollar(at)
        elif piece in ("\\left", "\\right"):
            return self._left_or_right(piece, at, after)
        elif piece in ("\\begin", "\\end"):
            return self._environment(piece, at, after)
        elif piece == "\\":
            self._fault(at, "A backslash stands alone at the end.")
        return after

    def _open(self, kind: str, name: str, at: int, *, text_mode: bool) -> None:
        self.stack.append(_Open(kind, name, at, self.text_mode))
        self.text_mode = text_mode

    def _close(self, kind: str, name: str, at: int) -> None:
        if self.stack and self.stack[-1].kind == kind:
            self.text_mode = self.stack.pop().text_mode
        elif any(still.kind == kind for still in self.stack):
            while self.stack[-1].kind != kind:
                crossed = self.stack.pop()
                self._fault(crossed.position, f"{crossed.name} is not closed before {name}.")
            self.text_mode = self.stack.pop().text_mode
        else:
            self._fault(at, f"{name} closes nothing.")

    def _dollar(self, at: int) -> None:
        if self.dollar is not None:
            self.dollar = None
        elif self.text_mode:
            self.dollar = at
        else:
            self._fault(at, "A $ stands inside the formula: remove it, or write \\$.")

    def _left_or_right(self, piece: str, at: int, after: int) -> int:
        delimiter = _DELIMITER.match(self.source, after)
        if delimiter is None:
            self._fault(at, f"{piece} needs a bracket after it (a full stop for none).")
        if piece == "\\left":
            self._open("\\left", "\\left", at, text_mode=self.text_mode)
        else:
            self._close("\\left", "\\right", at)
        return delimiter.end() if delimiter is not None else after

    def _environment(self, piece: str, at: int, after: int) -> int:
        named = _ENVIRONMENT.match(self.source, after)
        if named is None:
            self._fault(at, f"{piece} needs the name of an environment in braces.")
            return after
        name = named.group(1)
        if piece == "\\begin":
            self._open(f"\\begin{{{name}}}", f"\\begin{{{name}}}", at, text_mode=False)
        else:
            self._close(f"\\begin{{{name}}}", f"\\end{{{name}}}", at)
        return named.end()
