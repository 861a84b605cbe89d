/** Native dialogs: only for what needs a reason or cannot be undone. Focus goes in, stays in, and comes back. */
import { type Child, h } from "./dom";

export interface DialogOptions {
  readonly title: string;
  readonly sentence?: Child;
  readonly body?: Child;
  readonly className?: string;
  /** Called on Escape or a press on the backdrop; return false to keep the dialog open. */
  readonly mayLeave?: () => boolean;
}

export interface OpenDialog<T> {
  readonly element: HTMLDialogElement;
  /** Resolves with the value given to close(), or null when the person left. */
  readonly closed: Promise<T | null>;
  close(value: T | null): void;
}

let count = 0;

/** Open a modal dialog. The first field (or `autofocus`) gets the focus; closing gives it back to where it was. */
export function openDialog<T>(options: DialogOptions): OpenDialog<T> {
  count += 1;
  const titleId = `dialog-${count}-title`;
  const sentenceId = `dialog-${count}-sentence`;
  const before = document.activeElement;
  const element = h("dialog", {
    class: `dialog stack ${options.className ?? ""}`.trim(),
    "aria-labelledby": titleId,
    "aria-describedby": options.sentence === undefined ? null : sentenceId,
  },
  h("h2", { class: "dialog__title", id: titleId }, options.title),
  options.sentence === undefined ? null : h("p", { class: "soft", id: sentenceId }, options.sentence),
  options.body);
  let settle: (value: T | null) => void = () => undefined;
  const closed = new Promise<T | null>((resolve) => { settle = resolve; });
  /* Not in the "close" event: it comes a moment later, and a key pressed in that moment would see its focus taken back. */
  const close = (value: T | null): void => {
    if (!element.isConnected) return;
    element.close();
    element.remove();
    if (before instanceof HTMLElement && before.isConnected) before.focus({ preventScroll: true });
    settle(value);
  };
  element.addEventListener("cancel", (event) => {
    if (event.target !== element) return;
    event.preventDefault();
    if (options.mayLeave?.() !== false) close(null);
  });
  element.addEventListener("close", (event) => { if (event.target === element) close(null); });
  document.body.append(element);
  element.showModal();
  return { element, closed, close };
}

export interface Confirmation {
  readonly title: string;
  readonly sentence?: string;
  /** What the button does, as a verb: "Reject", "Delete the snapshot". */
  readonly confirm: string;
  readonly danger?: boolean;
  /** Ask for a reason under this label; the button waits until there is one. */
  readonly reason?: string;
}

/** Ask before something that cannot be undone. Resolves with the reason ("" when none was asked), or null when the person went back. */
export async function confirmDialog(question: Confirmation): Promise<string | null> {
  const reason = question.reason === undefined ? null
    : h("textarea", { class: "input", id: "dialog-reason", name: "reason", rows: 3, required: true, autofocus: true });
  const form = h("form", { class: "stack", method: "dialog" },
    reason === null ? null : h("div", { class: "field" }, h("label", { for: "dialog-reason" }, question.reason), reason),
    h("div", { class: "row row--tight" },
      h("button", { class: question.danger === true ? "btn btn--danger" : "btn btn--primary", type: "submit", autofocus: reason === null }, question.confirm),
      h("button", { class: "btn btn--bare", type: "button", onclick: () => dialog.close(null) }, "Back ", h("kbd", null, "Esc"))));
  const dialog = openDialog<string>({
    title: question.title,
    body: form,
    ...(question.sentence === undefined ? {} : { sentence: question.sentence }),
  });
  form.addEventListener("submit", (event) => {
    event.preventDefault();
    dialog.close(reason?.value.trim() ?? "");
  });
  return dialog.closed;
}

/** The modal dialog that is open now, or null. */
export function topDialog(): HTMLDialogElement | null {
  const open = document.querySelectorAll<HTMLDialogElement>("dialog:modal");
  return open[open.length - 1] ?? null;
}
