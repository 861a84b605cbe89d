/** The document of a piece of work and everything that can be done to it; pure, and nothing written is ever dropped. */

export type StepType = "understand" | "plan" | "assumption" | "work" | "insight" | "check" | "dead_end" | "backtrack" | "correction" | "conclusion";
export type StepStatus = "live" | "abandoned" | "corrected";

export interface Step {
  readonly id: string;
  readonly type: StepType;
  readonly body: string;
  readonly status: StepStatus;
  /** ids of the earlier steps it rests on */
  readonly refs: readonly string[];
  /** for a backtrack: the step it goes back to */
  readonly to: string | null;
  readonly seconds: number;
  /** ids of the program runs that it cites */
  readonly runs: readonly string[];
}

export interface Program {
  readonly language: string;
  readonly source: string;
}

export interface Content {
  readonly steps: readonly Step[];
  readonly answer: { readonly text: string; readonly unit: string; readonly assumptions: readonly string[] };
  readonly confidence: number | null;
  readonly what_would_make_this_wrong: string;
  readonly program: Program | null;
  readonly tools_used: string;
  readonly note_to_reviewer: string;
  readonly waivers: Readonly<Record<string, string>>;
}

/** Make an id for a new step, unlike any other. */
export function newStepId(): string {
  const bytes = new Uint8Array(9);
  globalThis.crypto.getRandomValues(bytes);
  return `s${Array.from(bytes, (byte) => byte.toString(36).padStart(2, "0")).join("")}`;
}

/** Make an empty step. */
export function emptyStep(id: string, type: StepType): Step {
  return { id, type, body: "", status: "live", refs: [], to: null, seconds: 0, runs: [] };
}

/** Where a step stands, or -1. */
export function placeOf(content: Content, id: string): number {
  return content.steps.findIndex((step) => step.id === id);
}

/** The number people see: its place from 1; 0 when there is no such step. */
export function numberOf(content: Content, id: string): number {
  return placeOf(content, id) + 1;
}

/* Array.prototype.toSpliced is younger than the browsers we serve. */
function spliced<T>(items: readonly T[], at: number, count: number, ...put: readonly T[]): T[] {
  return [...items.slice(0, at), ...put, ...items.slice(at + count)];
}

function withSteps(content: Content, steps: readonly Step[]): Content {
  return { ...content, steps };
}

/** Change one step; the same document comes back when there is no such step. */
export function changeStep(content: Content, id: string, change: (step: Step) => Step): Content {
  const at = placeOf(content, id);
  const old = content.steps[at];
  if (old === undefined) return content;
  const next = change(old);
  return next === old ? content : withSteps(content, spliced(content.steps, at, 1, next));
}

/** Put a step after another one; null puts it first. */
export function addStep(content: Content, afterId: string | null, step: Step): Content {
  const at = afterId === null ? 0 : numberOf(content, afterId) || content.steps.length;
  return withSteps(content, spliced(content.steps, at, 0, step));
}

/** What the next step most likely is: a task is understood, then planned, then worked on. */
export function likelyType(content: Content, afterId: string | null): StepType {
  const before = content.steps[afterId === null ? -1 : placeOf(content, afterId)];
  if (before === undefined) return "understand";
  if (before.type === "understand") return content.steps.some((step) => step.type === "plan") ? "work" : "plan";
  return before.type === "dead_end" ? "backtrack" : "work";
}

/** Write the text of a step. */
export function setBody(content: Content, id: string, body: string): Content {
  return changeStep(content, id, (step) => (step.body === body ? step : { ...step, body }));
}

/** Say what a step is; only a backtrack keeps a target. */
export function setType(content: Content, id: string, type: StepType): Content {
  return changeStep(content, id, (step) => (step.type === type ? step : { ...step, type, to: type === "backtrack" ? step.to : null }));
}

/** Mark a dead end, or take the mark back; the text stays. */
export function toggleDeadEnd(content: Content, id: string): Content {
  const step = content.steps[placeOf(content, id)];
  return setType(content, id, step?.type === "dead_end" ? "work" : "dead_end");
}

