import assert from "node:assert/strict";
import { test } from "node:test";
import { TexBudget, braceDepth, explainTexError, refuseFormula } from "../lib/texlimits";

test("depth counts braces, left and right, and environments, but no escaped brace", () => {
  assert.equal(braceDepth("{a{b}}\\{\\{"), 2);
  assert.equal(braceDepth("\\left( \\begin{matrix} {a} \\end{matrix} \\right)"), 3);
});

test("64 levels are set, 65 are not", () => {
  assert.equal(refuseFormula("{".repeat(64) + "}".repeat(64)), null);
  assert.equal(refuseFormula("{".repeat(65) + "}".repeat(65)), "This formula is nested more than 64 deep. Give its parts names.");
});

test("4,000 characters are set, 4,001 are not", () => {
  assert.equal(refuseFormula("x".repeat(4000)), null);
  assert.equal(refuseFormula("x".repeat(4001)), "This formula has 4,001 characters; at most 4,000 are set. Split it.");
});

test("a document has room for 300 formulas", () => {
  const budget = new TexBudget();
  for (let i = 0; i < 300; i += 1) assert.equal(budget.take("x"), null);
  assert.equal(budget.take("x"), "Only the first 300 formulas of a text are set.");
});

test("a document has room for 60,000 characters of formulas", () => {
  const budget = new TexBudget();
  for (let i = 0; i < 15; i += 1) assert.equal(budget.take("x".repeat(4000)), null);
  assert.equal(budget.take("x"), "Only the first 60,000 characters of formulas in a text are set.");
});

test("a refusal is said in plain words", () => {
  assert.equal(explainTexError(new Error("KaTeX parse error: Undefined control sequence: \\foo at position 3: a \\foo")), "\\foo is not known here (column 3).");
  assert.equal(explainTexError(new Error("KaTeX parse error: Expected '}', got 'EOF' at end of input: {b")), "A brace is not closed.");
  assert.equal(explainTexError(new RangeError("Maximum call stack size exceeded")), "This formula is nested too deep to be set. Split it.");
});
