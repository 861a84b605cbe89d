"""The renderer: formulas, links, pictures, headings, hidden characters, and what is over a limit."""

import pytest

from app.text.markdown import render_markdown

REL = 'rel="noopener noreferrer nofollow ugc"'
PICTURE = "/attachments/0190d3c0-7000-7000-8000-000000000001"


def html_of(text, **options):
    rendered = render_markdown(text, **options)
    assert rendered.reason is None
    return str(rendered.html).rstrip("\n")


def test_a_formula_reaches_the_browser_as_its_source():
    assert html_of("so $a < b$ and $$\nx\n+ y\n= z\n$$") == (
        '<p>so <span class="tex">a &lt; b</span> and <span class="tex tex--display">x\n+ y\n= z</span></p>'
    )


def test_brackets_with_backslashes_are_formulas_too():
    assert html_of(r"\(a_1*b_1*c\) or \[d\]") == (
        '<p><span class="tex">a_1*b_1*c</span> or <span class="tex tex--display">d</span></p>'
    )


def test_money_stays_prose():
    assert html_of("costs $5 and $6, or \\$7") == "<p>costs $5 and $6, or $7</p>"


def test_code_holds_no_formulas():
    assert html_of("`$a$` and\n\n    $b$\n\n```tex\n$c$\n```") == (
        '<p><code>$a$</code> and</p>\n<pre tabindex="0"><code>$b$\n</code></pre>\n'
        '<pre tabindex="0"><code class="language-tex">$c$\n</code></pre>'
    )


def test_a_bar_inside_a_formula_does_not_cut_a_table_cell():
    assert html_of("| a | b |\n|--:|:-:|\n| $|x|$ | 2 |") == (
        '<table>\n<thead>\n<tr>\n<th class="is-right">a</th>\n<th class="is-center">b</th>\n</tr>\n</thead>\n<tbody>\n'
        '<tr>\n<td class="is-right"><span class="tex">|x|</span></td>\n<td class="is-center">2</td>\n</tr>\n'
        "</tbody>\n</table>"
    )


def test_a_formula_in_a_quotation_loses_the_quotation_marks():
    assert html_of("> $$\n> a\n> + b\n> $$") == (
        '<blockquote>\n<p><span class="tex tex--display">a\n+ b</span></p>\n</blockquote>'
    )


def test_a_formula_may_be_part_of_a_links_label():
    assert html_of("[the $x$][of $x$]\n\n[of $x$]: https://example.org") == (
        f'<p><a href="/leave?to=https%3A%2F%2Fexample.org" {REL}>the <span class="tex">x</span></a></p>'
    )


def test_an_outside_link_leads_through_the_warning_page():
    assert html_of('[l](https://example.org/a?b=1&c=2#d "t")') == (
        f'<p><a href="/leave?to=https%3A%2F%2Fexample.org%2Fa%3Fb%3D1%26c%3D2%23d" title="t" {REL}>l</a></p>'
    )


def test_mail_and_places_on_the_page_are_linked_directly():
    assert html_of("<a@example.org> [up](#top)") == (
        f'<p><a href="mailto:a@example.org" {REL}>a@example.org</a> <a href="#u-top" {REL}>up</a></p>'
    )


@pytest.mark.parametrize(
    "address",
    [
        "javascript:alert(1)",
        "JaVaScRiPt:alert(1)",
        "data:text/html,x",
        "/projects/new",
        "//example.org",
        "ftp://a.b/c",
        "#",
    ],
)
def test_an_address_that_links_may_not_have_is_shown_as_text(address):
    assert html_of(f"[here]({address})") == f"<p>here (<code>{address}</code>)</p>"


def test_only_our_own_attachments_are_pictures():
    assert html_of(f'![a *b*]({PICTURE} "t") ![c](https://example.org/x.png)') == (
        f'<p><img src="{PICTURE}" alt="a b" title="t" loading="lazy"> c (<code>https://example.org/x.png</code>)</p>'
    )


def test_escaped_brackets_in_an_address_are_no_formula():
    assert html_of(r"[w](https://example.org/A_\(b\))") == (
        f'<p><a href="/leave?to=https%3A%2F%2Fexample.org%2FA_%28b%29" {REL}>w</a></p>'
    )


def test_headings_stand_below_the_pages_own_and_have_their_own_names():
    assert html_of("# The *odd* n\n## The odd n\n###### $x$", heading_prefix="step-3-") == (
        '<h3 id="step-3-the-odd-n">The <em>odd</em> n</h3>\n<h4 id="step-3-the-odd-n-1">The odd n</h4>\n'
        '<h6 id="step-3-section"><span class="tex">x</span></h6>'
    )


def test_a_heading_prefix_that_could_be_an_attribute_is_refused():
    with pytest.raises(ValueError, match="small letters"):
        render_markdown("# a", heading_prefix='x" onclick="')


