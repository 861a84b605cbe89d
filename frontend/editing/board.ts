/** The list of steps: which one is written, which one the keys mean, and what is done to them. */
import { confirmDialog } from "../lib/dialog";
import { fill, h } from "../lib/dom";
import { glyph } from "../lib/glyphs";
import { isTyping, keyMap } from "../lib/keys";
import { toast } from "../lib/toast";
import { ActiveStep } from "./activestep";
import * as doc from "./document";
import { type FindRun, type TypeNames, buildStep, signatureOf } from "./stepview";

export interface BoardOptions {
  readonly types: TypeNames;
  readonly slim: boolean;
  readonly mostSteps: number;
  readonly mostChars: number;
  readonly findRun: FindRun;
  content(): doc.Content;
  change(content: doc.Content): void;
  review(): void;
  save(): void;
  pasteImages(files: readonly File[]): void;
}

interface Drawn {
  readonly element: HTMLLIElement;
  readonly signature: string;
}

/** The steps of a piece of work, editable. */
export class Board {
  readonly #list: HTMLOListElement;
  readonly #empty = h("p", { class: "soft" }, "No step yet. A step is one idea: what is asked, a plan, a piece of work, a dead end, a check.");
  readonly #drawn = new Map<string, Drawn>();
  #active: ActiveStep | null = null;
  #activeSince = 0;
  #here: string | null = null;
  #readOnly = false;
  #untell: () => void = () => undefined;

