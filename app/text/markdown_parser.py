"""The Markdown parser as we set it up: what may cost how much, where links may lead, how each element is written."""

import re
import time
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import quote

import mdurl
from markdown_it import MarkdownIt
from markdown_it.common.utils import escapeHtml, unescapeAll
from markdown_it.renderer import RendererHTML
from markdown_it.rules_block import StateBlock
from markdown_it.rules_core import StateCore
from markdown_it.rules_inline import StateInline
from markdown_it.token import Token
from markdown_it.utils import EnvType, OptionsDict

from app.text.invisible import code_point, describe, find_invisible, spell_out
from app.text.sanitizer import ATTACHMENT, LEAVE_PATH

NESTING_MAX = 50
NESTED_TAGS_MAX = 100
RULES_MAX = 400_000
ELEMENTS_MAX = 120_000
RENDER_CPU_SECONDS_MAX = 1.0
TABLE_MAX_COLUMNS = 50
TABLE_MAX_ROWS = 500
_RULES_PER_CLOCK_READING = 64
_SLUG_MAX_CHARS = 80
_LANGUAGE = re.compile(r"[\w+#.-]{1,32}", re.ASCII)
_EXTERNAL = re.compile(r"https?://[^/?#\s]", re.IGNORECASE)


class OverBudget(Exception):  # not an error of the caller: the text asks for more work than a page may cost
    """The text is too costly to lay out; the sentence says in what."""


@dataclass(slots=True)
class Page:
    """What one rendering knows besides the text: its formulas, and how much work it has done.

    The processor time of this thread counts, not the clock: neighbours must not turn a page into source.
    """

    heading_prefix: str
    marks: re.Pattern[str]
    """finds the stand-in of a formula; its group is the number"""
    formulas: Sequence[tuple[str, str]]
    """for each number what was written and how it is shown"""
    rules: int = 0
    stop_at: float = field(default_factory=lambda: time.thread_time() + RENDER_CPU_SECONDS_MAX)
    heading_ids: dict[str, int] = field(default_factory=dict)

    def count_rule(self) -> None:
        """Count one attempt to parse something; OverBudget when there were too many or time is up."""
        self.rules += 1
        if self.rules > RULES_MAX or (self.rules % _RULES_PER_CLOCK_READING == 0 and time.thread_time() > self.stop_at):
            raise OverBudget("It takes too long to lay out.")

    def as_written(self, text: str) -> str:
        """Put what was written back in the place of each stand-in."""
        return self.marks.sub(lambda match: self.formulas[int(match.group(1))][0], text)

    def as_plain(self, text: str) -> str:
        """Do the same where Markdown would have taken the backslashes of escapes away: in addresses and titles."""
        return self.marks.sub(lambda match: unescapeAll(self.formulas[int(match.group(1))][0]), text)

    def readable(self, url: str) -> str:
        """Write an address for people: decoded."""
        return self.as_plain(mdurl.decode(url))

    def address(self, url: str) -> str:
        """Write an address for programs: percent-encoded."""
        decoded = mdurl.decode(url)
        return mdurl.encode(self.as_plain(decoded)) if self.marks.search(decoded) else url


def page_of(env: EnvType) -> Page:
    """Return the page that a rendering carries in its environment."""
    page = env["page"]
    assert isinstance(page, Page)  # noqa: S101 - put there by the only caller; this tells the type checker
    return page


def make_parser() -> MarkdownIt:
    """Build the parser: CommonMark with tables and strikethrough, no HTML, no guessing of links."""
    parser = MarkdownIt("commonmark", {"html": False, "maxNesting": NESTING_MAX + 10}, renderer_cls=_Renderer)
    parser.enable(["table", "strikethrough"])
    # Every address is accepted here; _settle_inline decides, and shows what it refuses.
    parser.validateLink = lambda url: True  # type: ignore[method-assign]  # noqa: ARG005 - markdown-it's signature
    # Listed as a terminator too: lazy paragraphs ask the terminators line by line without returning to the main loop.
    alternatives = ["paragraph", "reference", "blockquote", "list", "table"]
    parser.block.ruler.before("table", "budget", _count_block, {"alt": alternatives})
    parser.inline.ruler.before("text", "budget", _count_inline)
    parser.core.ruler.after("block", "tables", _limit_tables)
    parser.core.ruler.push("settle", _settle)
    return parser


