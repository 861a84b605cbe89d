/** The workbench put together: one draft that keys and fields change, saved as it is written; issues; the decision. */
import { ApiError, api } from "../lib/api";
import { openDialog } from "../lib/dialog";
import { fill, h } from "../lib/dom";
import type { Journal } from "../lib/journal";
import { keyMap } from "../lib/keys";
import { BROWSER, KEEPALIVE_BYTES, readRefusal, showSaveState, watchLeaving } from "../lib/saveports";
import { type Kept, type Mutation, PACE, type SaveState, SaveQueue, type Sent } from "../lib/saving";
import { toast } from "../lib/toast";
import { type Given, askError, askVerdict } from "./asking";
import { openComposer } from "./composer";
import { type ReviewDraft, draftOf, isSame, openCount, withError, withScore, withVerdict } from "./draft";
import { fetchWorkbench, stateOf, swapIn } from "./pieces";
import { selectedQuote } from "./quoting";
import { ReviewTime } from "./reviewtime";
import type { Decided, ReviewState, SavedReview, Step, StepVerdict, Verdict, VerdictOption } from "./state";
import { StepsView, verdictOf } from "./stepsview";
import { rememberDecision } from "./undoing";

const MACHINE_LOOKS = 30;
const MACHINE_LOOK_MS = 1000;
const VERDICTS: readonly StepVerdict[] = ["good", "neutral", "bad", "unsure"];

function find(name: string): HTMLElement {
  const element = document.querySelector<HTMLElement>(`[data-review="${name}"]`);
  if (element === null) throw new Error(`The page has no place for ${name}.`);
  return element;
}

/** One open review in this window. */
export class Workbench {
  readonly #queue: SaveQueue<ReviewDraft>;
  readonly #steps: StepsView;
  readonly #time: ReviewTime;
  #showsChanges = true;
  #isDone = false;

  constructor(private state: ReviewState, private readonly journal: Journal<ReviewDraft>) {
    this.#time = new ReviewTime(state.seconds, state.limits.pause_hint_minutes);
    this.#queue = this.#openQueue();
    this.#steps = new StepsView(find("steps"), { state: () => this.state, draft: () => this.#queue.content, chooseError: (step) => { void this.#chooseError(step); }, comment: (step) => this.#comment(step) });
    for (const name of ["decision", "new-issue"]) find(name).hidden = true;
    this.#addTools();
    this.#listen();
    this.#addKeys();
    this.#drawCounts();
    this.#tell(this.#queue.state);
    this.#standAtFirst();
    this.#awaitMachine(MACHINE_LOOKS);
  }

  /** Go on with what this device kept. */
  restore(kept: Kept<ReviewDraft>): void {
    this.#queue.restore(kept);
    this.#draw();
  }

