import assert from "node:assert/strict";
import { test } from "node:test";
import { type DiffPart, diffWords, splitWords } from "../lib/diff";

const before = (parts: readonly DiffPart[]): string => parts.filter((part) => part.kind !== "added").map((part) => part.text).join("");
const after = (parts: readonly DiffPart[]): string => parts.filter((part) => part.kind !== "removed").map((part) => part.text).join("");

test("words, characters of Chinese and formulas are the smallest parts", () => {
  assert.deepEqual(splitWords("It's $x+1$, 证明完"), ["It's", " ", "$x+1$", ",", " ", "证", "明", "完"]);
});

test("equal texts are one part", () => {
  assert.deepEqual(diffWords("same here", "same here"), [{ kind: "same", text: "same here" }]);
});

test("a changed word is removed and added between what stayed", () => {
  assert.deepEqual(diffWords("both factors are even", "both factors are odd"), [
    { kind: "same", text: "both factors are " }, { kind: "removed", text: "even" }, { kind: "added", text: "odd" },
  ]);
});

test("a changed phrase is one change, not splinters between spaces", () => {
  assert.deepEqual(diffWords("a one two b", "a three four b"), [
    { kind: "same", text: "a " }, { kind: "removed", text: "one two" }, { kind: "added", text: "three four" }, { kind: "same", text: " b" },
  ]);
});

test("one Chinese character can change alone", () => {
  assert.deepEqual(diffWords("因此是偶数", "因此是奇数"), [
    { kind: "same", text: "因此是" }, { kind: "removed", text: "偶" }, { kind: "added", text: "奇" }, { kind: "same", text: "数" },
  ]);
});

test("a formula changes as a whole", () => {
  assert.deepEqual(diffWords("so $a+b$ holds", "so $a-b$ holds"), [
    { kind: "same", text: "so " }, { kind: "removed", text: "$a+b$" }, { kind: "added", text: "$a-b$" }, { kind: "same", text: " holds" },
  ]);
});

test("from nothing and to nothing", () => {
  assert.deepEqual(diffWords("", "new"), [{ kind: "added", text: "new" }]);
  assert.deepEqual(diffWords("old", ""), [{ kind: "removed", text: "old" }]);
  assert.deepEqual(diffWords("", ""), []);
});

test("texts too far apart are one removal and one addition", () => {
  const many = (word: string): string => Array.from({ length: 1200 }, (_, i) => `${word}${i}`).join(" ");
  const parts = diffWords(many("a"), many("b"));
  assert.deepEqual(parts.map((part) => part.kind), ["removed", "added"]);
});

test("whatever the texts, the parts give both of them back", () => {
  let seed = 7;
  const random = (below: number): number => { seed = (seed * 48271) % 2147483647; return seed % below; };
  const words = ["a", "b", "c", "证", "明", "$x$", ".", ",", "\n"];
  const text = (): string => Array.from({ length: random(40) }, () => words[random(words.length)]).join(random(2) === 0 ? " " : "");
  for (let round = 0; round < 2000; round += 1) {
    const [a, b] = [text(), text()];
    const parts = diffWords(a, b);
    assert.equal(before(parts), a);
    assert.equal(after(parts), b);
    for (let i = 1; i < parts.length; i += 1) assert.notEqual(parts[i]!.kind, parts[i - 1]!.kind);
  }
});
