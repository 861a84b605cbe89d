/** The program of a program task: source, input of one's own, running and testing, and what came out. */
import { ApiError, api } from "../lib/api";
import { type Child, fill, h } from "../lib/dom";
import { glyph } from "../lib/glyphs";
import { keyMap, showKeys } from "../lib/keys";
import { toast } from "../lib/toast";
import { CodePane } from "./codepane";
import { type Content, citingSteps } from "./document";
import { lineOfTests, type LiveLine } from "./livelines";
import { ResultsPart } from "./resultspart";
import { RunBook, type RunPorts } from "./runbook";
import { type Purpose, type Run, countLines } from "./runs";
import { sha256 } from "./sourcehash";
import type { Checks, EditorState } from "./state";

export interface ProgramOptions {
  readonly state: EditorState;
  content(): Content;
  change(content: Content): void;
  review(): void;
  cite(runId: string): void;
  /** Something that is said of the runs elsewhere has changed. */
  changed(): void;
}

const INPUT_MAX_CHARS = 200_000;
const HASH_AFTER_MS = 300;
const READ_TIMEOUT_MS = 20_000;

function portsOf(url: string, changed: () => void): RunPorts {
  return {
    ask: async (body) => (await api.post<Run>(url, body)).data,
    list: async () => (await api.get<{ items: readonly Run[] }>(url, { signInAgain: false })).data.items,
    read: async (id, wait) => (await api.get<Run>(`${url}/${id}?wait=${wait}`, { signInAgain: false, timeoutMs: READ_TIMEOUT_MS })).data,
    later: (run, ms) => { window.setTimeout(run, ms); },
    now: () => Date.now(),
    changed,
  };
}

/* What somebody typed as input is for this tab: it is no part of the work. */
function remembered(key: string): string {
  try {
    return sessionStorage.getItem(key) ?? "";
  } catch {
    return "";
  }
}

function remember(key: string, text: string): void {
  try {
    sessionStorage.setItem(key, text);
  } catch {
    /* Full, or not allowed: the field holds it as long as the page is open. */
  }
}

/** The program pane, put together. */
export class ProgramPart {
  readonly book: RunBook;
  readonly #code: CodePane;
  readonly #results: ResultsPart;
  readonly #why = h("p", { class: "hint split-code__why", id: "run-why", role: "status", hidden: true });
  readonly #input: HTMLTextAreaElement;
  readonly #inputKey: string;
  readonly #inputButton = h("button", { class: "btn btn--small", type: "button", "aria-controls": "own-input", onclick: () => this.#toggleInput() });
  readonly #run = this.#button("Run", "r", "Shift+Enter", "custom");
  readonly #test = this.#button("Test", "t", "Alt+Enter", "tests");
  #checks: Checks;
  #hash: string | null = null;
  #hashed = "";
  #timer = 0;
  #closed = false;

