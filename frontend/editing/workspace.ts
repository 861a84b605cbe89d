/** The workspace put together: steps, answer, checks, saving, time; one document that all of them show and change. */
import { ApiError, api } from "../lib/api";
import { fill, h } from "../lib/dom";
import { glyph } from "../lib/glyphs";
import type { Journal } from "../lib/journal";
import { keyMap } from "../lib/keys";
import { BROWSER, showSaveState, watchLeaving } from "../lib/saveports";
import { PACE, type SaveState, SaveQueue } from "../lib/saving";
import { duration } from "../lib/time";
import { toast } from "../lib/toast";
import { AnswerPart } from "./answerpart";
import { Board } from "./board";
import { ChecksPart } from "./checkspart";
import { askWhich } from "./compare";
import { type Content, isSame, numberOf } from "./document";
import { type AnswerCheck, LiveAnswer } from "./liveanswer";
import { linesOfAnswer } from "./livelines";
import { ProgramPart } from "./programpart";
import type { Beat, EditorState, Saved } from "./state";
import { Transport } from "./transport";
import { WorkTime } from "./worktime";

function find(name: string): HTMLElement {
  const element = document.querySelector<HTMLElement>(`[data-editor="${name}"]`);
  if (element === null) throw new Error(`The page has no place for ${name}.`);
  return element;
}

/** Everything of one piece of work that is written in this window. */
export class Workspace {
  readonly #queue: SaveQueue<Content>;
  readonly #transport: Transport;
  readonly #board: Board;
  readonly #answer: AnswerPart;
  readonly #checks: ChecksPart;
  readonly #time: WorkTime;
  readonly #facts = find("facts");
  readonly #live: LiveAnswer;
  #program: ProgramPart | null = null;
  #words: number;
  #tokensPerWord: number;
  #activeSeconds: number;
  /* When what the server found was true, in its own time. */
  #foundAt: number;
  #closed = false;

