/** What the linter found at the last save, with the way to each thing and a waiver for what does not apply. */
import { confirmDialog } from "../lib/dialog";
import { type Child, fill, h } from "../lib/dom";
import { glyph } from "../lib/glyphs";
import { type Content, numberOf, waive } from "./document";
import type { Finding } from "./state";

export interface ChecksOptions {
  content(): Content;
  change(content: Content): void;
  go(stepId: string): void;
}

const FIELDS: Readonly<Record<string, string>> = { answer: "answer", unit: "unit", program: "program", confidence: "confidence", wrong: "wrong", steps: "reasoning" };

/** The list of findings. */
export class ChecksPart {
  constructor(private readonly place: HTMLElement, private readonly tab: HTMLElement | null, private readonly given: ChecksOptions) {}

  /** Show the findings of a save. */
  show(findings: readonly Finding[]): void {
    const old = this.place.querySelector("ul.checks");
    const list = h("ul", { class: "checks" }, findings.length === 0
      ? h("li", null, h("span", { class: "good" }, glyph("check")), h("b", null, "Nothing found"))
      : findings.map((finding) => this.#line(finding)));
    if (old === null) this.place.append(list);
    else old.replaceWith(list);
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
    const go = (event: Event): void => {
      const target = document.querySelector<HTMLElement>(`#${field}`);
      const focusable = target?.matches("input, textarea, [tabindex]") === true ? target : target?.querySelector<HTMLElement>("input, textarea, [contenteditable=true]");
      if (!focusable || focusable.getClientRects().length === 0) return;
      event.preventDefault();
      focusable.focus();
    };
    return h("a", { href: `#${field}`, onclick: go }, "go", h("span", { class: "vh" }, ` to ${finding.where}`));
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
