/** The steps under review: where one is, what is folded, verdicts with their errors, and the difference on or off. */
import { fill, h } from "../lib/dom";
import { glyph } from "../lib/glyphs";
import { renderMarkdown } from "../lib/markdown";
import { setAllTex } from "../lib/tex";
import { type ReviewDraft, foldWords, foldable, nextOpen } from "./draft";
import { rangeOf } from "./quoting";
import type { ReviewState, Step, StepVerdict } from "./state";

export interface StepsOptions {
  state(): ReviewState;
  draft(): ReviewDraft;
  /** Choose what is wrong with a bad step. */
  chooseError(step: Step): void;
  /** Write an issue on what is selected in a step, or on the step. */
  comment(step: Step): void;
}

/** The list of steps. */
export class StepsView {
  #here: Step | null = null;
  #isPressed = false;

  constructor(private readonly place: HTMLElement, private readonly given: StepsOptions) {
    document.addEventListener("pointerdown", () => { this.#isPressed = true; }, true);
    for (const name of ["pointerup", "pointercancel"]) document.addEventListener(name, () => { this.#isPressed = false; }, true);
    place.addEventListener("focusin", (event) => this.#enter(event.target));
    place.addEventListener("pointerdown", (event) => this.#enter(event.target));
    for (const { element } of this.#all()) element.tabIndex = -1;
    this.#fold();
    this.draw();
  }

  /** The step one is at, or null before the first move. */
  get here(): Step | null { return this.#here; }

  /** The element of a step. */
  element(step: Step): HTMLElement | null {
    return this.place.querySelector<HTMLElement>(`[data-step-id="${CSS.escape(step.id)}"]`);
  }

  /** Where the text of a step stands. */
  body(step: Step): HTMLElement | null {
    return this.element(step)?.querySelector<HTMLElement>(".step__body") ?? null;
  }

  /** The step in whose text something is selected, or null. */
  selected(): Step | null {
    const node = document.getSelection()?.anchorNode;
    const element = node instanceof Element ? node : node?.parentElement;
    return this.#stepOf(element?.closest("[data-step-id]") ?? null);
  }

  /** Go to the next or the previous step. */
  move(by: 1 | -1): void {
    const steps = this.given.state().steps.filter((step) => this.element(step)?.hidden === false);
    const at = this.#here === null ? (by > 0 ? -1 : 0) : steps.findIndex((step) => step.id === this.#here?.id);
    const next = steps[Math.min(Math.max(at + by, 0), steps.length - 1)];
    if (next !== undefined) this.go(next);
  }

  /** Go to the next step without a verdict; false when there is none. */
  goToOpen(): boolean {
    const { steps } = this.given.state();
    const at = steps.findIndex((step) => step.id === this.#here?.id);
    const next = nextOpen(steps, this.given.draft(), at);
    if (next !== null) this.go(next);
    return next !== null;
  }

  /** Stand on a step: unfolded, in sight, with the focus. */
  go(step: Step): void {
    const element = this.element(step);
    if (element === null) return;
    if (element.hidden) this.#unfold(element);
    this.#stand(step);
    element.focus({ preventScroll: true });
    element.scrollIntoView({ block: "nearest" });
  }

  /** Show the difference, or the text as it is now. */
  showChanges(on: boolean): void {
    for (const step of this.given.state().steps) {
      const diff = this.body(step)?.querySelector<HTMLElement>("[data-diff]");
      if (!diff) continue;
      diff.hidden = !on;
      let plain = diff.nextElementSibling?.matches("[data-plain]") === true ? diff.nextElementSibling as HTMLElement : null;
      if (plain === null && !on) {
        plain = h("div", { class: "prose", "data-plain": true }, renderMarkdown(step.body));
        diff.after(plain);
        void setAllTex(plain).catch(() => undefined); /* Without KaTeX the source stands. */
      }
      if (plain !== null) plain.hidden = on;
    }
    this.markQuotes();
  }

  /** Show every verdict as it is in the draft. */
  draw(): void {
    const draft = this.given.draft();
    for (const { step, element } of this.#all()) {
      const label = draft.labels[step.id];
      for (const radio of element.querySelectorAll<HTMLInputElement>(".verdict input")) radio.checked = radio.value === label?.value;
      this.#drawHint(step, element);
    }
  }

  /** Mark the words that open issues are about. */
  markQuotes(): void {
    if (!("highlights" in CSS)) return;
    const { steps, threads } = this.given.state();
    const ranges = threads.flatMap((issue) => {
      const step = steps.find(({ id }) => id === issue.step_id);
      const body = step === undefined ? null : this.body(step);
      if (step === undefined || body === null || issue.quote_start === null || issue.is_lost || issue.state !== "open") return [];
      const range = rangeOf(body, step.body, { text: issue.quote, start: issue.quote_start });
      return range === null ? [] : [range];
    });
    CSS.highlights.set("issue", new Highlight(...ranges));
  }

  #all(): { step: Step; element: HTMLElement }[] {
    return this.given.state().steps.flatMap((step) => {
      const element = this.element(step);
      return element === null ? [] : [{ step, element }];
    });
  }

  #stepOf(element: Element | null): Step | null {
    const id = element instanceof HTMLElement ? element.dataset["stepId"] : undefined;
    return this.given.state().steps.find((step) => step.id === id) ?? null;
  }

  #enter(target: EventTarget | null): void {
    const step = this.#stepOf(target instanceof Element ? target.closest("[data-step-id]") : null);
    if (step !== null && step.id !== this.#here?.id) this.#stand(step);
  }

  #stand(step: Step): void {
    const before = this.#here;
    this.#here = step;
    for (const element of this.place.querySelectorAll(".step--here")) element.classList.remove("step--here");
    this.element(step)?.classList.add("step--here");
    this.#whenReleased(() => {
      for (const one of [before, step]) {
        const element = one === null ? null : this.element(one);
        if (one !== null && element !== null) this.#drawHint(one, element);
      }
    });
  }

  /* Nothing moves under a pressed finger: the lines that follow where one stands change the height of steps. */
  #whenReleased(act: () => void): void {
    if (!this.#isPressed) return act();
    const stop = new AbortController();
    const release = (): void => { stop.abort(); window.setTimeout(act); };
    for (const name of ["pointerup", "pointercancel"]) document.addEventListener(name, release, { signal: stop.signal });
  }

  #drawHint(step: Step, element: HTMLElement): void {
    const label = this.given.draft().labels[step.id];
    const old = element.querySelector("[data-hint]");
    const place = old ?? h("div", { class: "hint stack stack--tight verdict__more", "data-hint": true });
    if (old === null) {
      for (const line of element.querySelectorAll(".step__verdict > .hint")) line.remove();
      element.querySelector(".step__verdict")?.append(place);
    }
    if (label?.value === "bad") {
      const name = this.given.state().error_types.find(({ value }) => value === label.error_type)?.name.toLowerCase();
      return fill(place, h("button", { class: "btn btn--bare btn--small", type: "button", onclick: () => this.given.chooseError(step) }, name ?? "what is wrong? ", " ", h("kbd", null, "L")), label.note === "" ? null : h("bdi", null, label.note),
        step.id === this.#here?.id ? this.#issueButton(step) : null);
    }
    const isHere = step.id === this.#here?.id;
    fill(place, label === undefined && isHere ? h("span", { class: "row row--tight keys" }, "choose ", h("kbd", null, "1"), "–", h("kbd", null, "4")) : null,
      label === undefined || label.note === "" ? null : h("bdi", null, label.note), isHere ? this.#issueButton(step) : null);
  }

  #issueButton(step: Step): HTMLElement {
    return h("button", { class: "btn btn--bare btn--small", type: "button", onclick: () => this.given.comment(step) }, "Write an issue ", h("kbd", null, "C"));
  }

  #fold(): void {
    const { threads, step_types: names } = this.given.state();
    const hasIssue = (step: Step): boolean => threads.some((issue) => issue.step_id === step.id && issue.state === "open");
    for (const run of foldable(this.given.state().steps, hasIssue)) {
      const elements = run.flatMap((step) => this.element(step) ?? []);
      const [first, last] = [run[0], run[run.length - 1]];
      if (first === undefined || last === undefined) continue;
      const unfold = h("button", { class: "btn btn--bare btn--small", type: "button", "aria-expanded": "false", onclick: () => this.#unfold(elements[0] ?? line) }, "Unfold");
      const line = h("li", { class: "step step--folded", "data-type": "folded", "data-fold": run.map(({ id }) => id).join(" ") },
        h("span", { class: "step__head" }, h("span", { class: "step__n" }, `${first.n}–${last.n}`)),
        h("span", { class: "step__rail" }, glyph("folded", undefined, "mark")),
        h("div", { class: "step__body" }, foldWords(run, this.given.draft(), names), " ", unfold));
      elements[0]?.before(line);
      for (const element of elements) element.hidden = true;
    }
  }

  #unfold(hidden: HTMLElement): void {
    const id = hidden.dataset["stepId"] ?? "";
    const line = [...this.place.querySelectorAll<HTMLElement>("[data-fold]")].find((one) => one.dataset["fold"]?.split(" ").includes(id));
    line?.remove();
    for (const { step, element } of this.#all()) {
      if (line?.dataset["fold"]?.split(" ").includes(step.id) !== true) continue;
      element.hidden = false;
      if (step.id === id) element.focus({ preventScroll: true });
    }
  }
}

/** The verdict that a radio of a step stands for, with the step's id; null for another field. */
export function verdictOf(target: EventTarget | null): { readonly id: string; readonly value: StepVerdict } | null {
  if (!(target instanceof HTMLInputElement) || !target.matches(".verdict input")) return null;
  return { id: target.name.replace(/^v-/, ""), value: target.value as StepVerdict };
}
