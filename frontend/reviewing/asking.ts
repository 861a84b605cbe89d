/** The dialogs of a decision: what each verdict needs is asked for, and a refusal is told where it was asked. */
import { ApiError } from "../lib/api";
import { type Child, h } from "../lib/dom";
import { openDialog } from "../lib/dialog";
import { glyph } from "../lib/glyphs";
import { keyMap } from "../lib/keys";
import { type ReviewDraft, openCount } from "./draft";
import type { Issue, ReviewState, Step, VerdictOption } from "./state";

/** What was filled in. */
export interface Given {
  readonly verification_method: string | null;
  readonly verification_note: string;
  readonly reason: string;
  readonly disagreement: string;
}

export interface Question {
  readonly state: ReviewState;
  readonly draft: ReviewDraft;
  readonly option: VerdictOption;
  /** Keep what was typed, also when the dialog is left. */
  keep(given: Given): void;
  /** Send it; the dialog closes when it resolves and shows the sentence when it rejects. */
  send(given: Given): Promise<void>;
}

const TITLES: Readonly<Record<string, string>> = { approve: "Approve", return: "Return to the author", reject: "Reject", escalate: "Escalate to level 2" };
const SENTENCES: Readonly<Record<string, string>> = {
  return: "The author gets every open issue and writes the next revision; it comes back to you with the difference.",
  reject: "A second reviewer has to agree before it counts. The author reads your reason then.",
  escalate: "A level-2 reviewer decides. They see your verdicts and your reason.",
};

function methodField(state: ReviewState, draft: ReviewDraft): Child {
  const chosen = draft.verification_method ?? state.suggested_method;
  return h("fieldset", { class: "field" }, h("legend", null, "How was it verified?"),
    h("div", { class: "choices" }, state.methods.map(({ value, name, hint }, at) => h("label", null,
      h("input", { class: "tick", type: "radio", name: "method", value, required: true, ...(value === chosen ? { checked: true } : {}), autofocus: value === (chosen ?? state.methods[0]?.value) }),
      h("span", null, name, " ", h("span", { class: "hint" }, hint)), h("kbd", null, at + 1)))));
}

function textField(name: string, label: string, value: string, hint: string, most: number): HTMLElement {
  return h("div", { class: "field" }, h("label", { for: `ask-${name}` }, label), hint === "" ? null : h("p", { class: "hint" }, hint),
    h("textarea", { class: "input", id: `ask-${name}`, name, rows: 3, maxlength: most, autofocus: name === "reason" }, value));
}

function issueLine(issue: Issue): HTMLElement {
  const on = issue.step_n === null ? `the ${issue.anchor}` : `step ${issue.step_n}`;
  const words = issue.comments[0]?.body ?? "";
  return h("li", null, h("span", { class: issue.severity === "minor" ? "soft" : issue.severity === "major" ? "warn" : "bad" }, glyph(issue.severity === "minor" ? "info" : "warning")),
    h("b", null, on), h("span", { class: "hint" }, issue.severity), h("small", null, h("bdi", null, words.length > 160 ? `${words.slice(0, 159)}…` : words)));
}

function issuesOf({ state, option }: Question): Child {
  if (option.verdict !== "return") return null;
  return h("ul", { class: "checks" }, state.threads.filter((issue) => issue.state === "open").map(issueLine));
}

function unlabelled({ state, draft }: Question): Child {
  const left = openCount(state.steps, draft);
  if (left === 0) return null;
  return h("p", { class: "row row--tight warn" }, glyph("warning"), h("span", null, left === 1 ? "One step has no verdict." : `${left} steps have no verdict.`, " They train nothing."));
}

function read(form: HTMLFormElement): Given {
  const values = new FormData(form);
  const text = (name: string): string => String(values.get(name) ?? "").trim();
  const method = values.get("method");
  return { verification_method: method === null ? null : String(method), verification_note: text("note"), reason: text("reason"), disagreement: text("disagreement") };
}