def _count_block(state: StateBlock, _line: int, _end: int, _silent: bool) -> bool:  # noqa: FBT001 - markdown-it's signature
    if state.level > NESTING_MAX:
        # markdown-it would leave out what lies deeper; nothing anybody wrote may vanish from view.
        raise OverBudget(f"It is nested more than {NESTING_MAX} deep.")
    page_of(state.env).count_rule()
    return False


def _count_inline(state: StateInline, _silent: bool) -> bool:  # noqa: FBT001 - markdown-it's signature
    page_of(state.env).count_rule()
    return False


def _limit_tables(state: StateCore) -> None:
    """Put the source in the place of every table that is too large, before its cells are parsed."""
    _limit_elements(len(state.tokens))
    kept: list[Token] = []
    start = 0
    for token in state.tokens:
        if token.type == "table_open":
            start = len(kept)
        kept.append(token)
        if token.type == "table_close":
            rows = sum(each.type == "tr_open" for each in kept[start:]) - 1
            columns = sum(each.type == "th_open" for each in kept[start:])
            if rows > TABLE_MAX_ROWS or columns > TABLE_MAX_COLUMNS:
                first, last = kept[start].map or [0, 0]
                source = "\n".join(state.src.split("\n")[first:last])
                kept[start:] = [Token("large_table", "", 0, content=source)]
    state.tokens = kept


def _limit_elements(count: int) -> None:
    if count > ELEMENTS_MAX:
        raise OverBudget(f"It has more than {ELEMENTS_MAX:,} elements.")


def _settle(state: StateCore) -> None:
    """Decide what every heading is called and where every link and picture may lead; refuse endless nesting."""
    page = page_of(state.env)
    _limit_elements(sum(1 + len(token.children or ()) for token in state.tokens))
    depth = 0
    for index, token in enumerate(state.tokens):
        depth += token.nesting
        if token.type == "heading_open":
            token.attrSet("id", _heading_id(page, state.tokens[index + 1]))
        if token.type in ("heading_open", "heading_close"):
            # The page's own title is the h1 and its sections are h2: people's headings stand below them.
            token.tag = f"h{min(6, int(token.tag[1]) + 2)}"
        if token.type in ("th_open", "td_open"):
            _align_by_class(token)
        if token.children:
            _settle_inline(page, token.children, depth)


def _align_by_class(token: Token) -> None:
    style = str(token.attrs.pop("style", ""))
    if style in ("text-align:right", "text-align:center"):
        token.attrSet("class", style.replace("text-align:", "is-"))


def _heading_id(page: Page, inline: Token) -> str:
    words = "".join(child.content for child in inline.children or () if child.type in ("text", "code_inline"))
    plain = re.sub(r"[^\w\s-]", "", page.marks.sub("", words).lower())
    slug = re.sub(r"\s+", "-", plain.strip())[:_SLUG_MAX_CHARS] or "section"
    number = page.heading_ids.get(slug, 0)
    page.heading_ids[slug] = number + 1
    return f"{page.heading_prefix}{slug}-{number}" if number else f"{page.heading_prefix}{slug}"


def _settle_inline(page: Page, children: list[Token], depth: int) -> None:
    openings: list[Token] = []
    for token in children:
        depth += token.nesting
        if depth > NESTED_TAGS_MAX:
            raise OverBudget(f"It is nested more than {NESTED_TAGS_MAX} deep.")
        if token.tag == "s":
            token.tag = "del"
        elif token.type == "link_open":
            _settle_link(page, token)
            openings.append(token)
        elif token.type == "link_close":
            token.meta = openings.pop().meta
        elif token.type == "image" and not ATTACHMENT.fullmatch(str(token.attrGet("src"))):
            token.meta = {"refused": page.readable(str(token.attrGet("src")))}
        if "title" in token.attrs:
            token.attrSet("title", spell_out(page.as_plain(str(token.attrGet("title")))))


