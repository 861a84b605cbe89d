/** What is said of the answer while it is written, and what the linter found at the last save, with the way to each thing. */
import { confirmDialog } from "../lib/dialog";
import { type Child, fill, h } from "../lib/dom";
import { glyph } from "../lib/glyphs";
import { setAllTex } from "../lib/tex";
import { type Content, numberOf, waive } from "./document";
import type { LiveLine } from "./livelines";
import type { Finding } from "./state";

export interface ChecksOptions {
  content(): Content;
  change(content: Content): void;
  go(stepId: string): void;
}

const FIELDS: Readonly<Record<string, string>> = { answer: "answer", unit: "unit", program: "program", confidence: "confidence", wrong: "wrong", steps: "reasoning" };

/* Shows a field and puts the focus into it, wherever it is folded away. */
function goTo(field: string, event: Event): void {
  const target = document.querySelector<HTMLElement>(`#${field}`);
  const folded = target?.closest("details");
  if (folded) folded.open = true;
  const focusable = target?.matches("input, textarea, [tabindex]") === true ? target : target?.querySelector<HTMLElement>("input, textarea, [contenteditable=true]");
  if (!focusable || focusable.getClientRects().length === 0) return;
  event.preventDefault();
  focusable.focus();
}

function wayTo(field: string, name: string): HTMLElement {
  return h("a", { href: `#${field}`, onclick: (event) => goTo(field, event) }, "go", h("span", { class: "vh" }, ` to ${name}`));
}

/** The list of checks. */
export class ChecksPart {
  readonly #live = h("ul", { class: "checks checks--live", hidden: true });
  readonly #list = h("ul", { class: "checks" });
  #drawn = "";

  constructor(place: HTMLElement, private readonly tab: HTMLElement | null, private readonly given: ChecksOptions) {
    place.querySelector("ul.checks")?.remove();
    place.append(this.#live, this.#list);
    place.querySelector(".zone__head")?.append(h("span", { class: "hint push live" }, "live"));
  }

  /** Show what is said of the answer as it stands; `act` makes what stands at the line of the tests. */
  showLive(lines: readonly LiveLine[], act: () => Child): void {
    const drawn = JSON.stringify(lines);
    if (drawn === this.#drawn) return;
    this.#drawn = drawn;
    fill(this.#live, lines.map((line) => this.#liveLine(line, act)));
    this.#live.hidden = lines.length === 0;
    void setAllTex(this.#live).catch(() => undefined);
  }

  #liveLine({ name, tone, glyph: sign, value, tex, small, go }: LiveLine, act: () => Child): HTMLLIElement {
    const right = tex === "" ? h("bdi", null, value) : h("span", { class: "tex" }, tex);
    const more = [small === "" ? null : h("bdi", null, small), name === "Tests" ? act() : null];
    return h("li", null, h("span", { class: tone }, glyph(sign)), h("b", null, name),
      h("span", { class: "checks__value" }, right, go === null ? null : [" ", wayTo(go, name.toLowerCase())]),
      more.every((part) => part === null) ? null : h("small", null, more));
  }

  /** Show the findings of a save. */
  show(findings: readonly Finding[]): void {
    fill(this.#list, findings.length === 0
      ? h("li", null, h("span", { class: "good" }, glyph("check")), h("b", null, "Nothing found"))
      : findings.map((finding) => this.#line(finding)));
    if (this.tab !== null) fill(this.tab, "Checks", findings.length === 0 ? null : [" ", h("span", { class: "num" }, `${findings.length} open`)]);
  }

  #line(finding: Finding): HTMLLIElement {
    const blocks = finding.severity === "blocker";
    const waiver = this.given.content().waivers[finding.waiver_key] ?? finding.waiver;
    return h("li", null,
      h("span", { class: blocks ? "bad" : "warn" }, glyph(blocks ? "stop" : "warning")),
      h("b", null, finding.sentence),
      this.#way(finding),
      h("small", null, waiver ? ["Waived: ", h("bdi", null, waiver)] : finding.hint, blocks ? null : this.#waiver(finding, waiver ?? "")));
  }

  #way(finding: Finding): Child {
    const { step_id: id } = finding;
    const n = id === null ? 0 : numberOf(this.given.content(), id);
    if (id !== null && n > 0) {
      const go = (event: Event): void => { event.preventDefault(); this.given.go(id); };
      return h("a", { href: `#step-${n}`, onclick: go }, "go", h("span", { class: "vh" }, ` to step ${n}`));
    }
    const field = FIELDS[finding.where];
    if (field === undefined) return null;
    return wayTo(field, finding.where);
  }

  #waiver(finding: Finding, given: string): HTMLElement {
    const ask = async (): Promise<void> => {
      if (given !== "") return this.given.change(waive(this.given.content(), finding.waiver_key, ""));
      const reason = await confirmDialog({ title: "Why does this not apply?", sentence: `${finding.sentence} The reviewer sees your reason first.`, reason: "Reason", confirm: "Waive" });
      if (reason !== null) this.given.change(waive(this.given.content(), finding.waiver_key, reason.slice(0, 500)));
    };
    return h("button", { class: "btn btn--bare btn--small", type: "button", onclick: () => { void ask(); } },
      given === "" ? "Does not apply…" : "Take the waiver back", h("span", { class: "vh" }, ` (${finding.sentence})`));
  }
}
