/** What may be set as a formula at all, decided before KaTeX sees it. Pure. */

export const MOST_CHARS = 4_000;
export const MOST_DEPTH = 64;
export const MOST_EXPRESSIONS = 300;
export const MOST_CHARS_TOGETHER = 60_000;
/** A formula up to this long is never broken across lines. */
export const KEEP_CHARS = 24;

const PIECE = /\\(?:[A-Za-z]+\*?|[\s\S])|[{}]/g;

/** How deep braces, \left pairs and environments are nested; an escaped brace does not count. */
export function braceDepth(source: string): number {
  let depth = 0;
  let deepest = 0;
  for (const [piece] of source.matchAll(PIECE)) {
    if (piece === "{" || piece === "\\left" || piece === "\\begin") deepest = Math.max(deepest, (depth += 1));
    else if (piece === "}" || piece === "\\right" || piece === "\\end") depth = Math.max(0, depth - 1);
  }
  return deepest;
}

/** Say why a formula will not be set, or null when it may be. */
export function refuseFormula(source: string): string | null {
  if (source.length > MOST_CHARS) return `This formula has ${source.length.toLocaleString("en")} characters; at most ${MOST_CHARS.toLocaleString("en")} are set. Split it.`;
  if (braceDepth(source) > MOST_DEPTH) return `This formula is nested more than ${MOST_DEPTH} deep. Give its parts names.`;
  return null;
}

/** What one document may still have set. */
export class TexBudget {
  #expressions = 0;
  #chars = 0;

  /** Count one formula; say why it is over the limit, or null. */
  take(source: string): string | null {
    const refusal = refuseFormula(source);
    if (refusal !== null) return refusal;
    if (this.#expressions >= MOST_EXPRESSIONS) return `Only the first ${MOST_EXPRESSIONS} formulas of a text are set.`;
    if (this.#chars + source.length > MOST_CHARS_TOGETHER) return `Only the first ${MOST_CHARS_TOGETHER.toLocaleString("en")} characters of formulas in a text are set.`;
    this.#expressions += 1;
    this.#chars += source.length;
    return null;
  }
}

/** Say in plain words why KaTeX refused a formula. */
export function explainTexError(error: unknown): string {
  if (error instanceof RangeError) return "This formula is nested too deep to be set. Split it.";
  const text = error instanceof Error ? error.message : String(error);
  const where = /at position (\d+)/.exec(text)?.[1];
  const column = where === undefined ? "" : ` (column ${where})`;
  const unknown = /Undefined control sequence: (\\\S+)/.exec(text)?.[1];
  if (unknown !== undefined) return `${unknown} is not known here${column}.`;
  if (/Expected '}'/.test(text)) return `A brace is not closed${column}.`;
  if (/Expected 'EOF', got '}'/.test(text)) return `There is a closing brace too many${column}.`;
  if (/Expected '\\right'|Expected 'EOF', got '\\right'/.test(text)) return `\\left and \\right do not match${column}.`;
  if (/Too many expansions/.test(text)) return "This formula's macros never end.";
  return text.replace(/^KaTeX parse error: /, "").replace(/^(.{0,200})[\s\S]*$/, "$1");
}