def _settle_link(page: Page, token: Token) -> None:
    href = page.address(str(token.attrGet("href")))
    if _EXTERNAL.match(href):
        token.attrSet("href", LEAVE_PATH + quote(href, safe=""))
    elif href.startswith("#") and len(href) > 1:
        token.attrSet("href", f"#{page.heading_prefix}{href[1:]}")
    elif re.match(r"mailto:\S", href, re.IGNORECASE):
        token.attrSet("href", f"mailto:{href[len('mailto:') :]}")
    else:
        token.meta = {"refused": "" if token.markup == "autolink" else page.readable(href)}


def badged(text: str, *, strict: bool = False) -> str:
    """Escape text for HTML and make its invisible characters visible, each as a badge with its name."""
    parts: list[str] = []
    position = 0
    for place, char in find_invisible(text, strict=strict):
        parts.append(escapeHtml(text[position:place]))
        parts.append(f'<span class="invisible-char" title="{describe(char)}">{code_point(char)}</span>')
        position = place + 1
    parts.append(escapeHtml(text[position:]))
    return "".join(parts)


class _Renderer(RendererHTML):
    """Writes each element; every method is called by markdown-it by the name of the token."""

    def text(self, tokens: Sequence[Token], idx: int, _options: OptionsDict, env: EnvType) -> str:
        """Write prose, with formulas in the place of their stand-ins."""
        page = page_of(env)
        pieces = page.marks.split(tokens[idx].content)
        return "".join(page.formulas[int(piece)][1] if odd % 2 else badged(piece) for odd, piece in enumerate(pieces))

    def code_inline(self, tokens: Sequence[Token], idx: int, _options: OptionsDict, env: EnvType) -> str:
        """Write a code span."""
        return f"<code>{badged(page_of(env).as_written(tokens[idx].content), strict=True)}</code>"

    def code_block(self, tokens: Sequence[Token], idx: int, _options: OptionsDict, env: EnvType) -> str:
        """Write an indented code block; it can be scrolled with the keyboard."""
        return source_block(page_of(env).as_written(tokens[idx].content))

    def fence(self, tokens: Sequence[Token], idx: int, _options: OptionsDict, env: EnvType) -> str:
        """Write a fenced code block with its language."""
        token = tokens[idx]
        words = unescapeAll(page_of(env).as_written(token.info)).split(maxsplit=1)
        language = words[0].lower() if words and _LANGUAGE.fullmatch(words[0]) else ""
        return source_block(page_of(env).as_written(token.content), language=language)

    def large_table(self, tokens: Sequence[Token], idx: int, _options: OptionsDict, env: EnvType) -> str:
        """Write the source of a table that is too large."""
        sentence = f"A table of more than {TABLE_MAX_COLUMNS} columns or {TABLE_MAX_ROWS} rows is shown as written."
        return f"<p><em>{sentence}</em></p>\n{source_block(page_of(env).as_written(tokens[idx].content))}"

    def link_open(self, tokens: Sequence[Token], idx: int, options: OptionsDict, env: EnvType) -> str:
        """Write the beginning of a link, nothing for one that leads where links may not."""
        return "" if "refused" in tokens[idx].meta else self.renderToken(tokens, idx, options, env)

    def link_close(self, tokens: Sequence[Token], idx: int, options: OptionsDict, env: EnvType) -> str:
        """Write the end of a link; of a refused one the address, so that nothing written is hidden."""
        meta = tokens[idx].meta
        return _refused(meta) if "refused" in meta else self.renderToken(tokens, idx, options, env)

    def image(self, tokens: Sequence[Token], idx: int, options: OptionsDict, env: EnvType) -> str:
        """Write a picture of ours; of any other its description and address."""
        token = tokens[idx]
        description = page_of(env).as_written(self.renderInlineAsText(token.children, options, env))
        if "refused" in token.meta:
            return badged(description) + _refused(token.meta)
        token.attrSet("alt", spell_out(description))
        token.attrSet("loading", "lazy")
        return self.renderToken(tokens, idx, options, env)


def _refused(meta: dict[str, Any]) -> str:
    address = str(meta["refused"])
    return f" (<code>{badged(address, strict=True)}</code>)" if address else ""


def source_block(source: str, *, language: str = "") -> str:
    """Write text as it is, in a block that can be scrolled with the keyboard."""
    kind = f' class="language-{language}"' if language else ""
    return f'<pre tabindex="0"><code{kind}>{badged(source, strict=True)}</code></pre>\n'