/** Say to which earlier step a backtrack goes; a later step or itself is refused by leaving the document as it is. */
export function setTarget(content: Content, id: string, to: string | null): Content {
  if (to !== null && !isEarlier(content, to, id)) return content;
  return changeStep(content, id, (step) => ({ ...step, type: "backtrack", to }));
}

function isEarlier(content: Content, id: string, than: string): boolean {
  const at = placeOf(content, id);
  return at >= 0 && at < placeOf(content, than);
}

/** Say which steps a step rests on; what is not an earlier step is left out. */
export function setRefs(content: Content, id: string, refs: readonly string[]): Content {
  const wanted = [...new Set(refs)].filter((ref) => isEarlier(content, ref, id));
  return changeStep(content, id, (step) => ({ ...step, refs: wanted }));
}

/** Read "2, 5" as the steps it names, with what it names that is no earlier step. */
export function readRefs(content: Content, id: string, words: string): { readonly refs: readonly string[]; readonly unknown: readonly string[] } {
  const refs: string[] = [];
  const unknown: string[] = [];
  for (const word of words.split(/[\s,;；，、]+/u).filter((part) => part !== "")) {
    const step = /^\d+$/.test(word) ? content.steps[Number(word) - 1] : undefined;
    if (step !== undefined && isEarlier(content, step.id, id)) refs.push(step.id);
    else unknown.push(word);
  }
  return { refs, unknown };
}

/** Move a step by so many places, as far as there is room. */
export function moveStep(content: Content, id: string, by: number): Content {
  const at = placeOf(content, id);
  const to = Math.min(Math.max(at + by, 0), content.steps.length - 1);
  const step = content.steps[at];
  if (step === undefined || to === at) return content;
  return withSteps(content, spliced(spliced(content.steps, at, 1), to, 0, step));
}

/** Split a step's text at a place; the new step of the same kind rests on what the old one rested on. */
export function splitStep(content: Content, id: string, at: number, newId: string, type?: StepType): Content {
  const old = content.steps[placeOf(content, id)];
  if (old === undefined) return content;
  const head = { ...old, body: old.body.slice(0, at).trimEnd() };
  const kind = type ?? (old.type === "backtrack" ? "work" : old.type);
  const tail = { ...emptyStep(newId, kind), body: old.body.slice(at).replace(/^\s*\n/, "").trimStart(), status: old.status };
  return addStep(changeStep(content, id, () => head), id, tail);
}

/** Most runs that one step cites. */
export const MOST_RUNS = 10;

/** Cite a run in a step; the same document comes back when it is cited there, or when the step cites as many as it may. */
export function citeRun(content: Content, id: string, run: string): Content {
  return changeStep(content, id, (step) => (step.runs.includes(run) || step.runs.length >= MOST_RUNS ? step : { ...step, runs: [...step.runs, run] }));
}

/** Cite a run in a step no more. */
export function dropRun(content: Content, id: string, run: string): Content {
  return changeStep(content, id, (step) => (step.runs.includes(run) ? { ...step, runs: step.runs.filter((other) => other !== run) } : step));
}

/** The numbers of the steps that cite a run. */
export function citingSteps(content: Content, run: string): number[] {
  return content.steps.flatMap((step, at) => (step.runs.includes(run) ? [at + 1] : []));
}

/**
 * Join a step to the one before it; whoever rested on it rests on that one. Returns also where the joined text begins.
 * Two steps that cite more runs together than one may are not joined.
 */
export function mergeStep(content: Content, id: string): { readonly content: Content; readonly into: string | null; readonly at: number } {
  const place = placeOf(content, id);
  const step = content.steps[place];
  const before = content.steps[place - 1];
  const runs = [...new Set([...(before?.runs ?? []), ...(step?.runs ?? [])])];
  if (step === undefined || before === undefined || runs.length > MOST_RUNS) return { content, into: null, at: 0 };
  const gap = before.body.trim() === "" || step.body.trim() === "" ? "" : "\n\n";
  const refs = [...new Set([...before.refs, ...step.refs])].filter((ref) => ref !== before.id && ref !== id);
  const joined: Step = { ...before, body: before.body + gap + step.body, refs, to: before.to ?? null, seconds: before.seconds + step.seconds, runs };
  const steps = spliced(content.steps, place - 1, 2, joined).map((other) => redirect(other, id, before.id));
  return { content: withSteps(content, steps), into: before.id, at: before.body.length + gap.length };
}