  constructor(zone: HTMLElement, private readonly given: ProgramOptions) {
    const { state } = given;
    this.#checks = state.checks;
    this.#inputKey = `workings:stdin:${state.submission_id}`;
    this.book = new RunBook(portsOf(state.urls.runs, () => this.#changed()));
    const [bar, source, runs] = [".split-code__bar", '[data-editor="program"]', '[data-editor="runs"]'].map((name) => zone.querySelector<HTMLElement>(name));
    if (!bar || !source || !runs) throw new Error("The page has no place for the program.");
    this.#code = new CodePane(source, bar, {
      languages: state.activity.languages, mostChars: state.limits.source_chars, content: given.content, change: (next) => given.change(next), review: () => given.review(),
      run: () => this.#press("custom"), test: () => this.#press("tests"),
    });
    this.#results = new ResultsPart(runs, {
      book: this.book, testCount: state.checks.test_count, hiddenCount: state.checks.hidden_count,
      inputs: new Map(state.checks.public_tests.map(({ name, stdin }) => [name, stdin])), isOlder: (run) => this.isOlder(run),
      cite: (id) => given.cite(id), citedIn: (id) => citingSteps(given.content(), id), jump: (line, column) => this.#code.jump(line, column),
    });
    this.#input = this.#inputField();
    bar.append(h("span", { class: "push row row--tight split-code__acts" }, this.#inputButton, this.#run, state.checks.test_count > 0 ? this.#test : null), this.#why);
    source.after(h("div", { class: "split-code__input", id: "own-input", hidden: this.#input.value === "" }, h("label", { class: "label", for: "stdin" }, "Input of your own, which Run gives to the program"), this.#input));
    this.#drawInput();
    this.#offer();
    keyMap.addAll(this.#shortcuts());
    this.look();
    void this.book.open(given.content().steps.flatMap((step) => step.runs));
  }

  /** The run that is shown and can be cited. */
  get shown(): Run | null {
    const run = this.#results.shown;
    return run?.state === "done" ? run : null;
  }

  /** The line of the tests in the column of checks. */
  line(): LiveLine | null {
    const run = this.book.last("tests");
    return lineOfTests(this.#checks.test_count, run, run !== null && this.isOlder(run));
  }

  /** A button that runs the tests, for elsewhere. */
  testButton(): Child {
    return h("button", { class: "btn btn--bare btn--small", type: "button", onclick: () => this.#press("tests") }, "Test ", h("kbd", null, "T"));
  }

  /** Whether a run is of another program than the one that stands here now; false while that is not known. */
  isOlder(run: Run): boolean {
    return this.#hash !== null && (run.source_sha256 !== this.#hash || run.language !== this.#code.program.language);
  }

  /** Look at the document after a change. */
  look(): void {
    window.clearTimeout(this.#timer);
    this.#timer = window.setTimeout(() => { void this.#rehash(); }, HASH_AFTER_MS);
    this.#drawWhy();
    this.#results.draw();
  }

  /** Show the document's program when it was replaced from outside. */
  draw(): void {
    this.#code.draw();
    this.look();
  }

  close(): void {
    this.#closed = true;
    this.book.close();
    this.#code.close();
    this.#input.readOnly = true;
    for (const button of [this.#run, this.#test]) button.disabled = true;
  }

  #changed(): void {
    this.#drawButtons();
    this.#results.draw();
    this.given.changed();
  }

  async #rehash(): Promise<void> {
    const { source } = this.#code.program;
    if (source !== this.#hashed || this.#hash === null) this.#hash = await sha256(source);
    this.#hashed = source;
    this.#changed();
  }

  #press(purpose: Purpose): void {
    if (this.#closed) return;
    const { program } = this.#code;
    if (purpose === "tests" && this.#checks.test_count === 0) return this.book.refuse("This task has no tests to run; run the program with input of your own.");
    if (!this.#checks.runs_on) return void toast({ text: this.#checks.why_off ?? "Programs are not run here.", seconds: 6 });
    const { notRun } = this.#code;
    if (notRun !== null) return this.book.refuse(`${notRun} is not run here. Choose another language to run the program.`);
    if (program.source.trim() === "") return this.book.refuse("The program is empty. Write something to run.");
    this.#results.showNewest();
    void this.book.ask(purpose, program, this.#input.value);
  }

  #button(words: string, key: string, chord: string, purpose: Purpose): HTMLButtonElement {
    return h("button", { class: "btn btn--small", type: "button", onclick: () => this.#press(purpose) }, `${words} `,
      h("kbd", { class: "key--out" }, showKeys(key)), h("kbd", { class: "key--in" }, showKeys(chord)));
  }

  #drawButtons(): void {
    for (const [button, purpose] of [[this.#run, "custom"], [this.#test, "tests"]] as const) {
      button.classList.toggle("btn--busy", this.book.asking === purpose);
      if (this.#checks.runs_on) button.removeAttribute("aria-disabled");
      else button.setAttribute("aria-disabled", "true");
      button.setAttribute("aria-describedby", "run-why");
    }
  }

  /* Languages and the reason why nothing is run, from what the server says now. */
  #offer(): void {
    this.#code.offer(this.#checks.languages);
    this.#drawWhy();
    this.#drawButtons();
  }

  #drawWhy(): void {
    const { notRun } = this.#code;
    const off = this.#checks.runs_on ? null : (this.#checks.why_off ?? "Programs are not run here.");
    const words = off ?? (notRun === null ? "" : `${notRun} is not run here. It is saved and handed in all the same; choose another language to run it.`);
    if (this.#why.dataset["words"] === words) return;
    this.#why.dataset["words"] = words;
    this.#why.hidden = words === "";
    fill(this.#why, glyph("info"), h("span", null, words), off === null ? null : h("button", { class: "btn btn--bare btn--small", type: "button", onclick: () => { void this.#lookAgain(); } }, "Look again"));
  }

  async #lookAgain(): Promise<void> {
    try {
      this.#checks = (await api.get<EditorState>(this.given.state.urls.work)).data.checks;
      this.#offer();
      if (!this.#checks.runs_on) toast({ text: "Still not." });
    } catch (error) {
      toast({ text: error instanceof ApiError ? error.message : "The server could not be asked.", seconds: 6 });
    }
  }

  #inputField(): HTMLTextAreaElement {
    const field = h("textarea", { class: "input", id: "stdin", rows: 3, spellcheck: "false", autocomplete: "off", maxlength: INPUT_MAX_CHARS,
      oninput: () => { remember(this.#inputKey, field.value); this.#drawInput(); } });
    field.value = remembered(this.#inputKey);
    field.addEventListener("keydown", (event) => {
      if (event.isComposing) return;
      if (event.key === "Enter" && event.shiftKey) { event.preventDefault(); this.#press("custom"); }
      if (event.key === "Escape") { event.preventDefault(); this.#inputButton.focus(); }
    });
    return field;
  }

  #drawInput(): void {
    const lines = countLines(this.#input.value);
    const hidden = this.#input.parentElement?.hidden ?? true;
    this.#inputButton.setAttribute("aria-expanded", String(!hidden));
    fill(this.#inputButton, lines === 0 ? "Own input… " : `Own input, ${lines} ${lines === 1 ? "line" : "lines"} `, h("kbd", { class: "key--out" }, "I"));
  }

  #toggleInput(): void {
    const box = this.#input.parentElement;
    if (box === null) return;
    box.hidden = !box.hidden;
    if (!box.hidden) this.#input.focus();
    this.#drawInput();
  }

  #shortcuts(): Parameters<typeof keyMap.addAll>[0] {
    const group = "Program";
    const when = (): boolean => !this.#closed;
    const cite = (): void | false => {
      const run = this.shown;
      if (run === null) return false;
      this.given.cite(run.id);
    };
    return [
      { keys: "r", words: "Run the program (in its text: ⇧ ⏎)", group, when, run: () => this.#press("custom") },
      { keys: "t", words: "Run the tests (in the program's text: Alt ⏎)", group, when: () => when() && this.#checks.test_count > 0, run: () => this.#press("tests") },
      { keys: "i", words: "Input of your own", group, when, run: () => this.#toggleInput() },
      { keys: "c", words: "Cite the shown run in the step", group, when, run: cite },
      { keys: "Mod+r", words: "Cite the shown run while writing", group, when, run: cite },
    ];
  }
}
