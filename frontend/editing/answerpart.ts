/** Answer, unit, confidence, what would make it wrong, and what is said beside the steps. */
import { h } from "../lib/dom";
import type { Content } from "./document";

type Field = HTMLInputElement | HTMLTextAreaElement;

export interface AnswerOptions {
  readonly parts: readonly string[];
  content(): Content;
  change(content: Content): void;
  blurred(): void;
}

const LIMITS: Readonly<Record<string, number>> = { answer: 20_000, unit: 100, wrong: 5000, assumptions: 40_000, tools: 2000, note: 5000 };

function read(content: Content, part: string): string {
  switch (part) {
    case "answer": return content.answer.text;
    case "unit": return content.answer.unit;
    case "wrong": return content.what_would_make_this_wrong;
    case "assumptions": return content.answer.assumptions.join("\n");
    case "tools": return content.tools_used;
    default: return content.note_to_reviewer;
  }
}

function write(content: Content, part: string, text: string): Content {
  switch (part) {
    case "answer": return { ...content, answer: { ...content.answer, text } };
    case "unit": return { ...content, answer: { ...content.answer, unit: text } };
    case "wrong": return { ...content, what_would_make_this_wrong: text };
    case "assumptions": {
      const lines = text.split("\n").filter((line) => line.trim() !== "");
      /* Twenty at most: what is written on further lines stays part of the last one. */
      const assumptions = lines.length > 20 ? [...lines.slice(0, 19), lines.slice(19).join("\n")] : lines;
      return { ...content, answer: { ...content.answer, assumptions } };
    }
    case "tools": return { ...content, tools_used: text };
    default: return { ...content, note_to_reviewer: text };
  }
}

/** The fields of the answer, made writable. */
export class AnswerPart {
  readonly #fields = new Map<string, Field>();
  readonly #confidence: HTMLInputElement[] = [];

  constructor(root: ParentNode, beside: HTMLElement, private readonly given: AnswerOptions) {
    for (const part of ["answer", "unit", "wrong"]) {
      const field = root.querySelector<HTMLInputElement>(`#${part}`);
      if (field !== null) this.#watch(part, field);
    }
    this.#addBeside(beside);
    this.#watchConfidence(root);
    this.draw();
  }

  /** Show what the document holds; a field somebody is writing in stays as it is. */
  draw(): void {
    const content = this.given.content();
    for (const [part, field] of this.#fields) {
      const text = read(content, part);
      if (document.activeElement !== field && field.value !== text) field.value = text;
    }
    for (const radio of this.#confidence) radio.checked = Number(radio.value) === content.confidence;
  }

  /** Write nothing any more. */
  close(): void {
    for (const field of this.#fields.values()) field.readOnly = true;
    for (const radio of this.#confidence) radio.disabled = true;
  }

  #watch(part: string, field: Field): void {
    field.readOnly = false;
    field.maxLength = LIMITS[part] ?? 2000;
    field.addEventListener("input", () => this.given.change(write(this.given.content(), part, field.value)));
    field.addEventListener("blur", () => { this.draw(); this.given.blurred(); });
    this.#fields.set(part, field);
  }

  #watchConfidence(root: ParentNode): void {
    const set = root.querySelector<HTMLFieldSetElement>("#confidence");
    if (set === null) return;
    set.disabled = false;
    this.#confidence.push(...set.querySelectorAll<HTMLInputElement>('input[type="radio"]'));
    for (const radio of this.#confidence) {
      radio.addEventListener("change", () => this.given.change({ ...this.given.content(), confidence: Number(radio.value) }));
    }
  }

  #addBeside(place: HTMLElement): void {
    const labels = { assumptions: "Assumptions of yours, one on each line", tools: "Tools used", note: "Note to the reviewer" };
    const fields = Object.entries(labels).filter(([part]) => this.given.parts.includes(part)).map(([part, label]) => {
      const field = h("textarea", { class: "input", id: `more-${part}`, rows: 2 });
      this.#watch(part, field);
      return h("div", { class: "field" }, h("label", { for: field.id }, label), field);
    });
    if (fields.length === 0) return;
    const written = ["assumptions", "tools", "note"].some((part) => read(this.given.content(), part) !== "");
    place.append(h("details", { class: "more-said", open: written }, h("summary", { class: "label" }, "Assumptions, tools, note to the reviewer"), h("div", { class: "stack" }, fields)));
  }
}
