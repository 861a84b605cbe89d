/** Render Markdown as DOM nodes by the server's rules; text is never parsed as markup. */
import MarkdownIt, { type Token } from "markdown-it";
import { h } from "./dom";
import { safeImage, safeLink } from "./links";
import { mathAt } from "./mathspans";

export const MOST_MARKDOWN_CHARS = 200_000;
const MOST_COLUMNS = 50;
const MOST_ROWS = 500;

const parser = new MarkdownIt({ html: false, linkify: false, typographer: false, maxNesting: 60 });

parser.inline.ruler.before("escape", "math", (state, silent) => {
  const span = mathAt(state.src, state.pos);
  if (span === null || span.end > state.posMax) return false;
  if (!silent) {
    const token = state.push("math", "", 0);
    token.content = span.source;
    token.meta = { display: span.display };
  }
  state.pos = span.end;
  return true;
});

/* A display formula on lines of its own, so that a "-" or "=" at the start of a line inside is not a list or a heading. */
parser.block.ruler.before("fence", "math_block", (state, line, endLine, silent) => {
  const begin = state.bMarks[line]! + state.tShift[line]!;
  const open = state.src.slice(begin, begin + 2);
  if (state.sCount[line]! - state.blkIndent >= 4 || (open !== "$$" && open !== "\\[")) return false;
  const close = open === "$$" ? "$$" : "\\]";
  for (let last = line; last < endLine; last += 1) {
    const text = state.getLines(line, last + 1, state.blkIndent, false).trim();
    if (last > line && state.isEmpty(last)) return false;
    const end = text.indexOf(close, 2);
    if (end < 0) continue;
    const source = text.slice(2, end).trim();
    if (source === "" || end + 2 !== text.length) return false;
    if (silent) return true;
    const token = state.push("math_block", "", 0);
    token.content = source;
    token.map = [line, last + 1];
    state.line = last + 1;
    return true;
  }
  return false;
}, { alt: ["paragraph", "reference", "blockquote", "list"] });

function attribute(token: Token, name: string): string {
  return String(token.attrGet(name) ?? "");
}

const PLAIN_TAGS = new Set(["p", "blockquote", "ul", "ol", "li", "table", "thead", "tbody", "tr", "th", "td", "em", "strong", "hr", "br"]);

function formula(source: string, display: boolean): HTMLElement {
  return h("span", { class: display ? "tex tex--display" : "tex" }, source);
}

function openLink(token: Token): HTMLElement {
  const link = safeLink(attribute(token, "href"));
  if (link === null) return h("span");
  if (!link.external) return h("a", { href: link.href });
  return h("a", { href: link.href, rel: "noopener noreferrer nofollow ugc", target: "_blank" });
}

function openElement(token: Token): HTMLElement {
  if (token.type === "link_open") return openLink(token);
  if (token.tag === "s") return h("del");
  if (/^h[1-6]$/.test(token.tag)) return h(`h${Math.min(6, Number(token.tag[1]) + 2)}` as "h3");
  if (!PLAIN_TAGS.has(token.tag)) return h("span");
  const element = document.createElement(token.tag);
  const start = attribute(token, "start");
  if (token.tag === "ol" && start !== "") element.setAttribute("start", start);
  const align = /text-align:(right|center)/.exec(attribute(token, "style"))?.[1];
  if (align !== undefined) element.classList.add(`is-${align}`);
  return element;
}

function codeBlock(token: Token): HTMLElement {
  const language = /^[\w+#-]{1,30}/.exec(token.info.trim())?.[0];
  return h("pre", { tabindex: "0" }, h("code", language === undefined ? null : { class: `language-${language.toLowerCase()}` }, token.content));
}

function picture(token: Token): Node {
  const src = safeImage(attribute(token, "src"));
  return src === null ? document.createTextNode(token.content) : h("img", { src, alt: token.content, loading: "lazy", decoding: "async" });
}

function leaf(token: Token): Node | null {
  switch (token.type) {
    case "text": return document.createTextNode(token.content);
    case "softbreak": return document.createTextNode("\n");
    case "hardbreak": return h("br");
    case "hr": return h("hr");
    case "code_inline": return h("code", null, token.content);
    case "fence": case "code_block": return codeBlock(token);
    case "math": return formula(token.content, (token.meta as { display: boolean }).display);
    case "math_block": return h("p", null, formula(token.content, true));
    case "image": return picture(token);
    default: return token.content === "" ? null : document.createTextNode(token.content);
  }
}

function build(tokens: readonly Token[], into: Node): void {
  const open: Node[] = [into];
  for (const token of tokens) {
    const parent = open[open.length - 1]!;
    if (token.type === "inline") build(token.children ?? [], parent);
    else if (token.nesting === 1) {
      /* The paragraphs of a tight list are hidden: what they hold belongs to the item itself. */
      const element = token.hidden ? parent : parent.appendChild(openElement(token));
      open.push(element);
    } else if (token.nesting === -1) open.pop();
    else {
      const node = leaf(token);
      if (node !== null) parent.appendChild(node);
    }
  }
}

function tablesFit(tokens: readonly Token[]): boolean {
  let rows = 0;
  let columns = 0;
  for (const token of tokens) {
    if (token.type === "table_open") rows = 0;
    if (token.type === "tr_open") { rows += 1; columns = 0; }
    if (token.type === "th_open" || token.type === "td_open") columns += 1;
    if (rows > MOST_ROWS + 1 || columns > MOST_COLUMNS) return false;
  }
  return true;
}

function asSource(source: string): DocumentFragment {
  const fragment = document.createDocumentFragment();
  fragment.append(h("pre", { tabindex: "0" }, source));
  return fragment;
}

/** Render Markdown. A text over the limits (200,000 characters, tables of 50 × 500) comes back as its source. */
export function renderMarkdown(source: string): DocumentFragment {
  if (source.length > MOST_MARKDOWN_CHARS) return asSource(source);
  const tokens = parser.parse(source, {});
  if (!tablesFit(tokens)) return asSource(source);
  const fragment = document.createDocumentFragment();
  build(tokens, fragment);
  return fragment;
}
