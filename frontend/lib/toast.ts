/** Toasts say that something is done, politely, and offer to undo it. */
import { h } from "./dom";
import { keyMap } from "./keys";

export interface ToastOptions {
  readonly text: string;
  readonly seconds?: number;
  readonly undo?: () => void | Promise<void>;
}

function region(): HTMLElement {
  const found = document.getElementById("toasts");
  if (found !== null) return found;
  const made = h("div", { id: "toasts", class: "toasts", role: "status", "aria-live": "polite" });
  document.body.append(made);
  return made;
}

/** Show a toast; returns a function that takes it away. With `undo` it counts down and answers to Z. */
export function toast(options: ToastOptions): () => void {
  const seconds = options.seconds ?? (options.undo === undefined ? 4 : 10);
  const left = h("span", { "aria-hidden": "true" });
  const cleanups: (() => void)[] = [];
  const button = options.undo === undefined ? null : h("button", { class: "btn btn--small", type: "button" }, h("span", null, "Undo", left), h("kbd", null, "Z"));
  const element = h("div", { class: "toast" }, h("span", null, options.text), button);
  const leave = (): void => { for (const clean of cleanups.splice(0)) clean(); element.remove(); };
  const undo = (): void => { leave(); void options.undo?.(); };
  if (button !== null) {
    button.addEventListener("click", undo);
    cleanups.push(keyMap.add({ keys: "z", words: `Undo: ${options.text}`, run: undo }));
  }
  let remaining = seconds;
  const tick = (): void => {
    left.textContent = `, ${remaining} s`;
    if (remaining <= 0) leave();
    /* Whoever points at it or has focused it is still reading. */
    if (!element.matches(":hover, :focus-within")) remaining -= 1;
  };
  const timer = setInterval(tick, 1000);
  cleanups.push(() => clearInterval(timer));
  region().append(element);
  tick();
  return leave;
}
