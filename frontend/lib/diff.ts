/** Differences between two texts in words (Latin), characters (Chinese, Japanese) and whole formulas. */

export type DiffKind = "same" | "added" | "removed";
export interface DiffPart {
  readonly kind: DiffKind;
  readonly text: string;
}

const WORDS = /\$\$[\s\S]+?\$\$|\$[^$\n]+\$|[\p{sc=Han}\p{sc=Hiragana}\p{sc=Katakana}]|(?:(?![\p{sc=Han}\p{sc=Hiragana}\p{sc=Katakana}])[\p{L}\p{N}\p{M}_'’])+|\s+|[\s\S]/gu;
const MOST_EDITS = 1500;

/** Split a text so that joining the parts gives it back: words, characters of scripts without spaces, formulas, spaces, signs. */
export function splitWords(text: string): string[] {
  return text.match(WORDS) ?? [];
}

/* Myers' greedy O(ND) algorithm: trace[d] holds the furthest x on every diagonal after d edits. Null when the texts are too far apart. */
function shortestTrace(a: readonly string[], b: readonly string[]): Int32Array[] | null {
  const most = Math.min(a.length + b.length, MOST_EDITS);
  const offset = most + 1;
  const furthest = new Int32Array(2 * most + 3);
  const trace: Int32Array[] = [];
  for (let d = 0; d <= most; d += 1) {
    trace.push(furthest.slice(offset - d - 1, offset + d + 2));
    for (let k = -d; k <= d; k += 2) {
      const down = k === -d || (k !== d && furthest[offset + k - 1]! < furthest[offset + k + 1]!);
      let x = down ? furthest[offset + k + 1]! : furthest[offset + k - 1]! + 1;
      while (x < a.length && x - k < b.length && a[x] === b[x - k]) x += 1;
      furthest[offset + k] = x;
      if (x >= a.length && x - k >= b.length) return trace;
    }
  }
  return null;
}

function walkBack(a: readonly string[], b: readonly string[], trace: readonly Int32Array[]): DiffPart[] {
  const parts: DiffPart[] = [];
  let x = a.length;
  let y = b.length;
  for (let d = trace.length - 1; d >= 0; d -= 1) {
    const before = trace[d]!;
    const at = (k: number): number => before[k + d + 1]!;
    const k = x - y;
    const down = k === -d || (k !== d && at(k - 1) < at(k + 1));
    const fromX = d === 0 ? 0 : down ? at(k + 1) : at(k - 1);
    const fromY = d === 0 ? 0 : fromX - (down ? k + 1 : k - 1);
    while (x > (d === 0 ? 0 : down ? fromX : fromX + 1) && y > (d === 0 ? 0 : down ? fromY + 1 : fromY)) {
      x -= 1;
      y -= 1;
      parts.push({ kind: "same", text: a[x]! });
    }
    if (d === 0) break;
    if (down) parts.push({ kind: "added", text: b[fromY]! });
    else parts.push({ kind: "removed", text: a[fromX]! });
    x = fromX;
    y = fromY;
  }
  return parts.reverse();
}

function compareWords(a: readonly string[], b: readonly string[]): DiffPart[] {
  if (a.length === 0 || b.length === 0) {
    return [...a.map((text) => ({ kind: "removed", text }) as const), ...b.map((text) => ({ kind: "added", text }) as const)];
  }
  const trace = shortestTrace(a, b);
  if (trace === null) return [{ kind: "removed", text: a.join("") }, { kind: "added", text: b.join("") }];
  return walkBack(a, b, trace);
}

/* A lone space (or comma) between two changes would cut one change into splinters: it joins both sides. */
function bridge(parts: readonly DiffPart[]): DiffPart[] {
  return parts.flatMap((part, i) => {
    const inside = parts[i - 1] !== undefined && parts[i + 1] !== undefined && parts[i - 1]!.kind !== "same" && parts[i + 1]!.kind !== "same";
    const small = part.kind === "same" && /^[\s\p{P}]{1,2}$/u.test(part.text);
    return inside && small ? [{ kind: "removed", text: part.text } as const, { kind: "added", text: part.text } as const] : [part];
  });
}

/* Between two unchanged pieces everything removed stands before everything added. */
function gather(parts: readonly DiffPart[]): DiffPart[] {
  const out: DiffPart[] = [];
  let removed = "";
  let added = "";
  const flush = (): void => {
    if (removed !== "") out.push({ kind: "removed", text: removed });
    if (added !== "") out.push({ kind: "added", text: added });
    removed = added = "";
  };
  for (const part of parts) {
    if (part.kind === "removed") removed += part.text;
    else if (part.kind === "added") added += part.text;
    else {
      flush();
      const last = out[out.length - 1];
      if (last?.kind === "same") out[out.length - 1] = { kind: "same", text: last.text + part.text };
      else out.push(part);
    }
  }
  flush();
  return out;
}

/**
 * Compare two texts. The parts that are not "added" join to `before`, those that are not "removed" to `after`.
 * Texts with more than 1,500 changed words are given as one removal and one addition (Myers 1986, "An O(ND) difference algorithm").
 */
export function diffWords(before: string, after: string): DiffPart[] {
  const a = splitWords(before);
  const b = splitWords(after);
  let head = 0;
  while (head < a.length && head < b.length && a[head] === b[head]) head += 1;
  let tail = 0;
  while (tail < a.length - head && tail < b.length - head && a[a.length - 1 - tail] === b[b.length - 1 - tail]) tail += 1;
  const middle = compareWords(a.slice(head, a.length - tail), b.slice(head, b.length - tail));
  const same = (words: readonly string[]): DiffPart[] => (words.length === 0 ? [] : [{ kind: "same", text: words.join("") }]);
  return gather(bridge(gather([...same(a.slice(0, head)), ...middle, ...same(a.slice(a.length - tail))])));
}
