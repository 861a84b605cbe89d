/** What a reviewer writes of a review, as one document that is changed by pure functions. */
import type { Label, ReviewState, Step, StepVerdict } from "./state";

export interface ReviewDraft {
  readonly labels: Readonly<Record<string, Label>>;
  readonly rubric_scores: Readonly<Record<string, number>>;
  readonly own_answer: string;
  readonly verification_method: string | null;
  readonly verification_note: string;
  readonly reason: string;
  readonly disagreement: string;
  readonly edited_content: Readonly<Record<string, unknown>> | null;
  readonly seconds: number;
}

function bare({ value, error_type, note }: Label): Label {
  return { value, error_type, note };
}

/** Read the draft out of the state of the workbench. */
export function draftOf(state: ReviewState): ReviewDraft {
  return {
    labels: Object.fromEntries(Object.entries(state.labels).map(([id, label]) => [id, bare(label)])),
    rubric_scores: Object.fromEntries(state.rubric.flatMap(({ id, score }) => (score === null ? [] : [[id, score]]))),
    own_answer: state.own_answer,
    verification_method: state.verification_method,
    verification_note: state.verification_note,
    reason: state.reason,
    disagreement: state.disagreement,
    edited_content: state.edited_content,
    seconds: state.seconds,
  };
}

function sorted(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(sorted);
  if (typeof value !== "object" || value === null) return value;
  return Object.fromEntries(Object.entries(value).sort(([one], [other]) => (one < other ? -1 : 1)).map(([key, held]) => [key, sorted(held)]));
}

/** Whether two drafts say the same; the time spent says nothing. */
export function isSame(one: ReviewDraft, other: ReviewDraft): boolean {
  if (one === other) return true;
  return JSON.stringify(sorted({ ...one, seconds: 0 })) === JSON.stringify(sorted({ ...other, seconds: 0 }));
}

/** Give a step a verdict; what was said of an error goes when the step is no longer bad. */
export function withVerdict(draft: ReviewDraft, id: string, value: StepVerdict): ReviewDraft {
  const old = draft.labels[id];
  if (old?.value === value) return draft;
  return { ...draft, labels: { ...draft.labels, [id]: { value, error_type: null, note: old?.note ?? "" } } };
}

/** Say what is wrong with a bad step, and why. A step that has no verdict yet becomes bad. */
export function withError(draft: ReviewDraft, id: string, errorType: string | null, note: string): ReviewDraft {
  return { ...draft, labels: { ...draft.labels, [id]: { value: "bad", error_type: errorType, note } } };
}

/** Score one criterion. */
export function withScore(draft: ReviewDraft, criterion: string, score: number): ReviewDraft {
  return { ...draft, rubric_scores: { ...draft.rubric_scores, [criterion]: score } };
}

/** How many steps still have no verdict. */
export function openCount(steps: readonly Step[], draft: ReviewDraft): number {
  return steps.filter((step) => draft.labels[step.id] === undefined).length;
}

/** The next step without a verdict after `at` (an index, or -1), round the end; null when all have one. */
export function nextOpen(steps: readonly Step[], draft: ReviewDraft, at: number): Step | null {
  const order = [...steps.slice(at + 1), ...steps.slice(0, at + 1)];
  return order.find((step) => draft.labels[step.id] === undefined) ?? null;
}

/* Before a step that must be read again, so much of what is settled stays in sight. */
const CONTEXT = 2;
const SHORTEST = 2;

/** Find the runs of settled steps that can be folded away: never one with an open issue, never the two before a step to be read. */
export function foldable(steps: readonly Step[], hasOpenIssue: (step: Step) => boolean): readonly (readonly Step[])[] {
  const runs: Step[][] = [];
  let run: Step[] = [];
  const close = (isLast: boolean): void => {
    const folded = isLast ? run : run.slice(0, -CONTEXT);
    if (folded.length >= SHORTEST && folded.length < steps.length) runs.push(folded);
    run = [];
  };
  for (const step of steps) {
    if (step.is_settled && !hasOpenIssue(step)) run.push(step);
    else close(false);
  }
  close(true);
  return runs;
}

/** Say what a folded run holds: "Understand, plan, dead end: unchanged, labelled good". */
export function foldWords(run: readonly Step[], draft: ReviewDraft, names: Readonly<Record<string, string>>): string {
  const kinds = [...new Set(run.map((step) => (names[step.type] ?? step.type).toLowerCase()))].join(", ");
  const values = new Set(run.map((step) => draft.labels[step.id]?.value));
  const [only] = values;
  return `${kinds.charAt(0).toUpperCase()}${kinds.slice(1)}: unchanged, ${values.size === 1 && only !== undefined ? `labelled ${only}` : "labels kept"}`;
}