  #openQueue(): SaveQueue<ReviewDraft> {
    const { state, journal } = this;
    const ports = {
      send: (mutation: Mutation<ReviewDraft>, leaving: boolean) => this.#send(mutation, leaving),
      settle: (_id: string, take: "mine" | "theirs", headN: number) => this.#settle(take, headN),
      keep: journal.keep.bind(journal),
      forget: journal.forget.bind(journal),
      isSame,
      ...BROWSER,
      tell: (told: SaveState<ReviewDraft>) => this.#tell(told),
    };
    return new SaveQueue(ports, { n: state.save_n, content: draftOf(state) }, null, { ...PACE, idleMs: state.limits.idle_save_seconds * 1000 });
  }

  async #send({ baseN, content }: Mutation<ReviewDraft>, leaving: boolean): Promise<Sent<ReviewDraft>> {
    const body = { ...content, seconds: this.#time.seconds };
    const keepalive = leaving && new TextEncoder().encode(JSON.stringify(body)).length < KEEPALIVE_BYTES;
    try {
      const { data } = await api.put<SavedReview>(this.state.urls.draft, body, { ifMatch: `"${baseN}"`, signInAgain: false, keepalive });
      this.#offer(data.verdicts);
      return { kind: "saved", n: data.save_n, savedAt: new Date(data.saved_at) };
    } catch (error) {
      if (!(error instanceof ApiError) || error.status !== 412) return readRefusal(error);
      return this.#readHead(error.message);
    }
  }

  async #readHead(sentence: string): Promise<Sent<ReviewDraft>> {
    try {
      const { data } = await api.get<ReviewState>(this.state.urls.review, { signInAgain: false });
      return { kind: "stale", head: { n: data.save_n, content: draftOf(data) }, conflictId: String(data.save_n), sentence };
    } catch (error) {
      return readRefusal(error);
    }
  }

  async #settle(take: "mine" | "theirs", headN: number): Promise<Sent<ReviewDraft>> {
    if (take === "theirs") return { kind: "saved", n: headN, savedAt: new Date() };
    return this.#send({ id: "", baseN: headN, content: this.#queue.content }, false);
  }

  #tell(state: SaveState<ReviewDraft>): void {
    const act = state.kind === "conflict" ? () => { void this.#choose(state.sentence); } : state.kind === "closed" ? () => location.reload() : null;
    showSaveState(find("save"), state, act);
    if (state.kind === "closed" && !this.#isDone) toast({ text: `${state.sentence} Reload the page to see what happened.`, seconds: 12 });
  }

  async #choose(sentence: string): Promise<void> {
    const dialog = openDialog<"mine" | "theirs">({ title: "This review was saved in another window", sentence,
      body: h("div", { class: "row row--tight" },
        h("button", { class: "btn btn--primary", type: "button", autofocus: true, onclick: () => dialog.close("theirs") }, "Take what was saved there"),
        h("button", { class: "btn", type: "button", onclick: () => dialog.close("mine") }, "Go on with what is here")) });
    const choice = await dialog.closed;
    if (choice === null) return;
    await this.#queue.settle(choice);
    this.#draw();
  }

  #change(draft: ReviewDraft): void {
    if (this.#isDone) return;
    this.#queue.change(draft);
    this.#draw();
  }

  #draw(): void {
    this.#steps.draw();
    this.#drawCounts();
    const { rubric_scores: scores } = this.#queue.content;
    for (const { id } of this.state.rubric) {
      for (const radio of document.getElementsByName(`score-${id}`)) if (radio instanceof HTMLInputElement) radio.checked = radio.value === String(scores[id]);
    }
  }

  #drawCounts(): void {
    const { steps, revision } = this.state;
    const left = openCount(steps, this.#queue.content);
    const changed = steps.filter((step) => step.change !== "same").length;
    const since = revision.compared_to === null ? "" : ` · ${changed} changed since version ${revision.compared_to}`;
    fill(find("counts"), `${steps.length - left} of ${steps.length} labelled${since}`);
    const tab = document.querySelector('.zone-tabs a[href="#steps"] .num');
    if (tab !== null) tab.textContent = `${left} open`;
    const facts = document.querySelector("[data-part=unlabelled]");
    if (facts !== null) facts.textContent = left === 0 ? "" : `${left} ${left === 1 ? "step" : "steps"} without a verdict`;
  }

  /* On a re-review one begins where the author was asked for something, else at the first step to be read. */
  #standAtFirst(): void {
    const asked = this.state.threads.find((issue) => issue.is_published && issue.state !== "resolved" && issue.state !== "wont_fix" && issue.step_n !== null);
    const step = this.state.steps.find(({ id }) => id === asked?.step_id);
    if (step !== undefined && this.state.revision.compared_to !== null) this.#steps.go(step);
    else this.#steps.goToOpen();
    this.#steps.markQuotes();
  }

  #addTools(): void {
    const next = h("button", { class: "btn btn--small", type: "button", onclick: () => this.#next() }, "Next open ", h("kbd", null, "N"));
    const changes = this.state.revision.compared_to === null ? null
      : h("button", { class: "btn btn--small", type: "button", "aria-pressed": "true", onclick: () => this.#toggleChanges(changes) }, "Changes ", h("kbd", null, "D"));
    fill(find("tools"), changes, next);
    const whole = h("div", { class: "stack" });
    const about = (["answer", "task", "whole"] as const).map((anchor) => h("button", { class: "btn btn--bare btn--small", type: "button",
      onclick: () => this.#compose({ anchor, step: null, quote: null }, whole) }, anchor === "whole" ? "Issue on the whole…" : `Issue on the ${anchor}…`));
    whole.append(h("div", { class: "row row--tight" }, about));
    find("issues").after(whole);
    if (changes !== null) keyMap.add({ keys: "d", words: "Show or hide what changed", group: "Review", run: () => this.#toggleChanges(changes) });
  }

  #toggleChanges(button: HTMLElement | null): void {
    this.#showsChanges = !this.#showsChanges;
    button?.setAttribute("aria-pressed", String(this.#showsChanges));
    this.#steps.showChanges(this.#showsChanges);
  }

  #next(): void {
    if (!this.#steps.goToOpen()) toast({ text: "Every step has a verdict." });
  }

  #addKeys(): void {
    const group = "Review";
    const here = (act: (step: Step) => void) => (): void => { if (this.#steps.here !== null) act(this.#steps.here); };
    keyMap.addAll([
      ...VERDICTS.map((value, at) => ({ keys: String(at + 1), words: `This step is ${value}`, group, run: here((step) => this.#change(withVerdict(this.#queue.content, step.id, value))) })),
      { keys: "j", words: "Next step", group, run: () => this.#steps.move(1) },
      { keys: "k", words: "Previous step", group, run: () => this.#steps.move(-1) },
      { keys: "n", words: "Next step without a verdict", group, run: () => this.#next() },
      { keys: "l", words: "Choose what is wrong with the step", group, run: here((step) => { void this.#chooseError(step); }) },
      { keys: "c", words: "Write an issue on the selection, or on the step", group, run: () => this.#commentHere() },
      { keys: "Mod+s", words: "Save now", group, inFields: true, run: () => { void this.#save(); } },
    ]);
  }

  async #chooseError(step: Step): Promise<void> {
    const label = this.#queue.content.labels[step.id];
    const answer = await askError(this.state, step, label?.error_type ?? null, label?.note ?? "");
    if (answer !== null) this.#change(withError(this.#queue.content, step.id, answer.errorType, answer.note));
  }

  #commentHere(): void {
    const step = this.#steps.selected() ?? this.#steps.here;
    if (step === null) toast({ text: "Go to a step first, with J or a click." });
    else this.#comment(step);
  }

  #comment(step: Step): void {
    const place = this.#steps.body(step);
    if (place === null) return;
    const quote = selectedQuote(place, step.body);
    this.#compose({ anchor: quote === null ? "step" : "span", step, quote }, place);
  }

  #compose(subject: Parameters<typeof openComposer>[0]["subject"], place: HTMLElement): void {
    openComposer({ state: this.state, subject, place, stored: () => { void this.#refresh(); } });
  }

  async #save(): Promise<boolean> {
    if (await this.#queue.flush()) return true;
    if ("sentence" in this.#queue.state) toast({ text: this.#queue.state.sentence, seconds: 8 });
    return false;
  }

  #listen(): void {
    document.addEventListener("change", (event) => this.#onChange(event.target));
    document.addEventListener("click", (event) => this.#onClick(event));
    document.addEventListener("submit", (event) => this.#onSubmit(event));
    watchLeaving(this.#queue, () => this.#isDone);
  }

  #onChange(target: EventTarget | null): void {
    const verdict = verdictOf(target);
    if (verdict !== null) return this.#change(withVerdict(this.#queue.content, verdict.id, verdict.value));
    if (target instanceof HTMLInputElement && target.name.startsWith("score-")) this.#change(withScore(this.#queue.content, target.name.slice("score-".length), Number(target.value)));
  }

  #onClick(event: MouseEvent): void {
    const target = event.target instanceof Element ? event.target : null;
    const verdict = target?.closest<HTMLButtonElement>('.dock button[name="verdict"]');
    const edit = target?.closest<HTMLAnchorElement>(`.dock a[href="${this.state.urls.edit_page}"]`);
    if (verdict) {
      event.preventDefault();
      void this.#ask(verdict.value as Verdict);
    } else if (edit && !event.ctrlKey && !event.metaKey) {
      event.preventDefault();
      void this.#save().then((saved) => { if (saved) location.assign(edit.href); });
    }
  }

  #onSubmit(event: SubmitEvent): void {
    const form = event.target;
    if (!(form instanceof HTMLFormElement) || event.defaultPrevented || form.closest("dialog, .bar") !== null) return;
    const path = new URL(event.submitter?.getAttribute("formaction") ?? form.action, location.href).pathname;
    if (path.endsWith("/undo") || (path.startsWith("/work/") && path.endsWith("/review"))) return;
    event.preventDefault();
    if (form.id === "decision") void this.#save().then(() => this.#release(form, event.submitter));
    else if (path.endsWith("/leave")) void this.#save().then((saved) => { if (saved) this.#leave(form); else this.#release(form, event.submitter); });
    else void this.#submit(form, path, event.submitter);
  }

  #leave(form: HTMLFormElement): void {
    this.#isDone = true;
    form.submit();
  }

  #release(form: HTMLFormElement, submitter: HTMLElement | null): void {
    delete form.dataset["sent"];
    submitter?.classList.remove("btn--busy");
  }

  async #submit(form: HTMLFormElement, path: string, submitter: HTMLElement | null): Promise<void> {
    const data = new FormData(form, submitter);
    const field = form.querySelector<HTMLInputElement>('input[name="body"], input[name="own_answer"]');
    try {
      if (await this.#save()) this.#take(await fetchWorkbench(path, data), field?.id ?? null);
    } catch (error) {
      toast({ text: error instanceof ApiError ? error.message : "It was not done. Try again.", seconds: 10 });
    }
    this.#release(form, submitter);
    if (path.endsWith("/check")) this.#awaitMachine(MACHINE_LOOKS);
  }

  /* While a machine is at it, its part of the page is taken anew each second, for half a minute. */
  #awaitMachine(looks: number): void {
    if (this.state.machine?.is_pending !== true || looks === 0 || this.#isDone) return;
    window.setTimeout(() => {
      if (document.hidden || document.querySelector("dialog:modal") !== null) return this.#awaitMachine(looks);
      fetchWorkbench(this.state.urls.page).then((page) => {
        this.state = { ...this.state, machine: stateOf(page).machine, suggested_method: stateOf(page).suggested_method, verdicts: stateOf(page).verdicts };
        swapIn(page, null, ["machine"]);
        this.#awaitMachine(looks - 1);
      }, () => undefined); /* Offline: what stands there stands. */
    }, MACHINE_LOOK_MS);
  }

  async #refresh(): Promise<void> {
    try {
      await this.#queue.flush();
      this.#take(await fetchWorkbench(this.state.urls.page), null);
    } catch (error) {
      toast({ text: error instanceof ApiError ? error.message : "The page could not be brought up to date. Reload it.", seconds: 10 });
    }
  }

  #take(page: Document, sent: string | null): void {
    const own = this.#queue.content.own_answer;
    this.state = stateOf(page);
    swapIn(page, sent);
    /* The own answer is stored by looking at the reference, outside the draft; the next save must bring it. */
    if (this.state.own_answer !== own) this.#queue.change({ ...this.#queue.content, own_answer: this.state.own_answer });
    this.#draw();
    this.#steps.markQuotes();
  }

  /* A save may open or close a verdict; the server's word stands in the dock. */
  #offer(options: readonly VerdictOption[]): void {
    this.state = { ...this.state, verdicts: options };
  }

  /* The dialog opens at once, so that a key pressed right after belongs to it; what is unsaved is saved before it is sent. */
  async #ask(verdict: Verdict): Promise<void> {
    const option = this.state.verdicts.find((one) => one.verdict === verdict);
    if (option?.is_allowed !== true) {
      toast({ text: option?.why_not ?? "This cannot be decided now.", seconds: 8 });
      return;
    }
    await askVerdict({
      state: this.state, draft: this.#queue.content, option,
      keep: (given) => this.#change({ ...this.#queue.content, ...given }),
      send: (given) => this.#decide(verdict, given),
    });
  }

  async #decide(verdict: Verdict, given: Given): Promise<void> {
    if (!(await this.#queue.flush())) throw new ApiError("unsaved", "sentence" in this.#queue.state ? this.#queue.state.sentence : "Your verdicts are not saved yet. Try again.", 0);
    const sent = { verdict, sha256: this.state.revision.sha256, ...given };
    try {
      const { data } = await api.post<Decided>(this.state.urls.decide, sent);
      this.#isDone = true;
      this.#queue.stop();
      this.#time.stop();
      await this.#goOn(data);
    } catch (error) {
      if (!(error instanceof ApiError) || error.code !== "overtaken") throw error;
      this.#isDone = true;
      this.#queue.stop();
      location.assign(this.state.urls.page);
    }
  }

  async #goOn(decided: Decided): Promise<void> {
    if (decided.next_url === null) return location.assign(this.state.urls.page);
    rememberDecision(decided);
    try {
      const { data } = await api.post<{ page: string }>(`/api/v1${decided.next_url}`);
      location.assign(data.page);
    } catch {
      location.assign(this.state.urls.queue); /* Somebody took it meanwhile: the queue shows what is left. */
    }
  }
}
