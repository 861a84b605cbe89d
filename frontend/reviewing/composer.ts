/** Writing an issue where it belongs: under the step, with the words it is about. */
import { ApiError, api } from "../lib/api";
import { h } from "../lib/dom";
import { glyph } from "../lib/glyphs";
import type { Quote } from "./quoting";
import type { Issue, ReviewState, Step } from "./state";

export interface Subject {
  readonly anchor: Issue["anchor"];
  readonly step: Step | null;
  readonly quote: Quote | null;
}

export interface ComposerOptions {
  readonly state: ReviewState;
  readonly subject: Subject;
  /** Where it is put: at the end of this element. */
  readonly place: HTMLElement;
  /** The issue is stored. */
  stored(): void;
}

const WORDS: Readonly<Record<Issue["anchor"], string>> = { task: "on the task", answer: "on the answer", whole: "on the whole", step: "on the step", span: "" };

function severities(state: ReviewState): HTMLElement {
  const radios = state.severities.map(({ value, name, hint }) => h("label", { title: hint },
    h("input", { class: "vh", type: "radio", name: "severity", value, ...(value === "major" ? { checked: true } : {}) }), h("span", null, name)));
  return h("div", { class: "scale", role: "radiogroup", "aria-label": "Severity" }, radios);
}

function subjectWords({ anchor, step, quote }: Subject): string {
  if (quote !== null) return `on “${quote.text.length > 120 ? `${quote.text.slice(0, 119)}…` : quote.text}”`;
  return step === null ? WORDS[anchor] : `on step ${step.n}`;
}

/** Open the composer, with the focus in its text; an open one that holds words stays and gets the focus instead. */
export function openComposer(options: ComposerOptions): void {
  const open = document.querySelector<HTMLFormElement>(".composer");
  const written = open?.querySelector<HTMLTextAreaElement>("textarea");
  if (written && written.value.trim() !== "") return written.focus();
  open?.remove();
  const { state, subject } = options;
  const text = h("textarea", { class: "input", name: "body", rows: 3, required: true, maxlength: state.limits.comment_chars, "aria-label": "What is wrong", placeholder: "What is wrong" });
  const error = h("p", { class: "field__error", role: "alert", hidden: true }, glyph("stop"), h("span"));
  const form = h("form", { class: "thread composer", "aria-label": `New issue ${subjectWords(subject)}` },
    h("div", { class: "thread__head" }, h("b", null, "New issue"), h("span", { class: "hint" }, subjectWords(subject))),
    h("div", { class: "composer__body" }, severities(state), text, error,
      h("div", { class: "row row--tight" },
        h("button", { class: "btn btn--primary btn--small", type: "submit" }, "Add issue ", h("kbd", null, "Ctrl ⏎")),
        h("button", { class: "btn btn--bare btn--small", type: "button", onclick: () => leave() }, "Leave ", h("kbd", null, "Esc")))));
  const before = document.activeElement;
  const leave = (): void => { form.remove(); if (before instanceof HTMLElement) before.focus({ preventScroll: true }); };
  form.addEventListener("keydown", (event) => {
    if (event.isComposing) return;
    if (event.key === "Enter" && (event.ctrlKey || event.metaKey)) form.requestSubmit();
    else if (event.key === "Escape" && text.value.trim() === "") leave();
    else return;
    event.preventDefault();
    event.stopPropagation();
  });
  form.addEventListener("submit", (event) => { event.preventDefault(); event.stopPropagation(); void send(options, form, error); });
  options.place.append(form);
  text.focus();
  form.scrollIntoView({ block: "nearest" });
}

async function send({ state, subject, stored }: ComposerOptions, form: HTMLFormElement, error: HTMLElement): Promise<void> {
  const values = new FormData(form);
  const quoted = subject.quote === null ? {} : { quote: subject.quote.text, quote_start: subject.quote.start };
  const issue = { anchor: subject.anchor, step_id: subject.step?.id ?? null, severity: values.get("severity"), body: values.get("body"), ...quoted };
  const button = form.querySelector<HTMLButtonElement>("[type=submit]");
  button?.classList.add("btn--busy");
  try {
    await api.post(state.urls.threads, issue);
    form.remove();
    stored();
  } catch (refused) {
    error.hidden = false;
    error.lastElementChild!.textContent = refused instanceof ApiError ? refused.message : "It could not be stored. Try again.";
    delete form.dataset["sent"];
    button?.classList.remove("btn--busy");
  }
}
