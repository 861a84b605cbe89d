/** One map of keys for the page: single letters, chords, and a list of them all for "?". */
import { topDialog } from "./dialog";

export interface Shortcut {
  /** "j", "?", "Escape", "Alt+ArrowUp", "Mod+s", "Mod+Shift+Enter"; Mod is ⌘ on Apple systems and Ctrl elsewhere. */
  readonly keys: string;
  /** What it does, for the list of all keys. */
  readonly words: string;
  readonly group?: string;
  /** Also while typing (chords always are). */
  readonly inFields?: boolean;
  /** Only when this holds. */
  readonly when?: () => boolean;
  /** Only while this dialog is the open one; without it, only while no dialog is open. */
  readonly dialog?: HTMLDialogElement;
  /** Return false to let the key pass on. */
  readonly run: (event: KeyboardEvent) => void | false;
}

/** The parts of a keyboard event that decide. */
export interface Stroke {
  readonly key: string;
  readonly ctrlKey: boolean;
  readonly metaKey: boolean;
  readonly altKey: boolean;
  readonly shiftKey: boolean;
}

/** True on systems whose chords use ⌘. */
export function isApple(platform: string = typeof navigator === "undefined" ? "" : `${navigator.platform} ${navigator.userAgent}`): boolean {
  return /Mac|iPhone|iPad/.test(platform);
}

/** Write a stroke the way shortcuts are written; "" for a modifier alone. */
export function nameStroke(stroke: Stroke, apple: boolean = isApple()): string {
  if (["Control", "Meta", "Alt", "Shift", "Dead", "Unidentified", "Process"].includes(stroke.key)) return "";
  const mod = apple ? stroke.metaKey : stroke.ctrlKey;
  const foreign = apple ? stroke.ctrlKey : stroke.metaKey;
  const isCharacter = [...stroke.key].length === 1;
  const key = stroke.key === " " ? "Space" : isCharacter ? stroke.key.toLowerCase() : stroke.key;
  /* AltGr writes characters; on Windows it reports Ctrl and Alt together. */
  const altGr = isCharacter && stroke.altKey && (stroke.ctrlKey || apple);
  const parts = [
    mod && !altGr ? "Mod" : "",
    foreign && !altGr ? (apple ? "Ctrl" : "Meta") : "",
    stroke.altKey && !altGr ? "Alt" : "",
    /* "?" and ":" are what Shift made of another key; a letter keeps its Shift. */
    stroke.shiftKey && (!isCharacter || key !== stroke.key || mod) ? "Shift" : "",
    key,
  ];
  return parts.filter((part) => part !== "").join("+");
}

/** Write keys in one order and case, so that "shift+mod+S" and "Mod+Shift+s" are the same. */
export function normalKeys(keys: string): string {
  if (keys === "+") return "+";
  const parts = keys.split("+");
  const last = parts.pop() ?? "";
  const has = (...names: string[]): boolean => parts.some((part) => names.includes(part.toLowerCase()));
  const named: Record<string, string> = { enter: "Enter", esc: "Escape", escape: "Escape", space: "Space", tab: "Tab", arrowup: "ArrowUp", arrowdown: "ArrowDown", arrowleft: "ArrowLeft", arrowright: "ArrowRight", backspace: "Backspace", delete: "Delete" };
  const key = last.length === 1 ? last.toLowerCase() : (named[last.toLowerCase()] ?? last);
  return [has("mod", "ctrl", "cmd", "⌘") ? "Mod" : "", has("alt") ? "Alt" : "", has("shift") ? "Shift" : "", key].filter((part) => part !== "").join("+");
}

const SIGNS: Readonly<Record<string, string>> = {
  Enter: "⏎", Escape: "Esc", ArrowUp: "↑", ArrowDown: "↓", ArrowLeft: "←", ArrowRight: "→", Space: "Space", Backspace: "⌫", Delete: "Del",
};

