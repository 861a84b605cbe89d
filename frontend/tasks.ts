/** Pages of tasks: ticking a whole page, saying how many are ticked, and seeing a statement while it is written. */
import { fill } from "./lib/dom";
import { renderMarkdown } from "./lib/markdown";
import { setAllTex } from "./lib/tex";

const PREVIEW_AFTER_MS = 200;

function boxes(form: HTMLFormElement): HTMLInputElement[] {
  return [...form.querySelectorAll<HTMLInputElement>('input[name="ids"]')];
}

function count(form: HTMLFormElement): void {
  const all = boxes(form);
  const ticked = all.filter((box) => box.checked).length;
  const words = form.querySelector("[data-selected-count]");
  if (words !== null) words.textContent = `${ticked} selected`;
  const every = form.querySelector<HTMLInputElement>("[data-select-all]");
  if (every === null) return;
  every.checked = ticked > 0 && ticked === all.length;
  every.indeterminate = ticked > 0 && ticked < all.length;
}

function onTick(event: Event): void {
  const box = event.target;
  const form = box instanceof HTMLInputElement ? box.closest<HTMLFormElement>("[data-task-table]") : null;
  if (form === null || !(box instanceof HTMLInputElement)) return;
  if (box.matches("[data-select-all]")) for (const one of boxes(form)) one.checked = box.checked;
  count(form);
}

/* The fields are emptied after the event, so they are counted in the next turn. */
function onReset(event: Event): void {
  const form = event.target;
  if (form instanceof HTMLFormElement && form.matches("[data-task-table]")) setTimeout(() => count(form));
}

function show(source: HTMLTextAreaElement, place: HTMLElement): void {
  place.hidden = source.value.trim() === "";
  fill(place, renderMarkdown(source.value));
  void setAllTex(place).catch(() => undefined); /* Without KaTeX the source stands. */
}

function watchPreview(source: HTMLTextAreaElement): void {
  const place = document.querySelector<HTMLElement>(source.dataset["preview"] ?? "");
  if (place === null) return;
  let timer = 0;
  source.addEventListener("input", () => {
    window.clearTimeout(timer);
    timer = window.setTimeout(() => show(source, place), PREVIEW_AFTER_MS);
  });
  show(source, place);
}

document.addEventListener("change", onTick);
document.addEventListener("reset", onReset);
for (const source of document.querySelectorAll<HTMLTextAreaElement>("textarea[data-preview]")) watchPreview(source);
