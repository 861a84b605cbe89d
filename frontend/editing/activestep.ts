/** The one step that is being written: its kind, what it rests on, the source, and the setting below it. */
import type { EditorView } from "@codemirror/view";
import { fill, h } from "../lib/dom";
import { glyph } from "../lib/glyphs";
import { showKeys } from "../lib/keys";
import { type Content, type Step, type StepType, numberOf, placeOf, readRefs } from "./document";
import { openSource } from "./sourcefield";
import { citedRun, keyOfRun } from "./runview";
import { type FindRun, type TypeNames, classOf, setProse } from "./stepview";

const PREVIEW_AFTER_MS = 60;

export interface ActiveOptions {
  readonly types: TypeNames;
  readonly mostChars: number;
  readonly findRun: FindRun;
  content(): Content;
  dropRun(id: string, run: string): void;
  write(id: string, body: string): void;
  setType(id: string, type: StepType): void;
  setTarget(id: string, to: string | null): void;
  setRefs(id: string, refs: readonly string[]): void;
  newStep(id: string, at: number): void;
  split(id: string, at: number): void;
  merge(id: string): void;
  move(id: string, by: number): void;
  putAway(id: string): void;
  takeBack(id: string): void;
  leave(): void;
  review(): void;
  save(): void;
  pasteImages(files: readonly File[]): void;
}

/** The editor of one step. */
export class ActiveStep {
  readonly element: HTMLLIElement;
  readonly view: EditorView;
  readonly #number = h("span", { class: "step__n" });
  readonly #rail = h("span", { class: "step__rail" });
  readonly #type: HTMLSelectElement;
  readonly #target = h("div", { class: "editor__row" });
  readonly #preview = h("div", { class: "editor__preview text prose", role: "group", "aria-label": "Preview" });
  readonly #runs = h("div", { class: "editor__runs" });
  readonly #refs: HTMLInputElement;
  readonly #refsProblem = h("span", { class: "field__error", role: "alert", hidden: true });
  readonly #away = h("button", { class: "btn btn--bare btn--small", type: "button", onclick: () => this.#putAway() });
  #timer = 0;
  #drawn = "";