/** Write keys for people: "Ctrl S", on Apple systems "⌘ S". */
export function showKeys(keys: string, apple: boolean = isApple()): string {
  const words = normalKeys(keys).split("+").map((part) => {
    if (part === "Mod") return apple ? "⌘" : "Ctrl";
    if (part === "Alt") return apple ? "⌥" : "Alt";
    if (part === "Shift") return apple ? "⇧" : "Shift";
    return SIGNS[part] ?? (part.length === 1 ? part.toUpperCase() : part);
  });
  return words.filter((word) => word !== "").join(" ");
}

/** True for a chord, which also works while somebody types. */
export function isChord(name: string): boolean {
  return name.startsWith("Mod+") || name.startsWith("Alt+");
}

const NOT_TEXT = new Set(["button", "checkbox", "color", "file", "image", "radio", "range", "reset", "submit"]);

/** True when keys typed into this target are text. */
export function isTyping(target: EventTarget | null): boolean {
  if (!(target instanceof HTMLElement)) return false;
  if (target instanceof HTMLInputElement) return !NOT_TEXT.has(target.type);
  return target.isContentEditable || target.closest("textarea, select, [role=textbox], [contenteditable=true]") !== null;
}

/** What decides besides the keys themselves. */
export interface Situation {
  readonly typing: boolean;
  readonly dialog: HTMLDialogElement | null;
  readonly lettersOn: boolean;
}

/** A set of shortcuts; the one added last wins. */
export class KeyMap {
  readonly #shortcuts: Shortcut[] = [];

  /** Add a shortcut; returns a function that removes it. */
  add(shortcut: Shortcut): () => void {
    this.#shortcuts.push(shortcut);
    return () => {
      const at = this.#shortcuts.indexOf(shortcut);
      if (at >= 0) this.#shortcuts.splice(at, 1);
    };
  }

  /** Add several; returns a function that removes them all. */
  addAll(shortcuts: readonly Shortcut[]): () => void {
    const removals = shortcuts.map((shortcut) => this.add(shortcut));
    return () => { for (const remove of removals) remove(); };
  }

  /** Every shortcut that could act now, in the order they were added. */
  list(): readonly Shortcut[] {
    return this.#shortcuts.filter((shortcut) => shortcut.when?.() ?? true);
  }

  /** The shortcut that a stroke means in a situation, or null. */
  find(name: string, situation: Situation): Shortcut | null {
    const chord = isChord(name);
    for (const shortcut of [...this.#shortcuts].reverse()) {
      if (normalKeys(shortcut.keys) !== name) continue;
      if ((shortcut.dialog ?? null) !== situation.dialog) continue;
      if (situation.typing && !chord && shortcut.inFields !== true) continue;
      if (!situation.lettersOn && [...name].length === 1 && name !== "?") continue;
      if (shortcut.when?.() === false) continue;
      return shortcut;
    }
    return null;
  }

  /** Act on a key; returns whether something acted. Keys that compose a character (an input method) are never ours. */
  handle(event: KeyboardEvent): boolean {
    if (event.isComposing || event.keyCode === 229 || event.defaultPrevented) return false;
    const name = nameStroke(event);
    if (name === "") return false;
    const shortcut = this.find(name, { typing: isTyping(event.target), dialog: topDialog(), lettersOn: lettersOn() });
    if (shortcut === null || shortcut.run(event) === false) return false;
    event.preventDefault();
    return true;
  }
}

const LETTERS = "workings.single-letter-keys";

/** Whether single letters act; people who dictate or whose hands tremble can turn them off. */
export function lettersOn(): boolean {
  try {
    return localStorage.getItem(LETTERS) !== "off";
  } catch {
    return true;
  }
}

/** Turn single letters on or off on this device. */
export function setLettersOn(on: boolean): void {
  try {
    localStorage.setItem(LETTERS, on ? "on" : "off");
  } catch {
    /* Without storage the choice holds no longer than the page; there is nothing better to do. */
  }
}

/** The page's own map; app.ts listens for it. */
export const keyMap = new KeyMap();
