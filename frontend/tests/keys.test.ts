import assert from "node:assert/strict";
import { test } from "node:test";
import { KeyMap, type Shortcut, isChord, nameStroke, normalKeys, showKeys } from "../lib/keys";

const stroke = (key: string, held: string[] = []) => ({
  key, ctrlKey: held.includes("ctrl"), metaKey: held.includes("meta"), altKey: held.includes("alt"), shiftKey: held.includes("shift"),
});
const free = { typing: false, dialog: null, lettersOn: true };
const shortcut = (keys: string, more: Partial<Shortcut> = {}): Shortcut => ({ keys, words: keys, run: () => undefined, ...more });

test("a stroke has one name on every system", () => {
  assert.equal(nameStroke(stroke("s", ["ctrl"]), false), "Mod+s");
  assert.equal(nameStroke(stroke("s", ["meta"]), true), "Mod+s");
  assert.equal(nameStroke(stroke("s", ["meta"]), false), "Meta+s");
  assert.equal(nameStroke(stroke("Enter", ["ctrl", "shift"]), false), "Mod+Shift+Enter");
  assert.equal(nameStroke(stroke("ArrowUp", ["alt"]), false), "Alt+ArrowUp");
});

test("what Shift made of a key is the key; a capital letter keeps its Shift", () => {
  assert.equal(nameStroke(stroke("?", ["shift"]), false), "?");
  assert.equal(nameStroke(stroke("J", ["shift"]), false), "Shift+j");
  assert.equal(nameStroke(stroke("j"), false), "j");
});

test("a character written with AltGr is a character", () => {
  assert.equal(nameStroke(stroke("@", ["ctrl", "alt"]), false), "@");
});

test("a modifier alone is no stroke", () => {
  assert.equal(nameStroke(stroke("Shift", ["shift"]), false), "");
});

test("keys may be written in any order and case", () => {
  assert.equal(normalKeys("shift+mod+Enter"), "Mod+Shift+Enter");
  assert.equal(normalKeys("G"), "g");
  assert.equal(normalKeys("Ctrl+S"), "Mod+s");
  assert.equal(normalKeys("esc"), "Escape");
});

test("keys are shown as they are printed on the keyboard at hand", () => {
  assert.equal(showKeys("Mod+s", false), "Ctrl S");
  assert.equal(showKeys("Mod+s", true), "⌘ S");
  assert.equal(showKeys("Alt+ArrowUp", false), "Alt ↑");
  assert.equal(showKeys("Mod+Enter", false), "Ctrl ⏎");
});

test("chords are chords", () => {
  assert.deepEqual(["Mod+s", "Alt+ArrowUp", "j", "Shift+j"].map(isChord), [true, true, false, false]);
});

test("single letters rest while somebody types, chords do not", () => {
  const map = new KeyMap();
  const letter = shortcut("j");
  const chord = shortcut("Mod+s");
  const leave = shortcut("Escape", { inFields: true });
  map.addAll([letter, chord, leave]);
  const typing = { ...free, typing: true };
  assert.equal(map.find("j", free), letter);
  assert.equal(map.find("j", typing), null);
  assert.equal(map.find("Mod+s", typing), chord);
  assert.equal(map.find("Escape", typing), leave);
});

test("single letters can be turned off, but the list of keys stays reachable", () => {
  const map = new KeyMap();
  const help = shortcut("?");
  map.addAll([shortcut("j"), help]);
  const off = { ...free, lettersOn: false };
  assert.equal(map.find("j", off), null);
  assert.equal(map.find("?", off), help);
});

test("an open dialog keeps the page's keys quiet", () => {
  const map = new KeyMap();
  const dialog = {} as HTMLDialogElement;
  const inside = shortcut("1", { dialog });
  map.addAll([shortcut("1"), inside, shortcut("j")]);
  assert.equal(map.find("1", { ...free, dialog }), inside);
  assert.equal(map.find("j", { ...free, dialog }), null);
});

test("the shortcut added last wins until it is removed", () => {
  const map = new KeyMap();
  const first = shortcut("z");
  const last = shortcut("z");
  map.add(first);
  const remove = map.add(last);
  assert.equal(map.find("z", free), last);
  remove();
  assert.equal(map.find("z", free), first);
});

test("a shortcut may wait for its moment", () => {
  const map = new KeyMap();
  let ready = false;
  const waiting = shortcut("r", { when: () => ready });
  map.add(waiting);
  assert.equal(map.find("r", free), null);
  ready = true;
  assert.equal(map.find("r", free), waiting);
});
