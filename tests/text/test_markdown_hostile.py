"""The renderer against people who mean harm: nothing but allowed elements comes out, and it comes out in time."""

import re
import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.text.markdown import render_markdown
from app.text.sanitizer import sanitize
from tests.text.page_html import faults, parse
from tests.text.reference_data import naughty_strings, script_vectors

PICTURE = "/attachments/0190d3c0-7000-7000-8000-000000000001"
VECTORS = [
    "<script>alert(1)</script>",
    "<img src=x onerror=alert(1)>",
    "<svg/onload=alert(1)>",
    '"><iframe srcdoc="<script>alert(1)</script>">',
    "[a](javascript:alert(1))",
    "[a](java\nscript:alert(1))",
    "[a](&#106;avascript:alert(1))",
    "[a](javascript&colon;alert(1))",
    "[a](\x01javascript:alert(1))",
    "[a](vbscript:x) [b](data:text/html;base64,PHN2Zz4=) [c](file:///etc/passwd)",
    "<javascript:alert(1)>",
    "[a]: javascript:alert(1)\n\n[a] ![a]",
    '[a](https://b.org "\' onmouseover=alert(1) x=\'")',
    "[a](https://b.org/\"onmouseover='alert(1)')",
    '[a](mailto:x"onclick=alert(1)@b.org)',
    '[a](#" onclick=alert(1))',
    f'![" onload="alert(1)]({PICTURE})',
    f"![a]({PICTURE}?x) ![a]({PICTURE}/../../api) ![a](/attachments/..%2f)",
    "![a](javascript:alert(1)) ![b](data:image/svg+xml;base64,PHN2Zz4=)",
    '``` " onclick=alert(1)\nx\n```',
    "```<script>\nx\n```",
    "$</span><script>alert(1)</script>$",
    '$$" onclick="alert(1)$$',
    "$\\href{javascript:alert(1)}{x}$",
    "`</code><script>alert(1)</script>`",
    '# <a id=x onclick=y> $x$ " onclick="',
    "| <b onclick=x> |\n|-|\n| </td><script>x</script> |",
    "<a href=\"&#x6A;avascript:alert(1)\">x</a> <style>@import 'x'</style> <base href=//x> <form action=//x>",
    "<div hx-get=/x hx-on:click=alert(1) data-x=y name=z class=btn id=app style=position:fixed>",
    "<!--><img src=x onerror=alert(1)>--> <![CDATA[<script>x</script>]]> <?x ?>",
    "<math><mtext></form><form><mglyph><style></math><img src onerror=alert(1)>",
    "\ue0000\ue000 $a$ [\ue0000\ue000](https://b.org/\ue0000\ue000)",
]  # fmt: skip
COSTLY = {
    "quotations": ">" * 10_000 + "a",
    "brackets": "[" * 5_000,
    "very many brackets": "[" * 200_000,
    "stars": "*a " * 10_000,
    "stars and underscores": "*a _b " * 33_000,
    "nested emphasis": "*" * 5_000 + "a" + "*" * 5_000,
    "deep lists": "".join(" " * (2 * level) + "- a\n" for level in range(400)),
    "lists in one line": "- " * 5_000 + "a",
    "lists in quotations": "> - " * 2_000 + "x",
    "lazy lines": "> " * 24 + "a\n" * 90_000,
    "pictures": "![" * 50_000,
    "half links": "[a](b" * 40_000,
    "links in links": "[" * 3_000 + "a" + "](b)" * 3_000,
    "backticks": "".join("`" * length + "a" for length in range(1, 600)),
    "references": "".join(f"[a{number}]: b\n\n" for number in range(16_000)),
    "a wide table": "|" * 60_000 + "\n" + "|-" * 60_000,
    "a long table": "a|b\n-|-\n" + "x|y\n" * 48_000,
    "headings": "# a\n" * 50_000,
    "underlined headings": "a\n-\n" * 50_000,
    "formulas": "$a$ " * 50_000,
    "open formulas": "\\(" * 100_000,
    "dollars": "$a " * 60_000,
    "fences in quotations": "> ```\n" * 33_000,
    "angle brackets": "<" * 200_000,
    "ampersands": "&" * 200_000,
    "signs": "*_~`[!<&\\$" * 20_000,
    "hidden characters": "\u200b" * 200_000,
    "joined emoji": "👩‍👩" * 66_000,
    "lines": "a\n" * 100_000,
}


