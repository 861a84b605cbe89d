/** What programs print: where it first differs from what was expected, white space made visible, long texts folded, lines named by compilers. */

/** A stretch of one line; lines and columns from 0. */
export interface Place {
  readonly line: number;
  readonly from: number;
  readonly to: number;
}

export interface Difference {
  readonly printed: Place;
  readonly expected: Place;
  /** The words are the same; only spaces or line ends differ. */
  readonly isSpace: boolean;
}

interface Word {
  readonly text: string;
  readonly at: number;
}

function wordsOf(text: string): Word[] {
  return [...text.matchAll(/\S+/g)].map((match) => ({ text: match[0], at: match.index }));
}

function placeAt(text: string, at: number, length: number): Place {
  const before = text.slice(0, at);
  const from = at - (before.lastIndexOf("\n") + 1);
  return { line: before.split("\n").length - 1, from, to: from + length };
}

/* A stretch of white space ends with its line, so that the mark stays on one line. */
function spaceAt(text: string, at: number): Place {
  const space = /^(?:[^\S\n]*\n|[^\S\n]+|)/.exec(text.slice(at))?.[0] ?? "";
  return placeAt(text, at, space.length);
}

/** Where two outputs first differ: in a word, or if all words are the same in white space. Null when they are equal. */
export function firstDifference(printed: string, expected: string): Difference | null {
  if (printed === expected) return null;
  const [mine, theirs] = [wordsOf(printed), wordsOf(expected)];
  const at = Array.from({ length: Math.max(mine.length, theirs.length) }, (_, n) => n).find((n) => mine[n]?.text !== theirs[n]?.text);
  if (at !== undefined) {
    const place = (text: string, word: Word | undefined): Place => (word === undefined ? placeAt(text.trimEnd(), text.trimEnd().length, 0) : placeAt(text, word.at, word.text.length));
    return { printed: place(printed, mine[at]), expected: place(expected, theirs[at]), isSpace: false };
  }
  let first = 0;
  while (printed[first] === expected[first]) first += 1;
  return { printed: spaceAt(printed, first), expected: spaceAt(expected, first), isSpace: true };
}

function cutOut(text: string, { line, from, to }: Place): string {
  return (text.split("\n")[line] ?? "").slice(from, to);
}

/**
 * The difference to mark beside the server's own words: none between two numbers that it does not speak of, for they may
 * be close enough for this task.
 */
export function markedDifference(printed: string, expected: string, said: string): Difference | null {
  const found = firstDifference(printed, expected);
  if (found === null || said === "") return found;
  const words = [cutOut(printed, found.printed), cutOut(expected, found.expected)];
  const areNumbers = words.every((word) => word !== "" && Number.isFinite(Number(word)));
  return areNumbers && !words.every((word) => said.includes(word)) ? null : found;
}

/** Say a difference as a sentence; lines are counted from 1. */
export function sayDifference(printed: string, expected: string): string {
  const found = firstDifference(printed, expected);
  if (found === null) return "The output is the same as the expected one.";
  const line = found.printed.line + 1;
  if (found.isSpace) return `The words are the same; spaces or line ends differ first in line ${line}.`;
  const cut = (text: string, place: Place): string => {
    const word = cutOut(text, place);
    return word.length > 40 ? `${word.slice(0, 40)}…` : word;
  };
  const [mine, theirs] = [cut(printed, found.printed), cut(expected, found.expected)];
  if (mine === "") return `The output ends early: “${theirs}” is expected next.`;
  return theirs === "" ? `From line ${line} on there is more than expected: “${mine}”.` : `First difference in line ${line}: “${mine}” instead of “${theirs}”.`;
}

/** Make white space visible. */
export function showSpace(text: string): string {
  return text.replaceAll(" ", "·").replaceAll("\t", "→").replaceAll("\r", "␍").replaceAll("\n", "⏎");
}

export interface Fold {
  /** number of the first line that is shown, from 0 */
  readonly first: number;
  readonly lines: readonly string[];
  readonly before: number;
  readonly after: number;
}

/** Split a text into lines; its last line end opens no further line. */
export function linesOf(text: string): string[] {
  return text.replace(/\n$/, "").split("\n");
}

/** Choose what of a long text is shown: at most so many lines, around one of them or from the beginning. */
export function foldLines(text: string, most: number, around = 0): Fold {
  const all = linesOf(text);
  const first = Math.max(0, Math.min(around - Math.floor(most / 2), all.length - most));
  const lines = all.slice(first, first + most);
  return { first, lines, before: first, after: all.length - first - lines.length };
}

export interface Piece {
  readonly text: string;
  /** the line of the source that the text names, from 1; null: just text */
  readonly line: number | null;
  readonly column: number;
}

const NAMED = /\b[Mm]ain\.(?:py|cpp|c|js|rs|java|go)(?:", line |:)(\d+)(?::(\d+))?/g;

/** Split what a compiler or an interpreter said at the lines of the source that it names. */
export function namedLines(text: string): Piece[] {
  const pieces: Piece[] = [];
  let end = 0;
  for (const match of text.matchAll(NAMED)) {
    if (match.index > end) pieces.push({ text: text.slice(end, match.index), line: null, column: 1 });
    pieces.push({ text: match[0], line: Number(match[1]), column: Number(match[2] ?? 1) });
    end = match.index + match[0].length;
  }
  if (end < text.length) pieces.push({ text: text.slice(end), line: null, column: 1 });
  return pieces;
}