  constructor(readonly id: string, cursor: number, private readonly given: ActiveOptions) {
    const step = this.#step();
    this.#type = this.#typeSelect();
    this.#refs = h("input", { class: "input input--refs", type: "text", inputmode: "numeric", autocomplete: "off", placeholder: "none",
      onchange: () => this.#readRefs() });
    const source = h("div", { class: "editor__source" });
    this.element = h("li", { class: classOf(step, true), "data-step-id": id },
      h("div", { class: "step__head" }, this.#number, h("label", null, h("span", { class: "vh" }, "Kind of step"), this.#type)),
      this.#rail,
      h("div", { class: "step__body text" }, h("div", { class: "editor" }, this.#target, source, this.#preview, this.#runs, this.#foot())));
    this.view = openSource(source, this.#sourceOptions(step, cursor));
    this.update();
    this.#setPreview(step.body);
  }

  /** Show what the document says of the step besides its text. */
  update(): void {
    const content = this.given.content();
    const step = this.#step();
    const n = numberOf(content, this.id);
    const drawn = JSON.stringify([n, step.type, step.status, step.to, step.refs, step.runs.map((run) => [run, keyOfRun(this.given.findRun(run))]), content.steps.map((one) => [one.id, one.type])]);
    if (drawn === this.#drawn) return;
    this.#drawn = drawn;
    this.element.id = `step-${n}`;
    this.element.className = classOf(step, true);
    this.element.dataset["type"] = step.type;
    fill(this.#number, n);
    fill(this.#rail, glyph(step.type, undefined, "mark"));
    this.#type.value = step.type;
    this.#refs.value = step.refs.map((ref) => numberOf(content, ref)).filter((ref) => ref > 0).join(", ");
    fill(this.#away, step.status === "live" ? "Give up this step…" : "Take it back");
    this.#drawTarget(content, step);
    this.#runs.hidden = step.runs.length === 0;
    fill(this.#runs, step.runs.map((run) => citedRun(this.given.findRun(run), () => { this.given.dropRun(this.id, run); this.view.focus(); })));
  }

  focus(): void {
    this.view.focus();
    this.element.scrollIntoView({ block: "nearest" });
  }

  focusTarget(): void {
    this.#target.querySelector("select")?.focus();
  }

  destroy(): void {
    clearTimeout(this.#timer);
    this.view.destroy();
    this.element.remove();
  }

  #step(): Step {
    const content = this.given.content();
    const step = content.steps[placeOf(content, this.id)];
    if (step === undefined) throw new Error("The step that was being written is not in the document.");
    return step;
  }

  #sourceOptions(step: Step, cursor: number): Parameters<typeof openSource>[1] {
    const { given, id } = this;
    return {
      label: `Text of step ${numberOf(given.content(), id)}`,
      text: step.body,
      cursor,
      mostChars: given.mostChars,
      changed: (text) => { given.write(id, text); this.#previewSoon(text); },
      newStep: (at) => given.newStep(id, at),
      split: (at) => given.split(id, at),
      merge: () => given.merge(id),
      move: (by) => given.move(id, by),
      leave: () => given.leave(),
      review: () => given.review(),
      save: () => given.save(),
      pasteImages: (files) => given.pasteImages(files),
    };
  }

  #previewSoon(text: string): void {
    clearTimeout(this.#timer);
    this.#timer = window.setTimeout(() => this.#setPreview(text), PREVIEW_AFTER_MS);
  }

  #setPreview(text: string): void {
    this.#preview.hidden = text.trim() === "";
    void setProse(this.#preview, text);
  }

  #typeSelect(): HTMLSelectElement {
    const options = this.given.types.map((one) => h("option", { value: one.type }, one.name));
    const letters = this.given.types.map((one) => `${one.key} ${one.name.toLowerCase()}`).join(", ");
    const select = h("select", { class: "select select--small select--type", title: `Letters choose: ${letters}`, onchange: () => this.#chooseType(select.value as StepType) }, options);
    select.addEventListener("keydown", (event) => {
      if (event.isComposing || event.ctrlKey || event.metaKey || event.altKey) return;
      if (event.key === "Escape") { event.preventDefault(); this.view.focus(); return; }
      const chosen = this.given.types.find((one) => one.key.toLowerCase() === event.key.toLowerCase());
      if (chosen === undefined) return;
      event.preventDefault();
      this.#chooseType(chosen.type);
    });
    return select;
  }

  #chooseType(type: StepType): void {
    this.given.setType(this.id, type);
    if (type === "backtrack") this.focusTarget();
    else this.view.focus();
  }

  #drawTarget(content: Content, step: Step): void {
    this.#target.hidden = step.type !== "backtrack";
    if (step.type !== "backtrack") return fill(this.#target);
    const earlier = content.steps.slice(0, placeOf(content, this.id));
    const options = [h("option", { value: "" }, "choose a step"), ...earlier.map((one, at) => {
      const name = this.given.types.find((type) => type.type === one.type)?.name ?? one.type;
      return h("option", { value: one.id }, `${at + 1} ${name}: ${one.body.replace(/\s+/g, " ").slice(0, 48)}`);
    })];
    const select = h("select", { class: "select select--small", onchange: () => { this.given.setTarget(this.id, select.value || null); this.view.focus(); } }, options);
    select.value = step.to ?? "";
    fill(this.#target, h("label", { class: "row row--tight hint" }, "Back to step ", select));
  }

  #readRefs(): void {
    const { refs, unknown } = readRefs(this.given.content(), this.id, this.#refs.value);
    this.given.setRefs(this.id, refs);
    this.#refsProblem.hidden = unknown.length === 0;
    fill(this.#refsProblem, unknown.length === 0 ? null : `No earlier step: ${unknown.join(", ")}.`);
  }

  #putAway(): void {
    if (this.#step().status === "live") this.given.putAway(this.id);
    else this.given.takeBack(this.id);
  }

  #button(words: string, keys: string, run: () => void): HTMLButtonElement {
    return h("button", { class: "btn btn--bare btn--small", type: "button", onclick: run }, words, " ", h("kbd", null, showKeys(keys)));
  }

  #foot(): HTMLElement {
    const { given, id } = this;
    return h("div", { class: "editor__keys hint" },
      h("label", { class: "row row--tight" }, "uses", this.#refs), this.#refsProblem,
      this.#button("New step", "Enter", () => given.newStep(id, this.view.state.doc.length)),
      this.#button("Split", "Mod+Shift+Enter", () => given.split(id, this.view.state.selection.main.head)),
      this.#button("Merge", "Mod+m", () => given.merge(id)),
      this.#button("Up", "Alt+ArrowUp", () => given.move(id, -1)),
      this.#button("Down", "Alt+ArrowDown", () => given.move(id, 1)),
      this.#away,
      this.#button("Leave", "Escape", () => given.leave()));
  }
}
