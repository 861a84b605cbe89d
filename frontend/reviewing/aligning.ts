/** Which characters of a step's source are the ones that are read on the page. Pure. */

const WORD = /\S+/gu;
/* A word further away than this was not skipped markup; it is another place. */
const FURTHEST = 4_000;

function alignWord(word: string, source: string, from: number, places: number[], at: number): number | null {
  let next = from;
  for (let offset = 0; offset < word.length; offset += 1) {
    const found = source.indexOf(word.charAt(offset), next);
    if (found < 0 || found - next > 40) return null;
    places[at + offset] = found;
    next = found + 1;
  }
  return next;
}

/** Map every character of the read text (UTF-16) to its place in the source; -1 for one that the source does not have there.
 *
 * Words are looked for as they stand, in order, and letter by letter when markup runs through them. A word that is not in
 * the source (an entity, say) has no place; the others keep theirs. */
export function align(read: string, source: string): number[] {
  const places = new Array<number>(read.length).fill(-1);
  let from = 0;
  for (const { 0: word, index } of read.matchAll(WORD)) {
    const whole = source.indexOf(word, from);
    if (whole >= 0 && whole - from < FURTHEST) {
      for (let offset = 0; offset < word.length; offset += 1) places[index + offset] = whole + offset;
      from = whole + word.length;
      continue;
    }
    from = alignWord(word, source, from, places, index) ?? from;
  }
  return places;
}

export interface Stretch {
  readonly start: number;
  readonly end: number;
}

const OPENERS = ["$$", "\\[", "\\(", "$"];
const CLOSERS = ["$$", "\\]", "\\)", "$"];

/** Find the stretch of the source that a stretch of the read text stands for; with the signs around its formulas. Null when it has none. */
export function sourceStretch(read: Stretch, places: readonly number[], source: string, startsFormula: boolean, endsFormula: boolean): Stretch | null {
  const held = places.slice(read.start, read.end).filter((place) => place >= 0);
  if (held.length === 0) return null;
  let start = Math.min(...held);
  let end = Math.max(...held) + 1;
  const before = source.slice(0, start).trimEnd();
  const opener = startsFormula ? OPENERS.find((sign) => before.endsWith(sign)) : undefined;
  if (opener !== undefined) start = before.length - opener.length;
  const after = source.slice(end).trimStart();
  const closer = endsFormula ? CLOSERS.find((sign) => after.startsWith(sign)) : undefined;
  if (closer !== undefined) end = source.length - after.length + closer.length;
  return { start, end };
}

/** Count code points, as the server does. */
export function codePoints(text: string): number {
  return [...text].length;
}

/** The place in UTF-16 of the n-th code point. */
export function unitsOf(text: string, points: number): number {
  return [...text].slice(0, points).join("").length;
}
