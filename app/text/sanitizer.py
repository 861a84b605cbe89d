"""The allow-list that all HTML made from people's text passes through last, whatever made it."""

import re

import nh3

LINK_REL = "noopener noreferrer nofollow ugc"
LEAVE_PATH = "/leave?to="
ATTACHMENT = re.compile(r"/attachments/[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}")

_TAGS = frozenset(
    {
        "p",
        "br",
        "hr",
        "em",
        "strong",
        "del",
        "code",
        "pre",
        "blockquote",
        "ul",
        "ol",
        "li",
        "a",
        "img",
        "span",
        "h1",
        "h2",
        "h3",
        "h4",
        "h5",
        "h6",
        "table",
        "thead",
        "tbody",
        "tr",
        "th",
        "td",
    }
)
_HREF = re.compile(r"/leave\?to=https?%3A%2F%2F[\w.~%-]+|mailto:[^\s\"<>]+|#[^\s\"<>]+", re.IGNORECASE | re.ASCII)
_LANGUAGE = re.compile(r"language-[\w+#.-]{1,32}", re.ASCII)
_HEADING_ID = re.compile(r"[a-z][a-z0-9]*-[\w-]{1,120}")
_CLASSES = {
    "span": frozenset({"tex", "tex tex--display", "invisible-char"}),
    "th": frozenset({"is-right", "is-center"}),
    "td": frozenset({"is-right", "is-center"}),
}
_HEADINGS = {f"h{level}": {"id"} for level in range(1, 7)}


def _filter(tag: str, attribute: str, value: str) -> str | None:
    """Keep an attribute only when its value is one that our renderer writes."""
    if attribute == "href":
        return value if _HREF.fullmatch(value) else None
    if attribute == "src":
        return value if ATTACHMENT.fullmatch(value) else None
    if attribute == "id":
        return value if _HEADING_ID.fullmatch(value) else None
    if attribute == "class" and tag == "code":
        return value if _LANGUAGE.fullmatch(value) else None
    if attribute == "class":
        return value if value in _CLASSES.get(tag, ()) else None
    return value


_CLEANER = nh3.Cleaner(
    tags=_TAGS,
    clean_content_tags={"script", "style"},
    attributes={
        "a": {"href", "title"},
        "img": {"src", "alt", "title"},
        "code": {"class"},
        "span": {"class", "title"},
        "ol": {"start"},
        "th": {"class"},
        "td": {"class"},
        **_HEADINGS,
    },
    tag_attribute_values={"pre": {"tabindex": {"0"}}, "img": {"loading": {"lazy"}}},
    attribute_filter=_filter,
    url_schemes={"mailto"},
    link_rel=LINK_REL,
)


def sanitize(html: str) -> str:
    """Remove every element and attribute that security does not allow; balanced, well-formed HTML comes back."""
    return _CLEANER.clean(html)
