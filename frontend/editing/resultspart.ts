/** What the last runs gave: what is running, why one was refused, and the shown run with its tests. */
import { type Child, fill, h } from "../lib/dom";
import { glyph } from "../lib/glyphs";
import { duration, serverNow } from "../lib/time";
import { differenceOf, meter, outputOf, verdictBadge } from "./runview";
import type { RunBook } from "./runbook";
import { type Run, type RunTest, commandOf, countVerdicts, isOver, megabytes, sayEnd, seconds, stampOf } from "./runs";

export interface ResultsOptions {
  readonly book: RunBook;
  readonly testCount: number;
  readonly hiddenCount: number;
  /** what a test gives to the program, by its name */
  readonly inputs: ReadonlyMap<string, string>;
  isOlder(run: Run): boolean;
  cite(id: string): void;
  citedIn(id: string): readonly number[];
  jump(line: number, column: number): void;
}

const SLOW_MS = 1_000;

/** The panel under the program. */
export class ResultsPart {
  readonly #now = h("p", { class: "results__now", role: "status" });
  readonly #refused = h("p", { class: "field__error", role: "alert", hidden: true });
  readonly #shown = h("div");
  readonly #opened = new Map<string, boolean>();
  #chosen: string | null = null;
  #drawn = "";

  constructor(place: HTMLElement, private readonly given: ResultsOptions) {
    fill(place, this.#now, this.#refused, this.#shown);
    window.setInterval(() => this.#drawElapsed(), 1_000);
  }

  /** The run that is shown: the chosen one, else the newest that has ended. */
  get shown(): Run | null {
    const over = this.given.book.runs.filter(isOver);
    return over.find(({ id }) => id === this.#chosen) ?? over[0] ?? null;
  }

  /** Show the newest run as soon as it has ended. */
  showNewest(): void {
    this.#chosen = null;
  }

  /** Draw what changed. */
  draw(): void {
    const { book } = this.given;
    const run = this.shown;
    const drawn = JSON.stringify([book.runs.map(({ id, state }) => [id, state]), run?.id, run === null ? null : [this.given.isOlder(run), this.given.citedIn(run.id)], book.refusal, book.asking, book.isCutOff, [...this.#opened]]);
    if (drawn === this.#drawn) return;
    this.#drawn = drawn;
    this.#drawNow();
    this.#refused.hidden = book.refusal === null;
    fill(this.#refused, book.refusal === null ? null : [glyph("stop"), h("span", null, book.refusal.sentence)]);
    const focused = this.#shown.contains(document.activeElement) ? document.activeElement?.getAttribute("data-part") : null;
    fill(this.#shown, run === null ? this.#nothing() : this.#result(run));
    if (focused) this.#shown.querySelector<HTMLElement>(`[data-part="${focused}"]`)?.focus();
  }

  #nothing(): Child {
    const { testCount, hiddenCount } = this.given;
    if (this.given.book.runs.length > 0) return null;
    const tests = testCount === 0 ? "" : ` ${testCount === 1 ? "One test checks" : `${testCount} tests check`} the program${hiddenCount === 0 ? "" : `; ${hiddenCount === testCount ? "all" : hiddenCount} of them hidden`}.`;
    return h("p", { class: "hint results__pad" }, `Nothing was run yet.${tests}`);
  }

  #drawNow(): void {
    const { book } = this.given;
    const waiting = book.runs.filter((run) => !isOver(run));
    const words = book.asking !== null ? "Asking for a run" : waiting.length === 0 ? "" : waiting.some(({ state }) => state === "running") ? "Running" : "Waiting for its turn";
    const since = waiting.at(-1)?.requested_at ?? null;
    this.#now.classList.toggle("vh", words === "");
    const ended = this.shown;
    if (words === "") return fill(this.#now, ended === null ? null : `Run ${stampOf(ended, serverNow())}: ${sayEnd(ended)}`);
    fill(this.#now, glyph(book.isCutOff ? "offline" : "spin", undefined, book.isCutOff ? "ico" : "ico spin"), h("span", null, words),
      since === null ? null : h("span", { class: "num hint", "aria-hidden": "true", "data-since": since }),
      h("span", { class: "hint" }, book.isCutOff ? "No connection: it goes on there, and its result is fetched when the line is back." : "You can go on writing, or leave and come back."));
    this.#drawElapsed();
  }

  #drawElapsed(): void {
    const place = this.#now.querySelector<HTMLElement>("[data-since]");
    if (place !== null) place.textContent = duration((serverNow().getTime() - Date.parse(place.dataset["since"] ?? "")) / 1000);
  }

  #which(run: Run): HTMLElement {
    const over = this.given.book.runs.filter(isOver);
    const now = serverNow();
    if (over.length < 2) return h("b", null, `Run ${stampOf(run, now)}`);
    const select = h("select", { class: "select select--small", "aria-label": "Which run", "data-part": "which", onchange: () => { this.#chosen = select.value; this.draw(); } },
      over.map((one) => h("option", { value: one.id, selected: one.id === run.id }, `Run ${stampOf(one, now)} · ${one.tests.length > 0 ? `${one.passed}/${one.total}` : one.purpose === "tests" ? "tests" : "own input"}`)));
    return select;
  }

  #head(run: Run): HTMLElement {
    const steps = this.given.citedIn(run.id);
    const cited = steps.length === 0 ? null : h("span", { class: "hint" }, `cited in ${steps.length === 1 ? "step" : "steps"} ${steps.join(", ")}`);
    const cite = h("button", { class: "btn btn--bare btn--small", type: "button", "data-part": "cite", onclick: () => this.given.cite(run.id) }, "Cite in the step ", h("kbd", null, "C"));
    const used = run.state === "failed" || run.tests.length > 0 ? [] : [seconds(run.wall_ms), ...(run.memory_bytes > 0 ? [megabytes(run.memory_bytes)] : [])];
    return h("div", { class: "row row--apart results__head" },
      h("span", { class: "row row--tight" }, this.#which(run), run.purpose === "custom" && run.verdict !== null ? verdictBadge(run.verdict) : h("span", { class: "hint" }, sayEnd(run)),
        used.length === 0 ? null : h("span", { class: "hint num" }, used.join(" · ")),
        this.given.isOlder(run) ? h("span", { class: "badge badge--warn" }, glyph("clock"), "of an earlier version") : null),
      h("span", { class: "row row--tight" }, cited, run.state === "failed" ? null : cite));
  }

  #result(run: Run): Child {
    const parts = run.state === "failed" ? [] : outputOf(run, (line, column) => this.given.jump(line, column));
    const says = run.state === "failed" || (run.tests.length === 0 && (run.verdict !== "ok" || run.message.includes("cut off")));
    return [this.#head(run),
      says ? h("p", { class: "results__pad soft" }, run.message) : null,
      run.tests.length === 0 ? null : this.#tests(run),
      parts.length === 0 ? null : h("div", { class: "results__pad stack" }, parts),
      run.stdin === "" ? null : h("details", { class: "results__pad hint" }, h("summary", null, `Ran ${commandOf(run)}`), h("pre", { class: "results__input", tabindex: 0, role: "group", "aria-label": "Input of this run" }, run.stdin))];
  }

  #tests(run: Run): HTMLElement {
    const shown = run.tests.filter((test) => !test.is_hidden);
    const hidden = run.tests.filter((test) => test.is_hidden);
    const longest = Math.max(SLOW_MS, ...shown.map(({ wall_ms }) => wall_ms ?? 0));
    const first = shown.findIndex(({ verdict }) => verdict !== "passed" && verdict !== "not_run");
    const head = ["Test", "Verdict", "Time", "", "Memory"].map((name, at) => h("th", { scope: "col", class: at === 2 || at === 4 ? "n" : at === 3 ? "wide" : null }, name === "" ? h("span", { class: "vh" }, "Beside the slowest") : name));
    return h("table", { class: "table table--tight results__table" },
      h("caption", { class: "vh" }, "Tests of this run"),
      h("thead", null, h("tr", null, head)),
      h("tbody", null, shown.map((test, at) => this.#testRows(run, test, at, longest, at === first)), hidden.length === 0 ? null : h("tr", null,
        h("td", null, hidden.length === 1 ? "1 hidden" : `${hidden.length} hidden`),
        h("td", { colspan: 4 }, h("span", { class: "row row--tight" }, countVerdicts(hidden).map(({ verdict, count }) => verdictBadge(verdict, count)))))));
  }

  #testRows(run: Run, test: RunTest, at: number, longest: number, isFirst: boolean): HTMLElement[] {
    const key = `${run.id} ${at}`;
    const isOpen = this.#opened.get(key) ?? isFirst;
    const id = `test-${at}`;
    const name = h("button", { class: "testbtn", type: "button", "data-part": id, "aria-expanded": String(isOpen), "aria-controls": isOpen ? `${id}-more` : null,
      onclick: () => { this.#opened.set(key, !isOpen); this.draw(); } }, glyph(isOpen ? "down" : "right"), h("code", null, test.name));
    const isLate = test.verdict === "time_limit" || test.verdict === "too_slow";
    const row = h("tr", null, h("td", null, name), h("td", null, verdictBadge(test.verdict)),
      h("td", { class: "n" }, test.wall_ms === null || test.verdict === "not_run" ? "–" : seconds(test.wall_ms)),
      h("td", { class: "wide" }, meter(isLate ? 1 : (test.wall_ms ?? 0) / longest, isLate)),
      h("td", { class: "n" }, test.memory_bytes ? megabytes(test.memory_bytes) : "–"));
    return isOpen ? [row, h("tr", { class: "results__more", id: `${id}-more` }, h("td", { colspan: 5 }, differenceOf(test, test.stdin || (this.given.inputs.get(test.name) ?? ""), (line, column) => this.given.jump(line, column))))] : [row];
  }
}