function redirect(step: Step, from: string, to: string): Step {
  if (step.to !== from && !step.refs.includes(from)) return step;
  const refs = [...new Set(step.refs.map((ref) => (ref === from ? to : ref)))].filter((ref) => ref !== step.id);
  return { ...step, refs, to: step.to === from ? to : step.to };
}

/** True when a step holds nothing that somebody wrote or cited. */
export function isBlank(step: Step): boolean {
  return step.body.trim() === "" && step.runs.length === 0;
}

/** Take a step out: an empty one goes, one with text stays as given up. */
export function putAway(content: Content, id: string): Content {
  const step = content.steps[placeOf(content, id)];
  if (step === undefined) return content;
  if (!isBlank(step)) return changeStep(content, id, (old) => ({ ...old, status: "abandoned" }));
  const steps = content.steps.filter((other) => other.id !== id);
  return withSteps(content, steps.map((other) => ({ ...other, refs: other.refs.filter((ref) => ref !== id), to: other.to === id ? null : other.to })));
}

/** Take a step that was given up back into the work. */
export function takeBack(content: Content, id: string): Content {
  return changeStep(content, id, (step) => (step.status === "live" ? step : { ...step, status: "live" }));
}

/** Add time in which a step was the active one, in whole seconds. */
export function addSeconds(content: Content, id: string, seconds: number): Content {
  return seconds < 1 ? content : changeStep(content, id, (step) => ({ ...step, seconds: step.seconds + Math.floor(seconds) }));
}

/** Waive a finding with a reason; an empty reason takes the waiver back. */
export function waive(content: Content, key: string, reason: string): Content {
  const { [key]: _old, ...others } = content.waivers;
  return { ...content, waivers: reason.trim() === "" ? others : { ...others, [key]: reason.trim() } };
}

/** Everything written, as one text: for comparing two versions and for copying. */
export function asText(content: Content): string {
  const steps = content.steps.map((step, at) => {
    const said = [step.type.replace("_", " "), step.status === "live" ? "" : `(${step.status})`].filter((part) => part !== "").join(" ");
    const to = step.to === null ? "" : `To ${numberOf(content, step.to)}. `;
    const uses = step.refs.length === 0 ? "" : `\nuses ${step.refs.map((ref) => numberOf(content, ref)).join(", ")}`;
    const runs = step.runs.length === 0 ? "" : `\ncites ${step.runs.length === 1 ? "a run" : `${step.runs.length} runs`}`;
    return `${at + 1} ${said}\n${to}${step.body}${uses}${runs}`;
  });
  const { answer } = content;
  const ends = [
    ["Answer", [answer.text, answer.unit].filter((part) => part !== "").join(" ")],
    ["Assumptions", answer.assumptions.join("\n")],
    ["Confidence", content.confidence === null ? "" : `${content.confidence} of 5`],
    ["What would make this wrong", content.what_would_make_this_wrong],
    ["Program", content.program?.source ?? ""],
    ["Tools used", content.tools_used],
    ["Note to the reviewer", content.note_to_reviewer],
    ["Waived", Object.entries(content.waivers).map(([key, reason]) => `${key}: ${reason}`).join("\n")],
  ].filter(([, text]) => text !== "").map(([name, text]) => `${name}\n${text}`);
  return [...steps, ...ends].join("\n\n");
}

/** Whether two documents hold the same. */
export function isSame(one: Content, other: Content): boolean {
  return one === other || JSON.stringify(sorted(one)) === JSON.stringify(sorted(other));
}

function sorted(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(sorted);
  if (typeof value !== "object" || value === null) return value;
  return Object.fromEntries(Object.entries(value).sort(([a], [b]) => (a < b ? -1 : 1)).map(([key, inner]) => [key, sorted(inner)]));
}
