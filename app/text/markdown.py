"""The one renderer: Markdown with formulas to HTML that is safe to show, whoever wrote it."""

import re
from dataclasses import dataclass
from functools import lru_cache
from html import escape
from urllib.parse import quote, urlsplit

import nh3
from markdown_it import MarkdownIt
from markdown_it.token import Token

from app.text.fingerprints import normalise
from app.text.invisible import describe, find_invisible
from app.text.segments import Segment, find_segments
from app.text.tex import formula_limit

TEXT_MAX_CHARS = 200_000
HTML_MAX_CHARS = 2 << 20
TABLE_MAX_COLUMNS = 50
TABLE_MAX_ROWS = 500
NESTING_MAX = 40
_ATTACHMENT = re.compile(r"/attachments/[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}")
_LANGUAGE = re.compile(r"language-[A-Za-z0-9+#-]{1,30}")
_CLASSES = {"span": {"tex", "tex--display", "invisible-char"}, "th": {"align-right", "align-center"}}
_CLASSES["td"] = _CLASSES["th"]
_TAGS = set(
    "p br hr h1 h2 h3 h4 h5 h6 blockquote pre code em strong s ul ol li a img span table thead tbody tr th td".split()  # noqa: SIM905 - a word list reads best as words
)
_ATTRIBUTES = {
    "a": {"href", "title", "target"},
    "img": {"src", "alt", "title"},
    "code": {"class"},
    "span": {"class", "title"},
    "th": {"class"},
    "td": {"class"},
    "ol": {"start"},
    **{f"h{level}": {"id"} for level in range(1, 7)},
}
# Characters that Unicode reserves for private use stand for a formula while Markdown is read.
_MARKS = [(chr(0xE000 + 2 * n), chr(0xE001 + 2 * n)) for n in range(64)]


@dataclass(frozen=True, slots=True)
class Rendered:
    """Safe HTML; `fault` says why the source is shown instead, when it is."""

    html: str
    fault: str | None = None


def render_markdown(text: str, *, heading_prefix: str = "u-") -> Rendered:
    """Render user text; never raises. Over a limit the source is shown, with a sentence that says which.

    Links lead to http, https, mailto or an anchor, external ones through /leave; images are own attachments only.
    Heading ids begin with `heading_prefix`, so that no text can take an id of the page.
    """
    if len(text) > TEXT_MAX_CHARS:
        return _as_source(text[:TEXT_MAX_CHARS], f"This text is longer than {TEXT_MAX_CHARS:,} characters.")
    marks = next((pair for pair in _MARKS if pair[0] not in text and pair[1] not in text), None)
    if marks is None:
        return _as_source(text, "This text uses too many private characters to be set.")
    try:
        html = _Rendering(text, marks, heading_prefix).html()
    except RecursionError:
        return _as_source(text, "This text is nested too deeply.")
    except _OverLimit as over:
        return _as_source(text, str(over))
    if len(html) > HTML_MAX_CHARS:
        return _as_source(text, "This text becomes too large when it is set.")
    return Rendered(html)


def _as_source(text: str, fault: str) -> Rendered:
    return Rendered(f"<p>{escape(fault)} Its source:</p>\n<pre><code>{escape(text)}</code></pre>\n", fault)


class _OverLimit(Exception):
    """A table is larger than a page can show."""


@lru_cache(maxsize=1)
def _parser() -> MarkdownIt:
    parser = MarkdownIt("commonmark", {"html": False, "linkify": False, "maxNesting": NESTING_MAX})
    parser.enable(["table", "strikethrough"])
    parser.disable(["html_block", "html_inline"])
    parser.validateLink = _is_allowed_link  # type: ignore[method-assign]  # the library's documented way to say so
    return parser


def _is_allowed_link(url: str) -> bool:
    if url.startswith("#") or _ATTACHMENT.fullmatch(url):
        return True
    try:
        parts = urlsplit(url)
    except ValueError:
        return False
    return parts.scheme.lower() in {"http", "https", "mailto"} and not any(char.isspace() for char in url)


