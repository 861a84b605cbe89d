/** Steps on their margin rule: rendered ones, and the one that is being written. */
import { fill, h } from "../lib/dom";
import { glyph } from "../lib/glyphs";
import { renderMarkdown } from "../lib/markdown";
import { setAllTex } from "../lib/tex";
import { type Content, type Step, type StepType, numberOf } from "./document";
import { citedRun, keyOfRun } from "./runview";
import type { Run } from "./runs";
import type { EditorState } from "./state";

export type TypeNames = EditorState["step_types"];
/** Finds a run: null when there is none, undefined while it is not read. */
export type FindRun = (id: string) => Run | null | undefined;

/** The word for a kind of step. */
export function nameOf(types: TypeNames, type: StepType): string {
  return types.find((one) => one.type === type)?.name ?? type;
}

const STATUS: Readonly<Record<string, string>> = { abandoned: "given up", corrected: "corrected later" };

function statusOf(step: Step): HTMLElement | null {
  const words = STATUS[step.status];
  return words === undefined ? null : h("span", { class: "step__status" }, words);
}

function usesOf(content: Content, step: Step): HTMLElement | null {
  const numbers = step.refs.map((ref) => numberOf(content, ref)).filter((n) => n > 0);
  if (numbers.length === 0) return null;
  const links = numbers.flatMap((n, at) => [at === 0 ? "" : ", ", h("a", { href: `#step-${n}` }, n)]);
  return h("span", { class: "uses" }, "uses ", links);
}

/** Set Markdown with its formulas into a place; resolves when the formulas are set. */
export function setProse(place: HTMLElement, source: string): Promise<unknown> {
  fill(place, renderMarkdown(source));
  return setAllTex(place).catch(() => undefined); /* Without KaTeX the source of each formula stands. */
}

/** What decides how a step looks; equal words, equal step. */
export function signatureOf(content: Content, step: Step, find: FindRun): string {
  return JSON.stringify([step.runs.map((id) => [id, keyOfRun(find(id))]), numberOf(content, step.id), step.type, step.status, step.body, step.refs.map((ref) => numberOf(content, ref)), step.to === null ? 0 : numberOf(content, step.to)]);
}

/** The classes of a step's element. */
export function classOf(step: Step, isActive: boolean): string {
  return ["step", isActive ? "step--active" : "", step.status === "live" ? "" : `step--${step.status}`].filter((part) => part !== "").join(" ");
}

/** Build a rendered step. */
export function buildStep(content: Content, step: Step, types: TypeNames, find: FindRun): HTMLLIElement {
  const n = numberOf(content, step.id);
  const prose = h("div", { class: "prose" });
  if (step.body.trim() === "") fill(prose, h("p", { class: "hint" }, "Nothing written yet."));
  else void setProse(prose, step.body);
  const to = step.to === null ? 0 : numberOf(content, step.to);
  return h("li", { class: classOf(step, false), id: `step-${n}`, "data-type": step.type, "data-step-id": step.id, tabindex: -1 },
    h("h3", { class: "step__head" }, h("span", { class: "step__n" }, n), " ", h("span", null, nameOf(types, step.type), statusOf(step))),
    h("span", { class: "step__rail" }, glyph(step.type, undefined, "mark")),
    h("div", { class: "step__body text" },
      to === 0 ? null : h("span", { class: "step__to" }, "To ", h("a", { href: `#step-${to}` }, to), ". "),
      prose, usesOf(content, step), step.runs.map((id) => citedRun(find(id)))));
}
