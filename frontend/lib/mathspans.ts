/** Find formulas in Markdown by the rule that the server's app/text/segments.py writes down. Pure. */

export interface MathSpan {
  /** Where the formula's closing sign ends. */
  readonly end: number;
  readonly source: string;
  readonly display: boolean;
}

const CLOSERS = {
  "$$": { close: "$$", display: true, next: /\\[\s\S]|\$\$/g },
  "\\[": { close: "\\]", display: true, next: /\\[\s\S]/g },
  "\\(": { close: "\\)", display: false, next: /\\[\s\S]/g },
  "$": { close: "$", display: false, next: /\\[\s\S]|`+|\$/g },
} as const;
type Opener = keyof typeof CLOSERS;

/* Where the code span opened by a run of backticks ends, or -1 when nothing closes it. */
function codeSpanEnd(text: string, from: number, length: number): number {
  const runs = /`+/g;
  runs.lastIndex = from;
  for (let run = runs.exec(text); run !== null; run = runs.exec(text)) if (run[0].length === length) return runs.lastIndex;
  return -1;
}

/* What is not closed from one place on is not closed from a later one either: thousands of openers cost one search. */
let searched = "";
let unclosed: Partial<Record<Opener, true>> = {};

function closer(text: string, from: number, opener: Opener): number {
  if (searched !== text) {
    searched = text;
    unclosed = {};
  }
  if (unclosed[opener]) return -1;
  const at = search(text, from, opener);
  if (at < 0) unclosed[opener] = true;
  return at;
}

function search(text: string, from: number, opener: Opener): number {
  const { close } = CLOSERS[opener];
  const next = new RegExp(CLOSERS[opener].next);
  next.lastIndex = from;
  for (let found = next.exec(text); found !== null; found = next.exec(text)) {
    if (found[0] === close) return found.index;
    if (found[0].startsWith("`")) {
      const end = codeSpanEnd(text, next.lastIndex, found[0].length);
      if (end > 0) next.lastIndex = end;
    }
  }
  return -1;
}

/* `$` opens before something that is not a space, and the next dollar decides: it closes after something that is not a
   space and not before a digit, so that "costs $5 and $6" stays prose. */
function dollarsHold(raw: string, after: string): boolean {
  return !/^\s|\s$/u.test(raw) && !/^\p{Nd}/u.test(after);
}

function formula(text: string, start: number, opener: Opener): MathSpan | null {
  const from = start + opener.length;
  const at = closer(text, from, opener);
  if (at < 0) return null;
  const raw = text.slice(from, at);
  const end = at + opener.length;
  if (raw.trim() === "" || /\n[ \t\r]*\n/.test(raw)) return null;
  if (opener === "$" && !dollarsHold(raw, text.slice(end, end + 2))) return null;
  return { end, source: raw.trim(), display: CLOSERS[opener].display };
}

/** The formula that begins at `start`, or null. Two dollars that open nothing are no single dollar here; the next one may be. */
export function mathAt(text: string, start: number): MathSpan | null {
  if (text.startsWith("$$", start)) return formula(text, start, "$$");
  if (text[start] === "$") return formula(text, start, "$");
  if (text.startsWith("\\(", start)) return formula(text, start, "\\(");
  if (text.startsWith("\\[", start)) return formula(text, start, "\\[");
  return null;
}
