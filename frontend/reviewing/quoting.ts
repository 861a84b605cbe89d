/** Between the words on the page and the words in a step's source: what is selected, and where a quote is to be marked. */
import { align, codePoints, sourceStretch, unitsOf } from "./aligning";

interface Piece {
  readonly node: Text | HTMLElement;
  readonly text: string;
  readonly start: number;
  readonly isFormula: boolean;
}

export interface Quote {
  readonly text: string;
  /** In code points of the source. */
  readonly start: number;
}

const ASIDE = ".thread, .uses, .step__to, del, .composer";
const BLOCKS = new Set(["P", "LI", "UL", "OL", "PRE", "BLOCKQUOTE", "TABLE", "TR", "TD", "TH", "DIV", "H4", "H5", "H6"]);

/** Read a step's text in pieces: words as they stand, a formula as its source; nothing of what is said about it. */
function piecesOf(body: HTMLElement): Piece[] {
  const pieces: Piece[] = [];
  let length = 0;
  const add = (node: Piece["node"], text: string, isFormula: boolean): void => {
    pieces.push({ node, text, start: length, isFormula });
    length += text.length;
  };
  const walk = (node: Node): void => {
    if (node instanceof Text) return add(node, node.data, false);
    if (!(node instanceof HTMLElement) || node.matches(ASIDE)) return;
    if (node.matches(".tex")) return add(node, ` ${node.dataset["tex"] ?? node.textContent ?? ""} `, true);
    node.childNodes.forEach(walk);
    if (BLOCKS.has(node.tagName)) length += 1;
  };
  walk(body);
  return pieces;
}

function textOf(pieces: readonly Piece[]): string {
  let text = "";
  for (const piece of pieces) text = text.padEnd(piece.start) + piece.text;
  return text;
}

/** The stretch of the read text that a range covers; a formula that it touches is covered whole. */
function covered(pieces: readonly Piece[], range: Range): { start: number; end: number; first: Piece; last: Piece } | null {
  const touched = pieces.filter(({ node, text }) => text.trim() !== "" && range.intersectsNode(node));
  const first = touched[0];
  const last = touched[touched.length - 1];
  if (first === undefined || last === undefined) return null;
  /* An offset counts characters only inside words; inside a formula it counts elements, and the formula is taken whole. */
  const start = first.start + (first.node === range.startContainer && !first.isFormula ? range.startOffset : 0);
  const end = last.start + (last.node === range.endContainer && !last.isFormula ? range.endOffset : last.text.length);
  return end > start ? { start, end, first, last } : null;
}

/** Quote what is selected inside a step's body; null when nothing of it is, or when it cannot be found in the source. */
export function selectedQuote(body: HTMLElement, source: string): Quote | null {
  const selection = document.getSelection();
  if (selection === null || selection.isCollapsed || selection.rangeCount === 0) return null;
  const range = selection.getRangeAt(0);
  if (!range.intersectsNode(body)) return null;
  const pieces = piecesOf(body);
  const read = covered(pieces, range);
  if (read === null) return null;
  const found = sourceStretch(read, align(textOf(pieces), source), source, read.first.isFormula, read.last.isFormula);
  if (found === null) return null;
  const text = source.slice(found.start, found.end);
  return text.trim() === "" ? null : { text, start: codePoints(source.slice(0, found.start)) };
}

/** Find the words of a quote on the page, to mark them; null when they are not shown. */
export function rangeOf(body: HTMLElement, source: string, quote: Quote): Range | null {
  const pieces = piecesOf(body);
  const places = align(textOf(pieces), source);
  const from = unitsOf(source, quote.start);
  const until = from + quote.text.length;
  const inside = places.flatMap((place, index) => (place >= from && place < until ? [index] : []));
  const [start] = inside;
  const end = inside[inside.length - 1];
  if (start === undefined || end === undefined) return null;
  const range = document.createRange();
  const holds = (index: number): Piece | undefined => pieces.find((piece) => index >= piece.start && index < piece.start + piece.text.length);
  const [first, last] = [holds(start), holds(end)];
  if (first === undefined || last === undefined) return null;
  if (first.node instanceof Text) range.setStart(first.node, start - first.start);
  else range.setStartBefore(first.node);
  if (last.node instanceof Text) range.setEnd(last.node, end - last.start + 1);
  else range.setEndAfter(last.node);
  return range;
}
