"""The one renderer: Markdown with formulas in, HTML that is safe in a page out."""

import logging
import re
from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache

from markdown_it import MarkdownIt
from markdown_it.common.utils import escapeHtml
from markupsafe import Markup

from app.text.invisible import count_suspects, find_invisible, spell_out
from app.text.markdown_parser import OverBudget, Page, badged, make_parser
from app.text.sanitizer import sanitize
from app.text.tex import DOCUMENT_MAX_CHARS, DOCUMENT_MAX_FORMULAS, Formula, find_formulas, formula_limit

MARKDOWN_MAX_CHARS = 200_000
INVISIBLE_MAX = 20_000
HTML_MAX_BYTES = 2 * 1024 * 1024
_CACHED_MAX_CHARS = 8_000
_HALF_CHARACTER = re.compile("[\ud800-\udfff]")
_HEADING_PREFIX = re.compile(r"[a-z][a-z0-9]*-(?:[a-z0-9]+-)*")
_LOG = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Rendered:
    """HTML for a page, to be put inside the template's own box; `reason` says why it is only the source, if it is."""

    html: Markup
    reason: str | None = None


def render_markdown(text: str, *, heading_prefix: str = "u-") -> Rendered:
    r"""Turn what a person wrote into HTML that is safe in a page; never raises on any text.

    CommonMark with tables and strikethrough, without raw HTML; formulas become <span class="tex">source</span> for the
    browser to set. Links lead to http, https (through /leave), mailto or a heading; pictures are our attachments; other
    addresses are shown as code. Heading ids begin with `heading_prefix` (letters, digits, ends in a hyphen), so that
    two texts on one page do not share them. Over 200,000 characters, 2 MiB of HTML or the budget of work (400,000
    attempts of a rule, 120,000 elements, 1 s of
    processor time, 50 levels) the source comes back with the reason.
    """
    if not _HEADING_PREFIX.fullmatch(heading_prefix):
        raise ValueError("A heading prefix is made of small letters, digits and hyphens and ends in a hyphen.")
    if len(text) <= _CACHED_MAX_CHARS:
        return _render_cached(text, heading_prefix)
    return _render(text, heading_prefix)


@lru_cache(maxsize=512)
def _render_cached(text: str, heading_prefix: str) -> Rendered:
    """Render a text of ordinary length; pages show the same ones again and again."""
    return _render(text, heading_prefix)


@lru_cache(maxsize=1)
def _parser() -> MarkdownIt:
    return make_parser()


def _render(text: str, heading_prefix: str) -> Rendered:
    whole = _HALF_CHARACTER.sub("\ufffd", text)
    if len(whole) > MARKDOWN_MAX_CHARS:
        return _as_source(whole, f"It has {len(whole):,} characters; up to {MARKDOWN_MAX_CHARS:,} are laid out.")
    if count_suspects(whole) > INVISIBLE_MAX:
        return _as_source(whole, f"It holds more than {INVISIBLE_MAX:,} invisible characters.")
    try:
        html = sanitize(_lay_out(whole.replace("\r\n", "\n").replace("\r", "\n"), heading_prefix))
    except OverBudget as limit:
        return _as_source(whole, str(limit))
    except Exception:  # noqa: BLE001 - a fault in the parser must cost the layout, never the page with somebody's work
        _LOG.exception("a text of %d characters could not be laid out", len(whole))
        return _as_source(whole, "Laying it out failed; the administrator finds the reason in the log.")
    if len(html.encode("utf-8")) > HTML_MAX_BYTES:
        return _as_source(whole, "Laid out it would be larger than 2 MiB.")
    return Rendered(Markup(html))


def _as_source(text: str, reason: str) -> Rendered:
    """Show the source and why; invisible characters are spelled without badges, which would make it larger still."""
    shown = escapeHtml(spell_out(text[:MARKDOWN_MAX_CHARS]))
    more = ""
    if len(text) > MARKDOWN_MAX_CHARS:
        more = f" The first {MARKDOWN_MAX_CHARS:,} are shown here; the whole text is kept."
    html = (
        f'<p><em>This text is shown as written. {reason}{more}</em></p>\n<pre tabindex="0"><code>{shown}</code></pre>'
    )
    return Rendered(Markup(sanitize(html)), reason)


def _lay_out(text: str, heading_prefix: str) -> str:
    """Parse with a stand-in for each formula, so that Markdown sees no emphasis, list or table cell inside it."""
    formulas = find_formulas(text)
    sign = _unused_character(text) if formulas else "\ue000"
    numbers: dict[tuple[str, str], int] = {}
    parts: list[str] = []
    position = 0
    for formula, shown in zip(formulas, _shown(text, formulas), strict=True):
        written = text[formula.start : formula.end]
        # The same formula gets the same number wherever it stands: it may be part of a link's label.
        number = numbers.setdefault((written, shown), len(numbers))
        parts += [text[position : formula.start], f"{sign}{number}{sign}"]
        position = formula.end
    parts.append(text[position:])
    page = Page(heading_prefix, re.compile(f"{sign}(\\d+){sign}" if formulas else "(?!)()"), list(numbers))
    rendered: str = _parser().render("".join(parts), {"page": page})
    return rendered


def _shown(text: str, formulas: Sequence[Formula]) -> list[str]:
    """Say how each formula is shown: set by the browser, or as code where it is over a limit or hides something."""
    shown: list[str] = []
    chars = 0
    for index, formula in enumerate(formulas):
        chars += len(formula.source)
        within = index < DOCUMENT_MAX_FORMULAS and chars <= DOCUMENT_MAX_CHARS and formula_limit(formula.source) is None
        if within and not find_invisible(formula.source, strict=True):
            kind = "tex tex--display" if formula.display else "tex"
            shown.append(f'<span class="{kind}">{escapeHtml(formula.source)}</span>')
        else:
            shown.append(f"<code>{badged(text[formula.start : formula.end], strict=True)}</code>")
    return shown


def _unused_character(text: str) -> str:
    """Pick a private-use character that the text does not hold; a text can not hold all 137,000 and be rendered."""
    used = set(text)
    private = (*range(0xE000, 0xF900), *range(0xF0000, 0xFFFFE), *range(0x100000, 0x10FFFE))
    free = next((chr(code) for code in private if chr(code) not in used), None)
    if free is None:
        raise OverBudget("It is made of private-use characters.")
    return free