  constructor(private readonly state: EditorState, private readonly journal: Journal<Content>) {
    this.#words = state.words;
    this.#tokensPerWord = state.words === 0 ? 1.35 : state.tokens / state.words;
    this.#activeSeconds = state.active_seconds;
    this.#foundAt = Date.parse(state.server_time);
    this.#transport = new Transport(state, (answer) => this.#acknowledged(answer));
    this.#queue = this.#openQueue();
    const content = (): Content => this.#queue.content;
    const change = (next: Content): void => this.#change(next);
    this.#checks = new ChecksPart(find("checks"), document.querySelector('.zone-tabs a[href="#checks"]'), { content, change, go: (id) => this.#goTo(id) });
    this.#board = new Board(find("steps"), {
      types: state.step_types, slim: state.activity.parts.includes("program"), mostSteps: state.limits.steps, mostChars: state.limits.step_body_chars,
      findRun: (id) => this.#program?.book.find(id), content, change, review: () => { void this.review(); }, save: () => { void this.save(); }, pasteImages: (files) => { void this.#upload(files); },
    });
    this.#answer = new AnswerPart(find("answer"), find("steps"), { parts: state.activity.parts, content, change, blurred: () => { void this.#queue.flush(); } });
    this.#time = new WorkTime({ url: state.urls.heartbeat, seconds: state.limits.heartbeat_seconds, heard: (beat) => this.#heard(beat) });
    this.#checks.show(state.findings);
    this.#live = this.#openLive();
    this.#openProgram();
    this.#watch();
    this.#drawFacts();
    this.#look();
  }

  /** Go on with what this device kept. */
  restore(kept: Parameters<SaveQueue<Content>["restore"]>[0]): void {
    this.#queue.restore(kept);
    this.#drawAll();
  }

  /** Save now. */
  async save(): Promise<void> {
    if (await this.#queue.flush() || this.#queue.state.kind !== "local") return;
    toast({ text: this.#queue.state.sentence, seconds: 6 });
  }

  /** Save, then show what the reviewer will see. */
  async review(): Promise<void> {
    this.#board.deactivate();
    if (await this.#queue.flush()) location.assign(this.state.urls.review_and_submit);
    else toast({ text: `It is not saved yet, so it cannot be handed in. ${"sentence" in this.#queue.state ? this.#queue.state.sentence : ""}`.trim(), seconds: 8 });
  }

  /** Save what there is and write nothing any more. */
  async giveUp(): Promise<void> {
    this.#board.deactivate();
    await this.#queue.keepNow();
    await Promise.race([this.#queue.flush(), new Promise((resolve) => setTimeout(resolve, 3_000))]);
    this.close();
  }

  /** Only read from now on. */
  close(): void {
    if (this.#closed) return;
    this.#board.close();
    this.#queue.stop();
    this.#closed = true;
    this.#time.stop();
    this.#answer.close();
    this.#live.stop();
    this.#program?.close();
  }

  #change(next: Content): void {
    if (this.#closed) return;
    this.#queue.change(next);
    this.#look();
  }

  /* What is said of the answer and the program while they are written. */
  #look(): void {
    if (this.state.checks.answer_kind_title !== "") this.#live.look(this.#queue.content.answer);
    this.#program?.look();
    this.#drawLive();
  }

  #drawLive(): void {
    const { state } = this;
    const facts = { title: state.checks.answer_kind_title, hasUnit: state.activity.parts.includes("unit"), unitExpected: state.task.unit_expected };
    const lines = linesOfAnswer({ ...facts, answer: this.#queue.content.answer, check: this.#live.check, isAway: this.#live.isAway });
    const tests = this.#program?.line() ?? null;
    this.#checks.showLive(tests === null ? lines : [tests, ...lines], () => this.#program?.testButton());
  }

  #drawAll(): void {
    this.#board.reset();
    this.#answer.draw();
    this.#program?.draw();
    this.#look();
  }

  #openQueue(): SaveQueue<Content> {
    const { state, journal } = this;
    const ports = {
      send: this.#transport.send.bind(this.#transport),
      settle: this.#transport.settle.bind(this.#transport),
      keep: journal.keep.bind(journal),
      forget: journal.forget.bind(journal),
      isSame,
      ...BROWSER,
      tell: (told: SaveState<Content>) => this.#tell(told),
    };
    const pace = { ...PACE, idleMs: state.limits.idle_save_seconds * 1000, longestMs: state.limits.longest_save_seconds * 1000 };
    return new SaveQueue(ports, { n: state.draft_n, content: state.content }, state.saved_at === null ? null : new Date(state.saved_at), pace);
  }

  #tell(state: SaveState<Content>): void {
    const act = state.kind === "conflict" ? () => { void this.#compare(); } : state.kind === "closed" ? () => this.#showEnd(state.code, state.sentence) : null;
    showSaveState(find("save"), state, act);
    if (state.kind === "closed") this.#showEnd(state.code, state.sentence);
  }

  async #compare(): Promise<void> {
    const state = this.#queue.state;
    if (state.kind !== "conflict") return;
    this.#board.deactivate();
    const choice = await askWhich(this.#queue.content, state.head.content, state.sentence, state.head.n);
    if (choice === null) return;
    await this.#queue.settle(choice);
    this.#drawAll();
  }

  #showEnd(code: string, sentence: string): void {
    document.querySelector("[data-part=ended]")?.remove();
    const way = code === "already_submitted" ? { href: `${this.state.urls.page}/submitted`, words: "Receipt" } : { href: this.state.urls.page, words: "Reload to see what can be done" };
    const notice = h("div", { class: "notice notice--warn", role: "alert", "data-part": "ended" }, glyph("warning"),
      h("p", null, h("b", null, sentence), " What you wrote here stays on this device, too."), h("a", { class: "btn", href: way.href }, way.words));
    document.querySelector("main")?.before(notice);
  }

  #acknowledged(answer: Saved): void {
    this.#words = answer.words;
    if (answer.tokens !== null && answer.words > 0) this.#tokensPerWord = answer.tokens / answer.words;
    this.#checks.show(answer.findings);
    this.#foundAt = Date.parse(answer.saved_at);
    this.#setLease(answer.lease_expires_at);
    this.#drawFacts();
  }

  #heard(beat: Beat): void {
    this.#activeSeconds = beat.active_seconds;
    this.#setLease(beat.lease_expires_at);
    this.#drawFacts();
    const elsewhere = beat.draft_n > this.#queue.baseN && this.#queue.state.kind === "saved";
    if (!elsewhere || document.querySelector("[data-part=elsewhere]") !== null) return;
    document.querySelector("main")?.before(h("div", { class: "notice notice--warn", role: "status", "data-part": "elsewhere" }, glyph("info"),
      h("p", null, `This work was saved in another place meanwhile (r${beat.draft_n}).`), h("a", { class: "btn", href: this.state.urls.page }, "Load it")));
  }

  #setLease(until: string | null): void {
    const lease = document.querySelector<HTMLElement>(".lease[data-until]");
    if (lease !== null && until !== null) lease.dataset["until"] = until;
  }

  #drawFacts(): void {
    const number = new Intl.NumberFormat("en");
    const focused = this.#facts.contains(document.activeElement) ? document.activeElement?.getAttribute("data-part") : null;
    const facts = [h("span", { class: "num" }, `${number.format(this.#words)} words ≈ ${number.format(Math.round(this.#words * this.#tokensPerWord))} tokens`)];
    if (this.state.project.tracks_time) facts.push(h("span", { class: "num" }, `${duration(this.#activeSeconds)} active`));
    fill(this.#facts, facts, this.#testsBadge(), this.state.project.tracks_time ? this.#timeButtons() : null);
    if (focused) this.#facts.querySelector<HTMLElement>(`[data-part="${focused}"]`)?.focus();
  }

  #testsBadge(): HTMLElement | null {
    const run = this.#program?.book.last("tests") ?? null;
    if (run === null || run.total === 0) return null;
    const good = run.passed === run.total && this.#program?.isOlder(run) === false;
    return h("span", { class: `badge badge--${good ? "good" : "warn"}` }, glyph(good ? "check" : "warning"), `tests ${run.passed}/${run.total}`);
  }

  #timeButtons(): HTMLElement[] {
    const { paused, onPaper } = this.#time ?? { paused: false, onPaper: false };
    const pause = h("button", { class: "btn btn--bare btn--small", type: "button", "data-part": "pause", "aria-pressed": String(paused), onclick: () => { void this.#pause(); } },
      glyph(paused ? "run" : "pause"), paused ? " Go on " : " Pause ", h("kbd", null, "P"));
    const paper = h("button", { class: "btn btn--bare btn--small", type: "button", "data-part": "paper", "aria-pressed": String(onPaper), onclick: () => { void this.#paper(); } }, onPaper ? "On paper: on" : "On paper");
    return [pause, paper];
  }

  async #pause(): Promise<void> {
    const done = this.#time.pause(!this.#time.paused);
    this.#drawFacts();
    await done;
  }

  async #paper(): Promise<void> {
    const done = this.#time.paper(!this.#time.onPaper);
    this.#drawFacts();
    await done;
  }

  #goTo(stepId: string): void {
    const zone = document.querySelector<HTMLElement>("#reasoning");
    if (zone !== null && zone.getClientRects().length === 0) location.hash = `#step-${numberOf(this.#queue.content, stepId)}`;
    this.#board.activate(stepId);
  }

  #openLive(): LiveAnswer {
    return new LiveAnswer({
      ask: async (answer, signal) => (await api.post<AnswerCheck>(this.state.urls.check, answer, { signal, signInAgain: false })).data,
      later: BROWSER.later, cancel: BROWSER.cancel, told: () => this.#drawLive(),
    });
  }

  #openProgram(): void {
    const zone = document.querySelector<HTMLElement>("#program");
    if (zone === null || !this.state.activity.parts.includes("program")) return;
    this.#program = new ProgramPart(zone, {
      state: this.state, content: () => this.#queue.content, change: (next) => this.#change(next), review: () => { void this.review(); },
      cite: (id) => this.#board.cite(id), changed: () => this.#runsChanged(),
    });
    if (this.#closed) this.#program.close();
  }

  #runsChanged(): void {
    this.#board.draw();
    this.#drawLive();
    this.#drawFacts();
    const run = this.#program?.book.last("tests") ?? null;
    if (run?.finished_at && Date.parse(run.finished_at) > this.#foundAt) void this.#findAgain(Date.parse(run.finished_at));
    const tab = document.querySelector('.zone-tabs a[href="#program"]');
    if (tab !== null && run !== null && run.total > 0) fill(tab, "Program ", h("span", { class: "num" }, `${run.passed} of ${run.total}`));
  }

  /* What the server finds depends on the last run of the tests, too. */
  async #findAgain(since: number): Promise<void> {
    this.#foundAt = since;
    if (this.#closed || !(await this.#queue.flush())) return;
    try {
      this.#checks.show((await api.get<EditorState>(this.state.urls.work, { signInAgain: false })).data.findings);
    } catch {
      /* The next save brings them. */
    }
  }

  async #upload(files: readonly File[]): Promise<void> {
    for (const file of files) {
      const form = new FormData();
      form.append("file", file, file.name === "" ? "pasted.png" : file.name);
      try {
        const { data } = await api.post<{ url: string }>(this.state.urls.attachments, form, { timeoutMs: 60_000 });
        if (!this.#board.insert(`![](${data.url})`)) toast({ text: "The image is among the attachments.", seconds: 6 });
      } catch (error) {
        toast({ text: error instanceof ApiError ? `The image was not taken: ${error.message}` : "The image was not taken. Try again.", seconds: 8 });
      }
    }
  }

  #addHints(): void {
    const hint = (words: string, ...keys: string[]): HTMLElement => h("span", null, keys.flatMap((key) => [h("kbd", null, key), " "]), words);
    document.querySelector("#reasoning .zone__head")?.append(h("span", { class: "hint push keys" }, hint("move", "J", "K"), hint("edit", "E"), hint("all keys", "?")));
    const fold = h("button", { class: "btn btn--bare btn--small push", type: "button", "aria-expanded": "true", "aria-controls": "task", "data-key": "[", onclick: () => {
      const folded = document.querySelector("main")?.classList.toggle("zones--folded") === true;
      fold.setAttribute("aria-expanded", String(!folded));
      fill(fold, folded ? "Task " : "Fold ", h("kbd", null, "["));
    } }, "Fold ", h("kbd", null, "["));
    document.querySelector("#task .zone__head")?.append(fold);
  }

  #watch(): void {
    this.#addHints();
    fill(find("actions"), h("button", { class: "btn", type: "button", onclick: () => { void this.save(); } }, "Save ", h("kbd", null, "Ctrl S")));
    keyMap.addAll([
      { keys: "Mod+s", words: "Save now", group: "Work", inFields: true, run: () => { void this.save(); } },
      { keys: "p", words: "Pause the clock, or go on", group: "Work", when: () => this.state.project.tracks_time, run: () => { void this.#pause(); } },
    ]);
    document.querySelector<HTMLAnchorElement>('.dock a[data-key="Mod+Enter"]')?.addEventListener("click", (event) => {
      if (event.ctrlKey || event.metaKey || event.shiftKey) return;
      event.preventDefault();
      void this.review();
    });
    watchLeaving(this.#queue, () => this.#closed);
    window.setInterval(() => { if (!document.hidden && !this.#closed && this.#queue.state.kind === "saved") this.#tell(this.#queue.state); }, 5_000);
  }
}
