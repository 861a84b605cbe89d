"""HTML as a browser reads it, for tests: a normal form to compare, and what security does not allow."""

import re
from urllib.parse import unquote

import html5lib
import mdurl

LEAVE = "/leave?to="
OURS_ALONE = ("rel", "id", "tabindex", "loading")
ALLOWED_ATTRIBUTES = {
    "a": {"href", "rel", "title"},
    "img": {"src", "alt", "title", "loading"},
    "code": {"class"},
    "pre": {"tabindex"},
    "span": {"class", "title"},
    "ol": {"start"},
    "th": {"class"},
    "td": {"class"},
    **{f"h{level}": {"id"} for level in range(1, 7)},
}
ALLOWED_TAGS = set(ALLOWED_ATTRIBUTES) | set("p br hr em strong del blockquote ul li table thead tbody tr".split())  # noqa: SIM905
ALLOWED_VALUES = {
    ("a", "href"): r"/leave\?to=https?%3A[^&\"]*|mailto:[^\s]+|#u-[^\s]+",
    ("a", "rel"): r"noopener noreferrer nofollow ugc",
    ("img", "src"): r"/attachments/[0-9a-f-]{36}",
    ("img", "loading"): r"lazy",
    ("code", "class"): r"language-[\w+#.-]{1,32}",
    ("pre", "tabindex"): r"0",
    ("span", "class"): r"tex|tex tex--display|invisible-char",
    ("span", "title"): r"U\+[0-9A-F]{4,6} [A-Z0-9 -]+",
    ("ol", "start"): r"\d+",
    **{(tag, "class"): r"is-right|is-center" for tag in ("td", "th")},
    **{(f"h{level}", "id"): r"u-[\w-]+" for level in range(1, 7)},
}


def parse(html):
    """Parse as a browser does inside a div."""
    return html5lib.parseFragment(html, container="div", namespaceHTMLElements=False)


def faults(html):
    """List every element and attribute that must not be there."""
    found = []
    for element in parse(html).iter():
        if element.tag == "DOCUMENT_FRAGMENT":
            continue
        if element.tag not in ALLOWED_TAGS:
            found.append(f"<{element.tag}>")
            continue
        for name, value in element.attrib.items():
            pattern = ALLOWED_VALUES.get((element.tag, name), r"(?s).*")
            if name not in ALLOWED_ATTRIBUTES.get(element.tag, ()) or not re.fullmatch(pattern, value):
                found.append(f"<{element.tag} {name}={value!r}>")
    return found


def normal_form(html):
    """Write what a page shows in one line, whatever the spelling; our own additions left out."""
    return _collapse("".join(_ours(child) for child in _content(parse(html))))


def expected_form(html):
    """Write what CommonMark expects in the same form, under our policy for links, pictures and headings."""
    return _collapse("".join(_theirs(child) for child in _content(parse(html))))


def _content(element):
    yield element.text or ""
    for child in element:
        yield child
        yield child.tail or ""


def _collapse(text):
    return re.sub(r"\s*(</?(?:p|h\d|li|ul|ol|blockquote|hr|pre)\b[^>]*>)\s*", r"\1", text).strip()


def _escape(text):
    return text.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")


def _write(tag, attributes, inside):
    shown = "".join(f" {name}={_escape(value)!r}" for name, value in sorted(attributes.items()) if value != "")
    return f"<{tag}{shown}>{inside}</{tag}>"


def _ours(node):
    if isinstance(node, str):
        return _escape(node)
    attributes = {
        name: value for name, value in node.attrib.items() if name not in ("rel", "id", "tabindex", "loading")
    }
    if node.tag == "a":
        address = node.get("href")
        attributes["href"] = (
            unquote(address[len(LEAVE) :]) if address.startswith(LEAVE) else address.replace("#u-", "#")
        )
    return _write(node.tag, attributes, "".join(map(_ours, _content(node))))


def _theirs(node):
    if isinstance(node, str):
        return _escape(node)
    inside = "".join(map(_theirs, _content(node)))
    attributes = dict(node.attrib)
    address = str(attributes.get("href", attributes.get("src", "")))
    shown = mdurl.decode(address)
    if node.tag == "img":
        return f"{_escape(attributes['alt'])} ({_write('code', {}, _escape(shown))})" if shown else attributes["alt"]
    if node.tag == "a" and not re.match(r"https?://[^/?#]|mailto:.|#.", address, re.IGNORECASE):
        autolink = inside == _escape(shown)
        return inside if autolink or not shown else f"{inside} ({_write('code', {}, _escape(shown))})"
    tag = f"h{min(6, int(node.tag[1]) + 2)}" if re.fullmatch(r"h[1-6]", node.tag) else node.tag
    if node.tag == "a":
        attributes["href"] = re.sub("^mailto:", "mailto:", address, flags=re.IGNORECASE)
    if not re.fullmatch(ALLOWED_VALUES["code", "class"], str(attributes.get("class", "")), re.ASCII):
        attributes.pop("class", None)
    return _write(tag, attributes, inside)
