import assert from "node:assert/strict";
import { test } from "node:test";
import { mathAt } from "../lib/mathspans";

const at = (text: string, start = 0) => mathAt(text, start);

test("a dollar opens before something and closes after something", () => {
  assert.deepEqual(at("$x^2$ and"), { end: 5, source: "x^2", display: false });
  assert.equal(at("$ x$"), null);
  assert.equal(at("$x $"), null);
});

test("the next dollar decides, so that money stays prose", () => {
  assert.equal(at("$5 and $6"), null);
  assert.equal(at("$x$2"), null);
  assert.equal(at("$a $b$"), null);
});

test("an escaped dollar does not close", () => {
  assert.deepEqual(at("$a\\$b$"), { end: 6, source: "a\\$b", display: false });
});

test("a dollar inside a code span does not close", () => {
  assert.deepEqual(at("$a `$` b$"), { end: 9, source: "a `$` b", display: false });
});

test("two dollars are a display formula, trimmed", () => {
  assert.deepEqual(at("$$ x\n+ y $$!"), { end: 11, source: "x\n+ y", display: true });
});

test("two dollars that close nothing leave the second one free", () => {
  assert.equal(at("$$x$"), null);
  assert.deepEqual(at("$$x$", 1), { end: 4, source: "x", display: false });
});

test("brackets with backslashes are formulas too", () => {
  assert.deepEqual(at("\\(x\\)"), { end: 5, source: "x", display: false });
  assert.deepEqual(at("\\[x\\\\y\\]"), { end: 8, source: "x\\\\y", display: true });
});

test("no formula is empty or holds a blank line", () => {
  assert.equal(at("$$ $$"), null);
  assert.equal(at("\\(\\)"), null);
  assert.equal(at("$$a\n\nb$$"), null);
});