def test_raw_html_is_shown_as_typed():
    assert html_of('<b onclick="x">bold</b> <!-- c -->') == (
        '<p>&lt;b onclick="x"&gt;bold&lt;/b&gt; &lt;!-- c --&gt;</p>'
    )


def test_strikethrough_is_a_deletion():
    assert html_of("~~no~~ yes") == "<p><del>no</del> yes</p>"


def test_hidden_characters_are_shown_with_their_names():
    assert html_of("a\u202eb `c\u200bd`") == (
        '<p>a<span class="invisible-char" title="U+202E RIGHT-TO-LEFT OVERRIDE">U+202E</span>b '
        '<code>c<span class="invisible-char" title="U+200B ZERO WIDTH SPACE">U+200B</span>d</code></p>'
    )


@pytest.mark.parametrize(
    "text",
    [
        "👩‍👩‍👧‍👦 ❤️ 1️⃣ 🏳️‍🌈 🏴󠁧󠁢󠁥󠁮󠁧󠁿",
        "مرحبا بالعالم",
        "می‌خواهم",
        "שלום עולם",
        "क्‍ष",
        "数学很好",
        "e\u0301",
    ],
)
def test_ordinary_spelling_in_any_script_is_left_alone(text):
    assert html_of(text) == f"<p>{text}</p>"


def test_a_formula_that_hides_a_character_is_shown_as_code():
    assert html_of("$a\u202eb$") == (
        '<p><code>$a<span class="invisible-char" title="U+202E RIGHT-TO-LEFT OVERRIDE">U+202E</span>b$</code></p>'
    )


def test_formulas_over_the_limits_are_shown_as_code():
    long, deep = "x" * 4001, "{" * 65 + "}" * 65
    assert html_of(f"${long}$ ${deep}$ $y$") == (
        f'<p><code>${long}$</code> <code>${deep}$</code> <span class="tex">y</span></p>'
    )


def test_the_formula_after_the_three_hundredth_is_shown_as_code():
    html = html_of("$x$ " * 301)

    assert (html.count('<span class="tex">'), html.count("<code>$x$</code>")) == (300, 1)


def test_a_table_that_is_too_large_is_shown_as_its_source_and_the_rest_is_laid_out():
    table = "|$a$|\n|-|\n" + "|x|\n" * 501
    html = html_of(f"*before*\n\n{table}\n*after*")

    assert html == (
        "<p><em>before</em></p>\n<p><em>A table of more than 50 columns or 500 rows is shown as written.</em></p>\n"
        f'<pre tabindex="0"><code>{table.rstrip()}</code></pre>\n<p><em>after</em></p>'
    )


def test_a_table_of_the_largest_size_is_laid_out():
    html = html_of("|a" * 50 + "|\n" + "|-" * 50 + "|\n" + "|x|\n" * 500)

    assert (html.count("<tr>"), html.count("<th>")) == (501, 50)


def test_too_long_a_text_is_shown_as_its_source_with_the_reason():
    rendered = render_markdown("*a* <b>" + "x" * 199_994)

    assert rendered.reason == "It has 200,001 characters; up to 200,000 are laid out."
    assert rendered.html == (
        "<p><em>This text is shown as written. It has 200,001 characters; up to 200,000 are laid out. "
        "The first 200,000 are shown here; the whole text is kept.</em></p>\n"
        '<pre tabindex="0"><code>*a* &lt;b&gt;' + "x" * 199_993 + "</code></pre>"
    )


def test_what_would_become_too_much_html_is_shown_as_its_source():
    rendered = render_markdown("&\u200b" * 19_999 + "<" * 160_000)

    assert rendered.reason == "Laid out it would be larger than 2 MiB."
    assert len(rendered.html.encode()) < 2 * 1024 * 1024


def test_a_flood_of_hidden_characters_is_spelled_out_without_badges():
    rendered = render_markdown("\u200b" * 20_001)

    assert rendered.reason == "It holds more than 20,000 invisible characters."
    assert rendered.html.count("[U+200B]") == 20_001


def test_half_a_character_becomes_the_replacement_character():
    assert html_of("a\ud800b") == "<p>a\ufffdb</p>"


def test_a_text_with_private_characters_of_its_own_keeps_them():
    private = "".join(map(chr, range(0xE000, 0xF900)))

    assert html_of(f"{private} $x$ \ue0000\ue000") == f'<p>{private} <span class="tex">x</span> \ue0000\ue000</p>'


def test_what_only_the_parser_could_know_becomes_no_attribute_of_another_kind():
    assert html_of("1. a\n\n``` onload=x\nb\n```\n\n7. c") == (
        '<ol>\n<li>a</li>\n</ol>\n<pre tabindex="0"><code>b\n</code></pre>\n<ol start="7">\n<li>c</li>\n</ol>'
    )
