/** Find formulas in Markdown by the same rules as the server's renderer. Pure. */

export interface MathSpan {
  /** Where the formula's closing sign ends. */
  readonly end: number;
  readonly source: string;
  readonly display: boolean;
}

function closing(text: string, from: number, sign: string): number {
  for (let at = text.indexOf(sign, from); at >= 0; at = text.indexOf(sign, at + 1)) {
    let slashes = 0;
    while (text[at - 1 - slashes] === "\\") slashes += 1;
    if (slashes % 2 === 0) return at;
  }
  return -1;
}

function between(text: string, start: number, open: string, close: string, display: boolean): MathSpan | null {
  const from = start + open.length;
  const at = text.indexOf(close, from);
  const source = at < 0 ? "" : text.slice(from, at).trim();
  return source === "" ? null : { end: at + close.length, source, display };
}

function display(text: string, start: number): MathSpan | null {
  const at = closing(text, start + 2, "$$");
  const source = at < 0 ? "" : text.slice(start + 2, at).trim();
  return source === "" ? null : { end: at + 2, source, display: true };
}

/* `$` opens before something that is not a space and closes after something that is not one, and not before a digit:
   "it costs $5 or $6" is no formula. */
function inline(text: string, start: number): MathSpan | null {
  if (/^\s?$/u.test(text[start + 1] ?? "")) return null;
  for (let at = closing(text, start + 1, "$"); at >= 0; at = closing(text, at + 1, "$")) {
    if (/\s/u.test(text[at - 1] ?? " ") || /\d/u.test(text[at + 1] ?? "")) continue;
    const source = text.slice(start + 1, at);
    return source === "" ? null : { end: at + 1, source, display: false };
  }
  return null;
}

/** The formula that begins at `start`, or null. */
export function mathAt(text: string, start: number): MathSpan | null {
  if (text.startsWith("$$", start)) return display(text, start);
  if (text[start] === "$") return inline(text, start);
  if (text.startsWith("\\(", start)) return between(text, start, "\\(", "\\)", false);
  if (text.startsWith("\\[", start)) return between(text, start, "\\[", "\\]", true);
  return null;
}