function build(question: Question, leave: () => void): { form: HTMLFormElement; error: HTMLElement; button: HTMLElement } {
  const { state, draft, option } = question;
  const needs = (name: string): boolean => option.needs.includes(name);
  const error = h("p", { class: "field__error", role: "alert", hidden: true }, glyph("stop"), h("span"));
  const danger = option.verdict === "reject";
  const count = state.threads.filter((issue) => issue.state === "open").length;
  const words = option.verdict === "return" ? `Return with ${count === 1 ? "1 issue" : `${count} issues`}` : option.name;
  const button = h("button", { class: `btn ${danger ? "btn--danger" : "btn--primary"}`, type: "submit", autofocus: option.needs.length === 0 || option.verdict === "return" }, `${words} `, h("kbd", null, "Ctrl ⏎"));
  const form = h("form", { class: "stack", novalidate: true },
    issuesOf(question), unlabelled(question),
    needs("verification_method") ? [methodField(state, draft), textField("note", "What was run or looked up", draft.verification_note, "for “read only”, two lines of why", state.limits.note_chars)] : null,
    needs("disagreement") ? textField("disagreement", "Why it is right although the machine says no", draft.disagreement, `at least ${state.limits.reason_min_chars} characters; a level-2 reviewer then judges`, state.limits.note_chars) : null,
    needs("reason") ? textField("reason", "Reason", draft.reason, `at least ${state.limits.reason_min_chars} characters`, state.limits.note_chars) : null,
    error,
    h("div", { class: "row row--tight" }, button, h("button", { class: "btn btn--bare", type: "button", onclick: leave }, "Back ", h("kbd", null, "Esc"))));
  return { form, error, button };
}

/** Ask what a verdict needs and send it; resolves when it is sent or put off. */
export async function askVerdict(question: Question): Promise<void> {
  const { verdict } = question.option;
  const { form, error, button } = build(question, () => dialog.close(null));
  const dialog = openDialog<null>({ title: TITLES[verdict] ?? question.option.name, ...(SENTENCES[verdict] === undefined ? {} : { sentence: SENTENCES[verdict] }), className: "dialog--wide", body: form });
  const methods = [...form.querySelectorAll<HTMLInputElement>("[name=method]")];
  const choose = methods.map((radio, at) => keyMap.add({ keys: String(at + 1), words: "", dialog: dialog.element, run: () => { radio.checked = true; radio.focus(); } }));
  form.addEventListener("input", () => question.keep(read(form)));
  form.addEventListener("change", () => question.keep(read(form)));
  form.addEventListener("keydown", (event) => { if (event.key === "Enter" && (event.ctrlKey || event.metaKey) && !event.isComposing) form.requestSubmit(); });
  form.addEventListener("submit", (event) => {
    event.preventDefault();
    event.stopPropagation();
    button.classList.add("btn--busy");
    question.send(read(form)).then(() => dialog.close(null), (refused: unknown) => {
      delete form.dataset["sent"];
      button.classList.remove("btn--busy");
      error.hidden = false;
      error.lastElementChild!.textContent = refused instanceof ApiError ? faultsOf(refused) : "It could not be sent. Try again.";
    });
  });
  await dialog.closed;
  for (const remove of choose) remove();
}

function faultsOf(refused: ApiError): string {
  const fields = refused.details["fields"];
  const sentences = typeof fields === "object" && fields !== null ? Object.values(fields).filter((one) => typeof one === "string") : [];
  return sentences.length > 0 ? sentences.join(" ") : refused.message;
}

/** Ask what is wrong with a step: one letter chooses. Resolves with the choice and the note, or null. */
export async function askError(state: ReviewState, step: Step, chosen: string | null, note: string): Promise<{ readonly errorType: string | null; readonly note: string } | null> {
  const text = h("textarea", { class: "input", id: "ask-note", name: "note", rows: 2, maxlength: state.limits.note_chars }, note);
  const pick = (errorType: string | null): void => dialog.close({ errorType, note: text.value.trim() });
  const dialog = openDialog<{ readonly errorType: string | null; readonly note: string }>({
    title: `What is wrong with step ${step.n}?`,
    body: h("form", { class: "stack" },
      h("div", { class: "error-types" }, state.error_types.map(({ value, name, key }) => h("button", { class: "btn", type: "button", "aria-pressed": String(value === chosen), "data-key": key, autofocus: value === chosen, onclick: () => pick(value) }, `${name} `, h("kbd", null, key)))),
      h("div", { class: "field" }, h("label", { for: "ask-note" }, "Note"), h("p", { class: "hint" }, "goes into the data with the verdict; write it before you choose"), text),
      h("div", { class: "row row--tight" }, h("button", { class: "btn btn--primary", type: "submit" }, "Keep the note ", h("kbd", null, "⏎")), h("button", { class: "btn btn--bare", type: "button", onclick: () => dialog.close(null) }, "Back ", h("kbd", null, "Esc")))),
  });
  dialog.element.addEventListener("submit", (event) => { event.preventDefault(); event.stopPropagation(); pick(chosen); });
  return dialog.closed;
}
