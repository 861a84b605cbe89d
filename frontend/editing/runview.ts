/** How runs look: verdicts, what a program printed, the difference of two outputs, and a run that a step cites. */
import { type Child, fill, h, s } from "../lib/dom";
import { glyph } from "../lib/glyphs";
import { serverNow } from "../lib/time";
import { type Place, foldLines, linesOf, markedDifference, namedLines, sayDifference, showSpace } from "./outputs";
import { type Run, type RunTest, commandOf, factsOf, sayVerdict, stampOf, textOf } from "./runs";

const MOST_LINES = 12;
const FEW_LINES = 4;

export type Jump = (line: number, column: number) => void;

/** A verdict as a glyph and a word; `count` stands before it. */
export function verdictBadge(verdict: string, count?: number): HTMLElement {
  const { words, glyph: sign, tone } = sayVerdict(verdict);
  return h("span", { class: tone === "soft" ? "badge" : `badge badge--${tone}` }, glyph(sign), count === undefined ? words : `${count} ${words}`);
}

/** A bar that shows a share of the whole; `isBad` fills it in red. */
export function meter(share: number, isBad: boolean): SVGElement {
  const long = Math.round(96 * Math.min(1, share));
  return s("svg", { class: "meter", viewBox: "0 0 96 6", "aria-hidden": "true", preserveAspectRatio: "none" },
    s("path", { class: "meter__rail", d: "M0 3h96" }),
    long === 0 ? null : s("path", { class: isBad ? "meter__fill meter__fill--bad" : "meter__fill", d: `M0 3h${Math.max(1, long)}` }));
}

export interface Printed {
  readonly label: string;
  readonly text: string;
  readonly most?: number;
  /** what differs, with its line shown whatever is folded */
  readonly place?: Place;
  /** it differs in white space, so that is shown */
  readonly isSpace?: boolean;
  /** lines of the source that the text names lead there */
  readonly jump?: Jump | undefined;
}

function lineOf(line: string, n: number, { place, isSpace = false, jump }: Printed): Child {
  if (place !== undefined && place.line === n) {
    const whole = `${line}\n`;
    const show = isSpace ? showSpace : (text: string): string => text;
    return [show(line.slice(0, place.from)), h("mark", { class: "differs" }, show(whole.slice(place.from, place.to))), show(line.slice(place.to))];
  }
  if (jump === undefined) return line;
  return namedLines(line).map((piece) => {
    const to = piece.line;
    return to === null ? piece.text : h("button", { class: "linebtn", type: "button", title: `Go to line ${to}`, onclick: () => jump(to, piece.column) }, piece.text);
  });
}

/** A text that a machine printed, in the code face; a long one is folded around what matters. */
export function printed(shown: Printed): HTMLElement {
  const pre = h("pre", { tabindex: 0, role: "group", "aria-label": shown.label });
  const box = h("div", { class: "out" });
  const draw = (most: number): void => {
    const fold = foldLines(shown.text, most, shown.place?.line ?? 0);
    const all = (count: number, where: string): Child => (count === 0 ? null : h("button", { class: "out__more", type: "button",
      onclick: () => { draw(Number.MAX_SAFE_INTEGER); pre.focus(); } }, `${count} ${where} ${count === 1 ? "line" : "lines"}`));
    fill(pre, fold.lines.map((line, at) => [at === 0 ? "" : "\n", lineOf(line, fold.first + at, shown)]));
    fill(box, all(fold.before, "earlier"), pre, all(fold.after, "more"));
  };
  if (shown.text === "") return h("p", { class: "hint out__nothing" }, "Nothing.");
  draw(shown.most ?? MOST_LINES);
  return box;
}

function titled(shown: Printed): HTMLElement {
  return h("div", { class: "out__part" }, h("p", { class: "label", "aria-hidden": "true" }, shown.label), printed(shown));
}

/** What one test gave beside what was expected, with the first difference marked; `input`: what it gives to the program. */
export function differenceOf(test: RunTest, input: string, jump: Jump): HTMLElement {
  /* The first line says why; what the program's own errors were may follow. */
  const [why = "", ...errors] = (test.reason ?? "").split("\n");
  const [mine, theirs] = [test.stdout ?? "", test.expected ?? ""];
  const found = test.verdict === "wrong" ? markedDifference(mine, theirs, why) : null;
  const marked = (place: Place | undefined): Partial<Printed> => (place === undefined ? {} : { place, isSpace: found?.isSpace ?? false });
  /* A test that calls a function prints nothing and reads nothing; one of speed has nothing to compare at all. */
  const isCall = (test.stdin ?? "") === "" && mine === "";
  return h("div", { class: "test__more" },
    h("p", null, why !== "" ? why : found === null ? "" : sayDifference(mine, theirs)),
    errors.length === 0 ? null : titled({ label: "Errors", text: errors.join("\n"), jump }),
    isCall && theirs === "" ? null : h("div", { class: "test__texts" },
      input === "" ? null : titled({ label: "Input", text: input }),
      isCall ? null : titled({ label: "Printed", text: mine, ...marked(found?.printed) }),
      titled({ label: "Expected", text: theirs, ...marked(isCall ? undefined : found?.expected) })));
}

/** All that a run with input of one's own printed, or what its compiler said. */
export function outputOf(run: Run, jump: Jump): HTMLElement[] {
  const parts: Printed[] = [{ label: run.verdict === "compile_error" ? "The compiler says" : "Errors", text: run.stderr, jump }];
  if (run.purpose === "custom" && run.verdict !== "compile_error") parts.unshift({ label: "Printed", text: run.stdout });
  return parts.filter(({ label, text }) => text !== "" || (label === "Printed" && run.stderr === "")).map(titled);
}

/** What decides how a cited run looks. */
export function keyOfRun(run: Run | null | undefined): string {
  return run === null ? "gone" : run === undefined ? "unread" : run.state;
}

/** A run that a step cites: command, output and time; a long output is folded. With `drop` it can be taken out. */
export function citedRun(run: Run | null | undefined, drop?: () => void): HTMLElement {
  const out = drop === undefined ? null : h("button", { class: "btn btn--bare btn--small push", type: "button", onclick: drop, title: "Take out of the step" }, glyph("close"), h("span", { class: "vh" }, run ? `Take run ${stampOf(run, serverNow())} out` : "Take this run out"));
  if (!run) return h("div", { class: "run" }, h("div", { class: "run__head" }, h("b", null, "Run"), h("span", null, run === null ? "is not among the runs of this work" : "…"), out));
  const text = textOf(run);
  const isShort = linesOf(text).length <= FEW_LINES;
  const label = `Output of run ${stampOf(run, serverNow())}`;
  return h("div", { class: "run" },
    h("div", { class: "run__head" }, h("b", null, `Run ${stampOf(run, serverNow())}`), factsOf(run).map((fact) => h("span", { class: "num" }, fact)), out),
    h("details", { open: isShort || drop !== undefined }, h("summary", null, h("code", null, commandOf(run))), printed({ label, text })));
}
