/** What the column of checks says of the answer, its unit and its tests while somebody writes: advice, not alarm. */
import type { Content } from "./document";
import type { AnswerCheck } from "./liveanswer";
import { type Run, type Tone, sayEnd } from "./runs";

export interface LiveLine {
  readonly name: string;
  readonly tone: Tone;
  readonly glyph: string;
  /** at the right edge */
  readonly value: string;
  /** a formula instead of the value */
  readonly tex: string;
  readonly small: string;
  /** id of the field that it is about, where there is something to do */
  readonly go: string | null;
}

export interface AnswerFacts {
  /** the kind of answer that is asked for; "" for none */
  readonly title: string;
  readonly hasUnit: boolean;
  readonly unitExpected: boolean;
  readonly answer: Content["answer"];
  readonly check: AnswerCheck | null;
  readonly isAway: boolean;
}

const LINE = { value: "", tex: "", small: "", go: null } as const;
const WARN = { tone: "warn", glyph: "warning" } as const;
const GOOD = { tone: "good", glyph: "check" } as const;
const SOFT = { tone: "soft", glyph: "none" } as const;

function answerLine({ answer, check, isAway }: AnswerFacts): LiveLine {
  const name = "Answer";
  if (answer.text.trim() === "") return { ...LINE, ...SOFT, name, value: "none yet" };
  if (check === null) return { ...LINE, ...SOFT, name, value: isAway ? "not checked just now" : "" };
  if (!check.reads) return { ...LINE, ...WARN, name, small: check.words, go: "answer" };
  return { ...LINE, ...GOOD, name, tex: check.tex, small: check.words };
}

function unitLine({ answer, check, unitExpected }: AnswerFacts): LiveLine {
  const name = "Units";
  const unit = answer.unit.trim();
  if (unit !== "") return { ...LINE, ...(unitExpected ? GOOD : SOFT), name, value: unit, small: check?.unit_words ?? "" };
  return unitExpected ? { ...LINE, ...WARN, name, value: "asked for", go: "unit" } : { ...LINE, ...SOFT, name, value: "not asked" };
}

/** Say how the answer reads, what of its unit, and whether it lacks an assumption. */
export function linesOfAnswer(facts: AnswerFacts): LiveLine[] {
  const lines = facts.title === "" ? [] : [answerLine(facts)];
  if (facts.hasUnit) lines.push(unitLine(facts));
  if (facts.check?.needs_assumption === true) {
    lines.push({ ...LINE, ...WARN, name: "No assumption stated", small: "The answer depends on one: state yours.", go: "more-assumptions" });
  }
  return lines;
}

/** Say what the last run of the tests gave; `isOlder`: the program was changed since. */
export function lineOfTests(count: number, run: Run | null, isOlder: boolean): LiveLine | null {
  if (count === 0) return null;
  const name = "Tests";
  if (run === null) return { ...LINE, ...SOFT, name, value: `${count}, not run yet` };
  if (run.total === 0) return { ...LINE, ...WARN, name, small: sayEnd(run) };
  const passed = run.passed === run.total;
  return { ...LINE, ...(passed && !isOlder ? GOOD : WARN), name, value: `${run.passed}/${run.total}`, small: isOlder ? "of an earlier version" : passed ? "" : sayEnd(run) };
}
