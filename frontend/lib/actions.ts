/** Small behaviours that a template asks for by a data attribute: confirm, copy, dismiss, menus. */
import { confirmDialog } from "./dialog";
import { toast } from "./toast";

const confirmed = new WeakSet<Element>();

/* data-confirm="Title" [data-confirm-sentence data-confirm-button data-confirm-danger data-confirm-reason="Label"] on a
   form, a submit button or a link. The reason goes into the form's field named "reason". */
async function confirmFirst(element: HTMLElement): Promise<void> {
  const data = element.dataset;
  const reason = await confirmDialog({
    title: data["confirm"] ?? "",
    confirm: data["confirmButton"] ?? "Go on",
    danger: data["confirmDanger"] !== undefined,
    ...(data["confirmSentence"] === undefined ? {} : { sentence: data["confirmSentence"] }),
    ...(data["confirmReason"] === undefined ? {} : { reason: data["confirmReason"] }),
  });
  if (reason === null) return;
  confirmed.add(element);
  const form = element instanceof HTMLFormElement ? element : element instanceof HTMLButtonElement ? element.form : null;
  if (form !== null && reason !== "") giveReason(form, reason);
  if (element instanceof HTMLFormElement) element.requestSubmit();
  else element.click();
  confirmed.delete(element);
}

function giveReason(form: HTMLFormElement, reason: string): void {
  const existing = form.elements.namedItem("reason");
  const field = existing instanceof HTMLInputElement || existing instanceof HTMLTextAreaElement ? existing : document.createElement("input");
  if (!field.isConnected) {
    field.setAttribute("type", "hidden");
    field.name = "reason";
    form.append(field);
  }
  field.value = reason;
}

function holdBack(event: Event, element: HTMLElement | null): void {
  if (element === null || confirmed.has(element)) return;
  event.preventDefault();
  event.stopImmediatePropagation();
  void confirmFirst(element);
}

/** The text a copy button stands for: data-copy="text", or data-copy-from="#id" of an element or field. */
function textToCopy(button: HTMLElement): string {
  const from = button.dataset["copyFrom"];
  if (from === undefined) return button.dataset["copy"] ?? "";
  const source = document.querySelector(from);
  return source instanceof HTMLInputElement || source instanceof HTMLTextAreaElement ? source.value : (source?.textContent ?? "");
}

async function copy(button: HTMLElement): Promise<void> {
  try {
    await navigator.clipboard.writeText(textToCopy(button));
    toast({ text: button.dataset["copyDone"] ?? "Copied." });
  } catch {
    toast({ text: "The browser does not allow copying here. Select the text and copy it yourself.", seconds: 8 });
  }
}

function closeMenus(except: Element | null): void {
  for (const menu of document.querySelectorAll<HTMLDetailsElement>("details.menu[open]")) {
    if (menu !== except && !menu.contains(except)) menu.open = false;
  }
}

function leaveMenu(event: KeyboardEvent): void {
  if (event.key !== "Escape" || !(event.target instanceof Element)) return;
  const menu = event.target.closest<HTMLDetailsElement>("details.menu[open]");
  if (menu === null) return;
  menu.open = false;
  menu.querySelector<HTMLElement>("summary")?.focus();
  event.preventDefault();
}

function onClick(event: MouseEvent): void {
  const target = event.target instanceof Element ? event.target : null;
  const disabled = target?.closest<HTMLElement>('[aria-disabled="true"]');
  if (disabled) {
    event.preventDefault();
    event.stopImmediatePropagation();
    const why = document.getElementById(disabled.getAttribute("aria-describedby") ?? "")?.textContent?.trim();
    if (why) toast({ text: why, seconds: 6 });
    return;
  }
  closeMenus(target);
  holdBack(event, target?.closest<HTMLElement>("a[data-confirm], button[data-confirm]") ?? null);
  if (event.defaultPrevented) return;
  target?.closest<HTMLElement>("[data-dismiss]")?.closest(".notice, .toast")?.remove();
  const copyButton = target?.closest<HTMLElement>("[data-copy], [data-copy-from]");
  if (copyButton) void copy(copyButton);
}

/* A form is sent once; its button keeps its width and says so until the page changes. */
function onSubmit(event: SubmitEvent): void {
  const form = event.target;
  if (!(form instanceof HTMLFormElement)) return;
  holdBack(event, form.matches("[data-confirm]") ? form : null);
  if (event.defaultPrevented || form.matches("[hx-get], [hx-post], [hx-put], [hx-patch], [hx-delete]") || form.method === "get") return;
  if (form.dataset["sent"] !== undefined) {
    event.preventDefault();
    return;
  }
  form.dataset["sent"] = "";
  event.submitter?.classList.add("btn--busy");
}

/* Coming back with the browser's own button shows the page as it was left: nothing is being sent any more. */
function onPageShow(): void {
  for (const form of document.querySelectorAll<HTMLFormElement>("form[data-sent]")) delete form.dataset["sent"];
  for (const button of document.querySelectorAll(".btn--busy")) button.classList.remove("btn--busy");
}

/** Listen for everything that templates ask for by data attributes. */
export function watchActions(): void {
  document.addEventListener("click", onClick, true);
  document.addEventListener("submit", onSubmit, true);
  document.addEventListener("keydown", leaveMenu);
  window.addEventListener("pageshow", onPageShow);
}
