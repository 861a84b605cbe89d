/** Keys that templates ask for with data-key, "/" for the search, and "?" for the list of all keys. */
import { openDialog, topDialog } from "./dialog";
import { h } from "./dom";
import { isApple, isTyping, keyMap, lettersOn, nameStroke, normalKeys, setLettersOn, showKeys } from "./keys";

function isShown(element: HTMLElement): boolean {
  return element.getClientRects().length > 0 && element.closest("[inert]") === null;
}

function keyed(): HTMLElement[] {
  const dialog = topDialog();
  return [...document.querySelectorAll<HTMLElement>("[data-key]")].filter((element) => element.closest("dialog") === dialog && isShown(element));
}

/* The control's own words without the key printed on it. */
function wordsOf(element: HTMLElement): string {
  const given = element.dataset["keyWords"] ?? element.getAttribute("aria-label");
  if (given) return given;
  const copy = element.cloneNode(true) as HTMLElement;
  for (const hidden of copy.querySelectorAll("kbd, .num, [aria-hidden=true]")) hidden.remove();
  return (copy.textContent ?? "").replace(/\s+/g, " ").trim();
}

function press(element: HTMLElement): void {
  if (element.matches("input:not([type=checkbox], [type=radio], [type=submit], [type=button]), textarea, select")) element.focus();
  else element.click();
}

function onKeyDown(event: KeyboardEvent): void {
  if (keyMap.handle(event)) return;
  if (event.isComposing || event.keyCode === 229 || event.defaultPrevented) return;
  const name = nameStroke(event);
  if (name === "" || name === "Escape") return;
  const single = [...name].length === 1;
  if (!name.startsWith("Mod+") && !name.startsWith("Alt+") && (isTyping(event.target) || (single && !lettersOn()))) return;
  /* Enter on a control presses that control, not another one. */
  if (name === "Enter" && event.target instanceof Element && event.target.closest("a, button, summary, input") !== null) return;
  const element = keyed().find((candidate) => normalKeys(candidate.dataset["key"] ?? "") === name);
  if (element === undefined) return;
  event.preventDefault();
  press(element);
}

interface Line {
  readonly group: string;
  readonly keys: string;
  readonly words: string;
}

function allLines(): Line[] {
  const lines = [
    ...keyMap.list().filter((shortcut) => shortcut.dialog === undefined)
      .map(({ keys, words, group }) => ({ keys, words, group: group ?? "Everywhere" })),
    ...keyed().map((element) => ({ keys: element.dataset["key"] ?? "", words: wordsOf(element), group: "On this page" })),
  ];
  const seen = new Set<string>();
  return lines.filter((line) => {
    const id = `${line.group} ${normalKeys(line.keys)} ${line.words}`;
    return line.words !== "" && !seen.has(id) && seen.add(id);
  });
}

/** Show every key that acts on this page in a dialog, with the switch for single letters. */
export function showAllKeys(): void {
  const groups = new Map<string, Line[]>();
  for (const line of allLines()) groups.set(line.group, [...(groups.get(line.group) ?? []), line]);
  const letters = h("input", { class: "tick", type: "checkbox", id: "letters-on", onchange: () => setLettersOn(letters.checked) });
  letters.checked = lettersOn();
  const dialog = openDialog<null>({
    title: "All keys",
    className: "dialog--keys",
    body: [
      h("div", { class: "keylist" }, [...groups].map(([group, lines]) => h("section", { class: "stack stack--tight" },
        h("h3", { class: "label" }, group),
        h("dl", null, lines.map((line) => h("div", null, h("dt", null, h("kbd", null, showKeys(line.keys))), h("dd", null, line.words))))))),
      h("label", { class: "row row--tight hint", for: "letters-on" }, letters, "Single letters act when I am not writing"),
      h("div", { class: "row" }, h("button", { class: "btn", type: "button", autofocus: true, onclick: () => dialog.close(null) }, "Close ", h("kbd", null, "Esc"))),
    ],
  });
}

/* Templates print "Ctrl"; Apple keyboards say ⌘. */
function localizeKeys(root: ParentNode): void {
  if (!isApple()) return;
  for (const kbd of root.querySelectorAll("kbd")) {
    if (/^Ctrl\b/.test(kbd.textContent ?? "")) kbd.textContent = (kbd.textContent ?? "").replace(/^Ctrl\b/, "⌘");
    else if (/^Alt\b/.test(kbd.textContent ?? "")) kbd.textContent = (kbd.textContent ?? "").replace(/^Alt\b/, "⌥");
  }
}

/** Listen for keys on the whole page. */
export function watchKeys(): void {
  keyMap.addAll([
    { keys: "?", words: "Show all keys", run: showAllKeys },
    {
      keys: "/",
      words: "Search",
      when: () => searchField() !== null,
      run: () => { const field = searchField(); field?.focus(); field?.select(); },
    },
  ]);
  document.addEventListener("keydown", onKeyDown);
  document.addEventListener("click", (event) => {
    if (event.target instanceof Element && event.target.closest("[data-all-keys]") !== null) {
      event.preventDefault();
      showAllKeys();
    }
  });
  localizeKeys(document);
  document.body.addEventListener("htmx:load", (event) => { if (event.target instanceof Element) localizeKeys(event.target); });
}

function searchField(): HTMLInputElement | null {
  return [...document.querySelectorAll<HTMLInputElement>('input[type="search"], [data-search]')].find(isShown) ?? null;
}