  constructor(place: HTMLElement, private readonly given: BoardOptions) {
    const classes = given.slim ? "steps steps--slim" : "steps";
    this.#list = h("ol", { class: classes });
    const add = h("button", { class: "btn btn--bare btn--small", type: "button", onclick: () => this.addAfter(given.content().steps.at(-1)?.id ?? null) },
      glyph("plus"), " New step ", h("kbd", null, "⏎"));
    fill(place, this.#empty, this.#list, h("p", { class: `${classes} steps__new`, "data-part": "new" }, add));
    this.#list.addEventListener("click", (event) => this.#onClick(event));
    this.#list.addEventListener("focusin", (event) => { this.#here = this.#idAt(event.target) ?? this.#here; });
    keyMap.addAll(this.#shortcuts());
    this.draw();
  }

  get activeId(): string | null { return this.#active?.id ?? null; }

  /** Draw what changed since the last time. */
  draw(): void {
    const content = this.given.content();
    const wanted = content.steps.map((step) => this.#elementOf(content, step));
    const ids = new Set(content.steps.map((step) => step.id));
    for (const id of [...this.#drawn.keys()]) if (!ids.has(id)) this.#drawn.delete(id);
    if (wanted.length !== this.#list.children.length || wanted.some((element, at) => this.#list.children[at] !== element)) this.#arrange(wanted);
    this.#empty.hidden = content.steps.length > 0;
    this.#active?.update();
    this.#rove();
  }

  /** Write in a step, with the cursor at a place (the end unless said). */
  activate(id: string, cursor = Number.MAX_SAFE_INTEGER): void {
    if (this.#readOnly || doc.placeOf(this.given.content(), id) < 0) return;
    if (this.#active?.id === id) return this.#active.focus();
    this.deactivate();
    this.#here = id;
    this.#activeSince = Date.now();
    this.#active = new ActiveStep(id, cursor, this.#activeOptions());
    this.draw();
    this.#active.focus();
  }

  /** Stop writing; an empty step goes, time is noted. */
  deactivate(): void {
    const active = this.#active;
    if (active === null) return;
    this.#active = null;
    const { id } = active;
    active.destroy();
    this.#noteTime(id);
    const step = this.#step(id);
    if (step !== undefined && doc.isBlank(step)) {
      const at = doc.placeOf(this.given.content(), id);
      this.given.change(doc.putAway(this.given.content(), id));
      this.#here = this.given.content().steps[Math.max(0, at - 1)]?.id ?? null;
    }
    this.draw();
  }

  /** Begin a new step after another one. */
  addAfter(afterId: string | null): void {
    const content = this.given.content();
    if (this.#readOnly) return;
    if (content.steps.length >= this.given.mostSteps) {
      toast({ text: `A piece of work has at most ${this.given.mostSteps} steps. Merge some.`, seconds: 8 });
      return;
    }
    const step = doc.emptyStep(doc.newStepId(), doc.likelyType(content, afterId));
    this.given.change(doc.addStep(content, afterId, step));
    this.draw();
    this.activate(step.id, 0);
  }

  /** Cite a run in the step that is being written, else in the one the keys mean, else in the last one. */
  cite(run: string): void {
    if (this.#readOnly) return;
    if (this.given.content().steps.length === 0) this.addAfter(null);
    const content = this.given.content();
    const id = [this.activeId, this.#here].find((one) => one !== null && doc.placeOf(content, one) >= 0) ?? content.steps.at(-1)?.id;
    if (id === undefined) return;
    const n = doc.numberOf(content, id);
    const next = doc.citeRun(content, id, run);
    this.#untell();
    if (next === content) {
      const why = this.#step(id)?.runs.includes(run) === true ? `Step ${n} cites it already.` : `Step ${n} cites ${doc.MOST_RUNS} runs already, which is the most.`;
      this.#untell = toast({ text: why, seconds: 6 });
      return;
    }
    const set = (changed: doc.Content): void => { this.given.change(changed); this.draw(); };
    set(next);
    this.#untell = toast({ text: `Cited in step ${n}.`, undo: () => set(doc.dropRun(this.given.content(), id, run)) });
  }

  /** Write nothing any more: show the steps only. */
  close(): void {
    this.deactivate();
    this.#readOnly = true;
    this.#list.parentElement?.querySelector('[data-part="new"]')?.remove();
  }

  /** Put text where the cursor is. */
  insert(text: string): boolean {
    const view = this.#active?.view;
    if (view === undefined) return false;
    view.dispatch(view.state.replaceSelection(text), { userEvent: "input.paste" });
    return true;
  }

  /** Begin the written step anew after the document was replaced. */
  reset(): void {
    this.#active?.destroy();
    this.#active = null;
    this.#drawn.clear();
    this.draw();
  }

  #step(id: string): doc.Step | undefined {
    return this.given.content().steps.find((step) => step.id === id);
  }

  #noteTime(id: string): void {
    const seconds = Math.floor((Date.now() - this.#activeSince) / 1000);
    const step = this.#step(id);
    if (seconds >= 1 && seconds < 4 * 3600 && step !== undefined && !doc.isBlank(step)) this.given.change(doc.addSeconds(this.given.content(), id, seconds));
  }

  #elementOf(content: doc.Content, step: doc.Step): HTMLLIElement {
    if (this.#active?.id === step.id) {
      this.#drawn.delete(step.id);
      return this.#active.element;
    }
    const signature = signatureOf(content, step, this.given.findRun);
    const old = this.#drawn.get(step.id);
    if (old?.signature === signature) return old.element;
    const element = buildStep(content, step, this.given.types, this.given.findRun);
    this.#drawn.set(step.id, { element, signature });
    return element;
  }

  /* Moves only what is not in its place, so that the step being written keeps its focus. */
  #arrange(wanted: readonly HTMLLIElement[]): void {
    const keep = new Set<Element>(wanted);
    for (const child of [...this.#list.children]) if (!keep.has(child)) child.remove();
    const active = this.#active?.element;
    const fixed = active?.parentElement === this.#list ? wanted.indexOf(active) : -1;
    if (active === undefined || fixed < 0) return this.#list.replaceChildren(...wanted);
    for (const child of [...this.#list.children]) if (child !== active) child.remove();
    active.before(...wanted.slice(0, fixed));
    active.after(...wanted.slice(fixed + 1));
  }

  #rove(): void {
    const ids = this.given.content().steps.map((step) => step.id);
    const here = this.#here !== null && ids.includes(this.#here) ? this.#here : ids[0];
    for (const [id, { element }] of this.#drawn) element.tabIndex = id === here ? 0 : -1;
  }

  #idAt(target: EventTarget | null): string | null {
    return target instanceof Element ? (target.closest<HTMLElement>("[data-step-id]")?.dataset["stepId"] ?? null) : null;
  }

  #onClick(event: Event): void {
    const target = event.target instanceof Element ? event.target : null;
    const id = this.#idAt(target);
    if (id === null || target?.closest("a, button, input, select, label, .run, .editor") !== null) return;
    if (document.getSelection()?.isCollapsed === false) return;
    this.activate(id);
  }

  #focusHere(): void {
    this.#rove();
    const drawn = this.#here === null ? undefined : this.#drawn.get(this.#here);
    drawn?.element.focus();
    drawn?.element.scrollIntoView({ block: "nearest" });
  }

  /** Go so many steps on, without writing. */
  go(by: number): void {
    const { steps } = this.given.content();
    const at = steps.findIndex((step) => step.id === this.#here);
    const next = steps[Math.min(Math.max(at < 0 ? 0 : at + by, 0), steps.length - 1)];
    if (next === undefined) return;
    this.#here = next.id;
    this.#focusHere();
  }

  #leave(): void {
    const id = this.#active?.id ?? null;
    this.#here = id;
    this.deactivate();
    this.#focusHere();
  }

  #newStepFrom(id: string, at: number): void {
    const step = this.#step(id);
    if (step === undefined) return;
    const rest = step.body.slice(at).trim();
    const newId = doc.newStepId();
    const type = doc.likelyType(this.given.content(), id);
    const next = rest === "" ? doc.addStep(doc.setBody(this.given.content(), id, step.body.trimEnd()), id, doc.emptyStep(newId, type))
      : doc.splitStep(this.given.content(), id, at, newId, type);
    this.#replace(next, newId, 0);
  }

  #split(id: string, at: number): void {
    const newId = doc.newStepId();
    this.#replace(doc.splitStep(this.given.content(), id, at, newId), newId, 0);
  }

  #merge(id: string): void {
    const { content, into, at } = doc.mergeStep(this.given.content(), id);
    if (into !== null) this.#replace(content, into, at);
    else if (doc.placeOf(content, id) > 0) toast({ text: `Together they cite more than ${doc.MOST_RUNS} runs. Take some out first.`, seconds: 8 });
  }

  /* Another document, in which another step is written: the old editor ends without looking at what it held. */
  #replace(content: doc.Content, activeId: string, cursor: number): void {
    const old = this.#active;
    this.#active = null;
    old?.destroy();
    if (old !== null) this.#noteTime(old.id);
    this.given.change(content);
    this.activate(activeId, cursor);
    this.draw();
  }

  #move(id: string, by: number): void {
    this.given.change(doc.moveStep(this.given.content(), id, by));
    this.draw();
    if (this.#active?.id === id) this.#active.focus();
    else this.#focusHere();
  }

  async #putAway(id: string): Promise<void> {
    const step = this.#step(id);
    if (step === undefined) return;
    if (!doc.isBlank(step)) {
      const n = doc.numberOf(this.given.content(), id);
      const sure = await confirmDialog({ title: `Give step ${n} up?`, sentence: "It stays in the work, marked as given up. You can take it back.", confirm: "Give up" });
      if (sure === null) return;
    }
    this.given.change(doc.putAway(this.given.content(), id));
    this.#leave();
  }

  #activeOptions(): ConstructorParameters<typeof ActiveStep>[2] {
    const apply = (next: doc.Content): void => { this.given.change(next); this.draw(); };
    const now = (): doc.Content => this.given.content();
    return {
      types: this.given.types,
      mostChars: this.given.mostChars,
      findRun: this.given.findRun,
      dropRun: (id, run) => apply(doc.dropRun(now(), id, run)),
      content: now,
      write: (id, body) => this.given.change(doc.setBody(now(), id, body)),
      setType: (id, type) => apply(doc.setType(now(), id, type)),
      setTarget: (id, to) => apply(doc.setTarget(now(), id, to)),
      setRefs: (id, refs) => apply(doc.setRefs(now(), id, refs)),
      newStep: (id, at) => this.#newStepFrom(id, at),
      split: (id, at) => this.#split(id, at),
      merge: (id) => this.#merge(id),
      move: (id, by) => this.#move(id, by),
      putAway: (id) => { void this.#putAway(id); },
      takeBack: (id) => apply(doc.takeBack(now(), id)),
      leave: () => this.#leave(),
      review: () => this.given.review(),
      save: () => this.given.save(),
      pasteImages: (files) => this.given.pasteImages(files),
    };
  }

  #shortcuts(): Parameters<typeof keyMap.addAll>[0] {
    const group = "Steps";
    const on = (run: (id: string) => void) => (event: KeyboardEvent): void | false => {
      if (this.#here === null || (isTyping(event.target) && this.#idAt(event.target) === null)) return false;
      run(this.#here);
    };
    const when = (): boolean => !this.#readOnly;
    return [
      { keys: "j", words: "Next step", group, run: () => this.go(1) },
      { keys: "k", words: "Previous step", group, run: () => this.go(-1) },
      { keys: "e", words: "Edit the step", group, when, run: () => { const id = this.#here ?? this.given.content().steps[0]?.id; if (id !== undefined) this.activate(id); } },
      { keys: "x", words: "Mark a dead end, or take the mark back", group, when, run: on((id) => { this.given.change(doc.toggleDeadEnd(this.given.content(), id)); this.draw(); this.#focusHere(); }) },
      { keys: "Enter", words: "New step after this one", group, when, run: (event) => {
        if (event.target instanceof Element && event.target.closest("a, button, summary, input, select, textarea") !== null) return false;
        this.addAfter(this.#here ?? this.given.content().steps.at(-1)?.id ?? null);
      } },
      { keys: "Alt+ArrowUp", words: "Move the step up", group, when, run: on((id) => this.#move(id, -1)) },
      { keys: "Alt+ArrowDown", words: "Move the step down", group, when, run: on((id) => this.#move(id, 1)) },
      { keys: "Mod+m", words: "Merge with the step before", group, when, run: on((id) => this.#merge(id)) },
    ];
  }
}
