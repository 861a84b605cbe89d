import assert from "node:assert/strict";
import { test } from "node:test";
import * as doc from "../editing/document";
import { tableFromTabs } from "../editing/pasting";

function work(...steps: Partial<doc.Step>[]): doc.Content {
  return {
    steps: steps.map((step, at) => ({ ...doc.emptyStep(`s${at + 1}`, "work"), body: `Text ${at + 1}`, ...step })),
    answer: { text: "", unit: "", assumptions: [] },
    confidence: null, what_would_make_this_wrong: "", program: null, tools_used: "", note_to_reviewer: "", waivers: {},
  };
}
const ids = (content: doc.Content): string[] => content.steps.map((step) => step.id);
const bodies = (content: doc.Content): string[] => content.steps.map((step) => step.body);

test("a step is added after another one, first, or last when the other is gone", () => {
  const step = doc.emptyStep("new", "work");
  assert.deepEqual(ids(doc.addStep(work({}, {}), "s1", step)), ["s1", "new", "s2"]);
  assert.deepEqual(ids(doc.addStep(work({}, {}), null, step)), ["new", "s1", "s2"]);
  assert.deepEqual(ids(doc.addStep(work({}, {}), "gone", step)), ["s1", "s2", "new"]);
});

test("splitting keeps every word and the cursor's place decides", () => {
  const split = doc.splitStep(work({ body: "One idea.\n\nAnother idea.", type: "insight" }, {}), "s1", 11, "new");
  assert.deepEqual(bodies(split), ["One idea.", "Another idea.", "Text 2"]);
  assert.deepEqual(split.steps.map((step) => step.type), ["insight", "insight", "work"]);
});

test("merging joins the texts, and who rested on the joined step rests on the one before", () => {
  const merged = doc.mergeStep(work({ seconds: 5 }, { refs: ["s1"], seconds: 7 }, { refs: ["s2", "s1"] }, { type: "backtrack", to: "s2" }), "s2");
  assert.deepEqual(bodies(merged.content), ["Text 1\n\nText 2", "Text 3", "Text 4"]);
  assert.deepEqual(merged.content.steps[1]!.refs, ["s1"]);
  assert.equal(merged.content.steps[2]!.to, "s1");
  assert.equal(merged.content.steps[0]!.seconds, 12);
  assert.deepEqual([merged.into, merged.at], ["s1", 8]);
});

test("the first step has nothing to merge with", () => {
  const content = work({}, {});
  assert.deepEqual(doc.mergeStep(content, "s1"), { content, into: null, at: 0 });
});

test("a step moves as far as there is room", () => {
  assert.deepEqual(ids(doc.moveStep(work({}, {}, {}), "s1", 1)), ["s2", "s1", "s3"]);
  assert.deepEqual(ids(doc.moveStep(work({}, {}, {}), "s1", 9)), ["s2", "s3", "s1"]);
  const content = work({}, {});
  assert.equal(doc.moveStep(content, "s1", -1), content);
});

test("a step with text is never taken out, only marked; an empty one goes with what pointed at it", () => {
  const kept = doc.putAway(work({}, {}), "s1");
  assert.deepEqual(kept.steps.map((step) => [step.id, step.status, step.body]), [["s1", "abandoned", "Text 1"], ["s2", "live", "Text 2"]]);
  assert.deepEqual(doc.takeBack(kept, "s1"), work({}, {}));
  const gone = doc.putAway(work({ body: " \n" }, { refs: ["s1"], type: "backtrack", to: "s1" }), "s1");
  assert.deepEqual(gone.steps.map((step) => [step.id, step.refs, step.to]), [["s2", [], null]]);
});

test("a dead end is marked and unmarked without losing its text", () => {
  const marked = doc.toggleDeadEnd(work({ type: "plan" }), "s1");
  assert.deepEqual([marked.steps[0]!.type, marked.steps[0]!.body], ["dead_end", "Text 1"]);
  assert.equal(doc.toggleDeadEnd(marked, "s1").steps[0]!.type, "work");
});

test("a backtrack goes to an earlier step only, and another kind of step goes nowhere", () => {
  const content = work({}, { type: "dead_end" }, { type: "backtrack" });
  assert.equal(doc.setTarget(content, "s3", "s1").steps[2]!.to, "s1");
  assert.equal(doc.setTarget(content, "s3", "s3"), content);
  assert.equal(doc.setType(doc.setTarget(content, "s3", "s1"), "s3", "work").steps[2]!.to, null);
});

test("what a step rests on is read from numbers; later ones and words are told", () => {
  assert.deepEqual(doc.readRefs(work({}, {}, {}), "s3", "1, 2；3 x 9"), { refs: ["s1", "s2"], unknown: ["3", "x", "9"] });
  assert.deepEqual(doc.setRefs(work({}, {}), "s2", ["s1", "s1", "s2"]).steps[1]!.refs, ["s1"]);
});

test("the next step is the likely one", () => {
  assert.equal(doc.likelyType(work(), null), "understand");
  assert.equal(doc.likelyType(work({ type: "understand" }), "s1"), "plan");
  assert.equal(doc.likelyType(work({ type: "understand" }, { type: "plan" }), "s1"), "work");
  assert.equal(doc.likelyType(work({ type: "dead_end" }), "s1"), "backtrack");
});

test("a waiver needs a reason, and without one it is taken back", () => {
  const waived = doc.waive(work(), "long_step:s1", " It is one idea. ");
  assert.deepEqual(waived.waivers, { "long_step:s1": "It is one idea." });
  assert.deepEqual(doc.waive(waived, "long_step:s1", "").waivers, {});
});

test("two documents are the same whatever the order of their names", () => {
  const content = work({});
  assert.equal(doc.isSame(content, Object.fromEntries(Object.entries(content).reverse()) as unknown as doc.Content), true);
  assert.equal(doc.isSame(content, work({ body: "Text 2" })), false);
});

test("a document written as one text leaves nothing out", () => {
  const content = { ...work({ type: "dead_end" }, { type: "backtrack", to: "s1", refs: ["s1"] }), answer: { text: "n = 5", unit: "m", assumptions: ["A"] }, confidence: 4 };
  assert.equal(doc.asText(content), "1 dead end\nText 1\n\n2 backtrack\nTo 1. Text 2\nuses 1\n\nAnswer\nn = 5 m\n\nAssumptions\nA\n\nConfidence\n4 of 5");
});

test("new ids fit the server's rule and differ", () => {
  const made = new Set(Array.from({ length: 200 }, () => doc.newStepId()));
  assert.equal(made.size, 200);
  for (const id of made) assert.match(id, /^[A-Za-z0-9_-]{1,40}$/);
});

test("cells from a sheet become a Markdown table; prose with a tab does not", () => {
  assert.equal(tableFromTabs("n\tvalue\r\n1\ta|b\r\n"), "| n | value |\n| --- | --- |\n| 1 | a\\|b |");
  assert.equal(tableFromTabs("one\ttwo"), null);
  assert.equal(tableFromTabs("a\tb\nc"), null);
});