class _Rendering:
    """One text on its way to HTML: formulas are put aside, Markdown is read, then they are put back in."""

    def __init__(self, text: str, marks: tuple[str, str], heading_prefix: str) -> None:
        self.text = text
        self.open, self.close = marks
        self.formulas = [segment for segment in find_segments(text) if segment.kind == "formula"]
        self.placeholder = re.compile(f"{self.open}(\\d+){self.close}")
        self.prefix = heading_prefix
        self.ids: dict[str, int] = {}

    def html(self) -> str:
        """Render and sanitize."""
        parser = _parser()
        tokens = parser.parse(self._with_placeholders())
        _check_tables(tokens)
        for place, token in enumerate(tokens):
            self._prepare_block(token, tokens[place + 1] if place + 1 < len(tokens) else None)
        raw = parser.renderer.render(tokens, parser.options, {})
        return nh3.clean(
            raw,
            tags=_TAGS,
            attributes=_ATTRIBUTES,
            attribute_filter=_filter,
            url_schemes={"http", "https", "mailto"},
            link_rel="noopener noreferrer nofollow ugc",
        )

    def _with_placeholders(self) -> str:
        parts, position = [], 0
        for number, formula in enumerate(self.formulas):
            parts += [self.text[position : formula.start], f"{self.open}{number}{self.close}"]
            position = formula.end
        return "".join([*parts, self.text[position:]])

    def _prepare_block(self, token: Token, following: Token | None) -> None:
        if token.type == "heading_open" and following is not None:
            token.attrSet("id", self._heading_id(self._restore(following.content)))
        elif token.type in {"th_open", "td_open"}:
            style = str(token.attrs.pop("style", ""))
            if style:
                token.attrSet("class", f"align-{style.removeprefix('text-align:')}")
        elif token.type in {"fence", "code_block"}:
            token.content = self._restore(token.content)
            token.info = self._restore(token.info)
        elif token.type == "inline" and token.children is not None:
            token.children = [new for child in token.children for new in self._prepare_inline(child)]

    def _prepare_inline(self, token: Token) -> list[Token]:
        if token.type == "text":
            return self._split_text(token.content)
        if token.type == "code_inline":
            token.content = self._restore(token.content)
        elif token.type == "link_open":
            self._prepare_link(token)
        elif token.type == "image":
            return self._prepare_image(token)
        return [token]

    def _prepare_link(self, token: Token) -> None:
        href = self._restore_url(str(token.attrGet("href") or ""))
        if href.startswith("#"):
            href = f"#{self.prefix}{href[1:]}"
        elif href.startswith(("http://", "https://", "HTTP://", "HTTPS://")):
            token.attrSet("target", "_blank")
            href = f"/leave?to={quote(href, safe='')}"
        token.attrSet("href", href)
        title = token.attrGet("title")
        if title is not None:
            token.attrSet("title", self._restore(str(title)))

    def _prepare_image(self, token: Token) -> list[Token]:
        source = str(token.attrGet("src") or "")
        alt = self._restore(token.content)
        if _ATTACHMENT.fullmatch(source):
            token.children = [_text(alt)]
            return [token]
        return [_text(f"[image not shown: {alt or self._restore_url(source)}]")]

    def _split_text(self, text: str) -> list[Token]:
        tokens, position = [], 0
        for match in self.placeholder.finditer(text):
            tokens += _with_badges(text[position : match.start()])
            tokens.append(_html(_formula_html(self.formulas[int(match.group(1))])))
            position = match.end()
        return tokens + _with_badges(text[position:])

    def _restore(self, text: str) -> str:
        """Put the source of formulas back where Markdown found code, a title or a heading's text."""
        return self.placeholder.sub(lambda match: self._source(int(match.group(1))), text)

    def _restore_url(self, url: str) -> str:
        mark = re.compile(f"{quote(self.open)}(\\d+){quote(self.close)}")
        return self._restore(mark.sub(lambda match: quote(self._source(int(match.group(1)))), url))

    def _source(self, number: int) -> str:
        formula = self.formulas[number]
        return self.text[formula.start : formula.end]

    def _heading_id(self, text: str) -> str:
        slug = re.sub(r"[^\w]+", "-", normalise(text)[:80]).strip("-") or "section"
        count = self.ids[slug] = self.ids.get(slug, 0) + 1
        return f"{self.prefix}{slug}" if count == 1 else f"{self.prefix}{slug}-{count}"


def _check_tables(tokens: list[Token]) -> None:
    rows = columns = 0
    for token in tokens:
        if token.type == "table_open":
            rows = 0
        elif token.type == "tr_open":
            rows, columns = rows + 1, 0
        elif token.type in {"th_open", "td_open"}:
            columns += 1
        if rows > TABLE_MAX_ROWS + 1 or columns > TABLE_MAX_COLUMNS:
            raise _OverLimit(f"A table here has more than {TABLE_MAX_COLUMNS} columns or {TABLE_MAX_ROWS} rows.")


def _formula_html(formula: Segment) -> str:
    kind = "tex tex--display" if formula.display else "tex"
    limit = formula_limit(formula.source)
    title = f' title="{escape(limit)}"' if limit else ""
    return f'<span class="{kind}"{title}>{escape(formula.source, quote=False)}</span>'


def _with_badges(text: str) -> list[Token]:
    tokens, position = [], 0
    for found in find_invisible(text):
        if found.char in "\u2028\u2029":
            continue
        tokens.append(_text(text[position : found.position]))
        badge = f"U+{ord(found.char):04X}"
        tokens.append(_html(f'<span class="invisible-char" title="{escape(describe(found.char))}">{badge}</span>'))
        position = found.position + len(found.char)
    return [token for token in [*tokens, _text(text[position:])] if token.content]


def _text(content: str) -> Token:
    return Token("text", "", 0, content=content)


def _html(content: str) -> Token:
    return Token("html_inline", "", 0, content=content)


def _filter(tag: str, attribute: str, value: str) -> str | None:
    if attribute == "class":
        if tag == "code":
            return value if _LANGUAGE.fullmatch(value) else None
        kept = [name for name in value.split() if name in _CLASSES.get(tag, set())]
        return " ".join(kept) or None
    if attribute == "target":
        return value if value == "_blank" else None
    if tag == "img" and attribute == "src":
        return value if _ATTACHMENT.fullmatch(value) else None
    return value
