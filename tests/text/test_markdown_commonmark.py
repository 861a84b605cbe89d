"""The renderer speaks CommonMark: our own cases for each chapter, and every example of the specification where it is.

Left out of the specification are the examples with raw HTML, which we show as typed, and one that escapes every sign
and so happens to hold a formula between brackets with backslashes.
"""

from markdown_it import MarkdownIt

from app.text.markdown import render_markdown
from tests.text.page_html import expected_form, normal_form
from tests.text.reference_data import commonmark_examples

OURS = [
    ("one\ntwo  \nthree\\\nfour", "<p>one\ntwo<br>\nthree<br>\nfour</p>"),
    ("a\n\n\n\nb", "<p>a</p><p>b</p>"),
    ("*a* _b_ **c**", "<p><em>a</em> <em>b</em> <strong>c</strong></p>"),
    ("__d__ ***e***", "<p><strong>d</strong> <em><strong>e</strong></em></p>"),
    ("a*b*c a_b_c **a *b* c**", "<p>a<em>b</em>c a_b_c <strong>a <em>b</em> c</strong></p>"),
    ("* a * b *a", "<ul><li>a * b *a</li></ul>"),
    ("\\*a\\* \\# &amp; &copy; &#35; &nope;", "<p>*a* # &amp; © # &amp;nope;</p>"),
    ("`a` ``b ` c`` ` d `", "<p><code>a</code> <code>b ` c</code> <code>d</code></p>"),
    ("`*a*` *`b*`", "<p><code>*a*</code> *<code>b*</code></p>"),
    ("# a\n## b ##\n### c\nd\n===\ne\n---", "<h1>a</h1><h2>b</h2><h3>c</h3><h1>d</h1><h2>e</h2>"),
    ("#a\n\n####### b", "<p>#a</p><p>####### b</p>"),
    ("***\n\n- - -\n\n___", "<hr><hr><hr>"),
    ("    a\n     b\n\n    c", "<pre><code>a\n b\n\nc\n</code></pre>"),
    ("```\na\n  b\n```", "<pre><code>a\n  b\n</code></pre>"),
    ("~~~~ Python x\n~~~\n~~~~", '<pre><code class="language-python">~~~\n</code></pre>'),
    ("```\nnever closed\n", "<pre><code>never closed\n</code></pre>"),
    ("> a\nb\n> > c", "<blockquote><p>a\nb</p><blockquote><p>c</p></blockquote></blockquote>"),
    ("- a\n- b\n  - c\n\n    d", "<ul><li>a</li><li>b<ul><li><p>c</p><p>d</p></li></ul></li></ul>"),
    ("- a\n\n- b", "<ul><li><p>a</p></li><li><p>b</p></li></ul>"),
    ("3. a\n4. b\n\n\n1) c", '<ol start="3"><li>a</li><li>b</li></ol><ol><li>c</li></ol>'),
    ("1. a\n\n   ```\n   b\n   ```", "<ol><li><p>a</p><pre><code>b\n</code></pre></li></ol>"),
    ("a\n- b\n1. c\n2. d", "<p>a</p><ul><li>b</li></ul><ol><li>c</li><li>d</li></ol>"),
    ("the number is\n14. a", "<p>the number is\n14. a</p>"),
    ("[a](https://b.org/c_(d) 'e')", '<p><a href="https://b.org/c_(d)" title="e">a</a></p>'),
    ("[a][b] [c]\n\n[B]: <https://d.org/e f> (g)", '<p><a href="https://d.org/e%20f" title="g">a</a> [c]</p>'),
    ("[b][] [b]\n\n[b]: https://d.org", '<p><a href="https://d.org">b</a> <a href="https://d.org">b</a></p>'),
    ("[a [b](https://c.org)](https://d.org)", '<p>[a <a href="https://c.org">b</a>](https://d.org)</p>'),
    ("*[a*](https://b.org)", '<p>*<a href="https://b.org">a*</a></p>'),
    ("<https://a.org/?b=1&c> <d@e.org>",
     '<p><a href="https://a.org/?b=1&amp;c">https://a.org/?b=1&amp;c</a> <a href="mailto:d@e.org">d@e.org</a></p>'),
    ("![a *b*](/c.png) [d](/e)", '<p><img src="/c.png" alt="a b"> <a href="/e">d</a></p>'),
    ("https://a.org stays text", "<p>https://a.org stays text</p>"),
    ("\ta\n\n>\tb", "<pre><code>a\n</code></pre><blockquote><p>b</p></blockquote>"),
    ("a\r\nb\rc", "<p>a\nb\nc</p>"),
    ("", ""),
    ("   \n\n", ""),
]  # fmt: skip
THE_ESCAPED_SIGNS = r"\!\"\#\$"


def holds_raw_html(markdown):
    blocks = MarkdownIt("commonmark").parse(markdown)
    tokens = [token for block in blocks for token in (block, *(block.children or ()))]
    return any(token.type in ("html_block", "html_inline") for token in tokens)


def differences(examples):
    shown = [
        (markdown, normal_form(render_markdown(markdown).html), expected_form(html)) for markdown, html in examples
    ]
    return [(markdown, ours, expected) for markdown, ours, expected in shown if ours != expected]


def test_markdown_means_what_commonmark_says():
    assert differences(OURS) == []


def test_every_example_of_the_specification_that_our_options_allow_is_rendered_as_it_says():
    allowed = [
        (markdown, html)
        for markdown, html in commonmark_examples()
        if not holds_raw_html(markdown) and not markdown.startswith(THE_ESCAPED_SIGNS)
    ]

    assert differences([*OURS, *allowed]) == []