def test_only_allowed_elements_and_attributes_come_out_of_hostile_strings():
    texts = [*VECTORS, *naughty_strings(), *script_vectors()]

    assert [(text, found) for text in texts if (found := faults(render_markdown(text).html))] == []


def test_hostile_strings_do_no_harm_inside_markdown_either():
    frames = [
        "[x]({})",
        "![x]({})",
        '[x](https://a.org "{}")',
        "# {}",
        "`{}`",
        "${}$",
        "|{}|\n|-|\n|{}|",
        "> {}\n- {}",
        "<{}>",
    ]
    texts = [frame.replace("{}", vector) for vector in [*VECTORS, *script_vectors()[::25]] for frame in frames]

    assert [(text, found) for text in texts if (found := faults(render_markdown(text).html))] == []


def test_no_attribute_names_a_program():
    texts = [*VECTORS, *naughty_strings(), *script_vectors()]
    elements = [element for text in texts for element in parse(render_markdown(text).html).iter()]
    values = [value for element in elements for value in element.attrib.values()]

    assert [value for value in values if re.match(r"\s*(?:javascript|vbscript|data):", value, re.IGNORECASE)] == []


def test_hostile_strings_are_laid_out_not_given_up():
    texts = [*VECTORS, *naughty_strings(), *script_vectors()]

    assert [text for text in texts if render_markdown(text).reason is not None] == []


def test_what_a_person_typed_is_still_to_be_read():
    lost = [text for text in VECTORS[:4] if "".join(parse(render_markdown(text).html).itertext()).strip() != text]

    assert lost == []


@pytest.mark.parametrize("name", COSTLY)
def test_costly_text_takes_two_seconds_at_most(name):
    started = time.thread_time()
    rendered = render_markdown(COSTLY[name])

    assert time.thread_time() - started < 2
    assert faults(rendered.html[:20_000]) == []


def test_what_is_nested_too_deep_is_shown_whole():
    rendered = render_markdown(">" * 10_000 + "a")

    assert rendered.reason == "It is nested more than 50 deep."
    assert ">" * 10_000 + "a" in "".join(parse(rendered.html).itertext())


def test_what_costs_too_much_is_shown_whole():
    rendered = render_markdown("[" * 200_000)

    assert rendered.reason == "It takes too long to lay out."
    assert "[" * 200_000 in rendered.html


SIGNS = [*"$\\`[]()*_~<>|&!\"'=:#1a", "$$", "\\(", "\\)", "```\n", "](", "**", "~~", "\n", "\n\n", "- ", "# ", " "]
MORE = ["javascript:", "https://a.org", "\u202e", "\u200d", "👩", "\ud800", "\x00", "\ue000"]
MARKUP = st.lists(st.sampled_from([*SIGNS, *MORE]), max_size=40).map("".join)
PLAIN = st.characters(categories=["L", "N", "P", "S", "Zs"], exclude_characters="$\\`~*_[]<>&|!#-+.:=^'\"")


@given(st.one_of(MARKUP, st.text()))
def test_no_text_at_all_breaks_the_renderer_or_leaves_the_allow_list(text):
    rendered = render_markdown(text)

    assert rendered.reason is None
    assert faults(rendered.html) == []


@given(st.text(alphabet=PLAIN))
def test_text_without_markup_is_shown_as_it_is(text):
    shown = "".join(parse(render_markdown(text).html).itertext())

    assert shown.split() == text.split()


def test_the_allow_list_holds_without_the_parser():
    html = (
        '<p class="btn" id="a" style="x" onclick="y" hx-get="z" data-q="1"><a href="javascript:x" name="n">a</a>'
        '<a href="/projects/new">b</a><a href="/leave?to=https%3A%2F%2Fa.org" target="_blank">c</a>'
        '<img src="https://a.org/x"><svg><script>x</script></svg><span class="tex btn">d</span>'
        '<code class="language-c hidden">e</code><form><input></form>'
        "<!-- c --><h2 id='app'>f</h2><h2 id='u-ok'>g</h2></p>"
    )

    assert sanitize(html) == (
        '<p><a rel="noopener noreferrer nofollow ugc">a</a><a rel="noopener noreferrer nofollow ugc">b</a>'
        '<a href="/leave?to=https%3A%2F%2Fa.org" rel="noopener noreferrer nofollow ugc">c</a><img>'
        '<span>d</span><code>e</code></p><h2>f</h2><h2 id="u-ok">g</h2><p></p>'
    )
