import assert from "node:assert/strict";
import { test } from "node:test";
import { installTinyDom, serialize } from "./tinydom";

installTinyDom();
const { MOST_MARKDOWN_CHARS, renderMarkdown } = await import("../lib/markdown");
const render = (source: string): string => serialize(renderMarkdown(source));

test("a paragraph keeps its emphasis, code and formulas", () => {
  assert.equal(render("So *n* is **odd**, `n%2` and $n^2$."),
    '<p>So <em>n</em> is <strong>odd</strong>, <code>n%2</code> and <span class="tex">n^2</span>.</p>');
});

test("a display formula on its own lines is not taken for a list or a heading", () => {
  assert.equal(render("Then\n$$\na\n- b\n= c\n$$\nholds."),
    '<p>Then</p><p><span class="tex tex--display">a\n- b\n= c</span></p><p>holds.</p>');
});

test("a display formula inside a sentence stays inside its paragraph", () => {
  assert.equal(render("so $$x=1$$ follows"), '<p>so <span class="tex tex--display">x=1</span> follows</p>');
});

test("amounts of money stay prose", () => {
  assert.equal(render("It costs $5 and $6."), "<p>It costs $5 and $6.</p>");
});

test("a dollar in code opens nothing", () => {
  assert.equal(render("`$x$` and $y$"), '<p><code>$x$</code> and <span class="tex">y</span></p>');
});

test("markup in the text is text", () => {
  assert.equal(render("<img src=x onerror=alert(1)> <b>bold</b>"), "<p>&lt;img src=x onerror=alert(1)> &lt;b>bold&lt;/b></p>");
});

test("a link to a script is no link", () => {
  assert.equal(render("[go](javascript:alert(1)) [data](data:text/html,x)"), "<p>[go](javascript:alert(1)) [data](data:text/html,x)</p>");
  assert.equal(render("[go](/admin/delete)"), "<p><span>go</span></p>");
});

test("an outside link opens elsewhere and tells nobody where it came from", () => {
  assert.equal(render("[paper](https://example.org/a)"),
    '<p><a href="https://example.org/a" rel="noopener noreferrer nofollow ugc" target="_blank">paper</a></p>');
});

test("only our own attachments are pictures", () => {
  assert.equal(render("![a graph](/attachments/0190-a)"), '<p><img src="/attachments/0190-a" alt="a graph" loading="lazy" decoding="async"></p>');
  assert.equal(render("![a graph](https://example.org/a.png)"), "<p>a graph</p>");
});

test("headings begin below the headings of the page", () => {
  assert.equal(render("# One\n\n##### Five"), "<h3>One</h3><h6>Five</h6>");
});

test("a tight list holds no paragraphs, a numbered one keeps its start", () => {
  assert.equal(render("3. a\n4. b"), '<ol start="3"><li>a</li><li>b</li></ol>');
});

test("a table keeps its alignment as a class", () => {
  assert.equal(render("| a | b |\n|---|--:|\n| 1 | 2 |"),
    '<table><thead><tr><th>a</th><th class="is-right">b</th></tr></thead><tbody><tr><td>1</td><td class="is-right">2</td></tr></tbody></table>');
});

test("a fence names its language and shows its text", () => {
  assert.equal(render("```Python extra\nif a < b:\n```"), '<pre tabindex="0"><code class="language-python">if a &lt; b:\n</code></pre>');
});

test("a text over the limit comes back as its source", () => {
  const long = "*a* ".repeat(MOST_MARKDOWN_CHARS / 4) + "x";
  assert.equal(render(long), `<pre tabindex="0">${long}</pre>`);
});

test("a table with more than 50 columns comes back as its source", () => {
  const row = (cell: string): string => `|${`${cell}|`.repeat(51)}`;
  const source = `${row("a")}\n${row("-")}\n${row("b")}`;
  assert.equal(render(source), `<pre tabindex="0">${source}</pre>`);
});

test("thousands of unclosed openers take no more than a moment", () => {
  const started = performance.now();
  render("\\(".repeat(50_000));
  render("$$ ".repeat(50_000));
  assert.equal(performance.now() - started < 5_000, true);
});
