import assert from "node:assert/strict";
import { test } from "node:test";
import { align, codePoints, sourceStretch, unitsOf } from "../reviewing/aligning";
import { type ReviewDraft, foldWords, foldable, isSame, nextOpen, withError, withVerdict } from "../reviewing/draft";
import type { Step } from "../reviewing/state";

const EMPTY: ReviewDraft = { labels: {}, rubric_scores: {}, own_answer: "", verification_method: null, verification_note: "", reason: "", disagreement: "", edited_content: null, seconds: 0 };

function steps(settled: string): Step[] {
  return [...settled].map((sign, at) => ({ n: at + 1, id: `s${at + 1}`, type: "work", body: "", change: sign === "." ? "same" : "changed", is_settled: sign === "." }));
}
const folded = (settled: string, open: string[] = []): string[] => foldable(steps(settled), (step) => open.includes(step.id)).map((run) => run.map(({ n }) => n).join(" "));

test("what is settled is folded, but never the two steps before one that must be read", () => {
  assert.deepEqual(folded("....."), []);
  assert.deepEqual(folded(".....x"), ["1 2 3"]);
  assert.deepEqual(folded("...x"), []);
  assert.deepEqual(folded("x...."), ["2 3 4 5"]);
  assert.deepEqual(folded("......x..", ["s1"]), ["2 3 4", "8 9"]);
});

test("a folded run says what it holds", () => {
  const [one, two] = steps("..");
  assert.ok(one !== undefined && two !== undefined);
  const good = withVerdict(withVerdict(EMPTY, "s1", "good"), "s2", "good");
  const names = { work: "Work", dead_end: "Dead end" };
  assert.equal(foldWords([one, { ...two, type: "dead_end" }], good, names), "Work, dead end: unchanged, labelled good");
  assert.equal(foldWords([one, two], withVerdict(good, "s2", "neutral"), names), "Work: unchanged, labels kept");
});

test("a verdict that is no longer bad drops its error and keeps the note", () => {
  const bad = withError(EMPTY, "s1", "algebra", "sign");
  assert.deepEqual(withVerdict(bad, "s1", "good").labels, { s1: { value: "good", error_type: null, note: "sign" } });
  assert.equal(withVerdict(bad, "s1", "bad"), bad);
});

test("the next open step is looked for round the end", () => {
  const draft = withVerdict(withVerdict(EMPTY, "s2", "good"), "s3", "good");
  assert.equal(nextOpen(steps("..."), draft, 1)?.id, "s1");
  assert.equal(nextOpen(steps("..."), withVerdict(draft, "s1", "good"), 1), null);
});

test("two drafts are the same whatever the order of their keys and the time spent", () => {
  const one = withVerdict(withVerdict(EMPTY, "s1", "good"), "s2", "bad");
  const other = { ...withVerdict(withVerdict(EMPTY, "s2", "bad"), "s1", "good"), seconds: 90 };
  assert.equal(isSame(one, other), true);
  assert.equal(isSame(one, withError(other, "s2", "unit", "")), false);
});

function quoted(read: string, words: string, source: string, starts = false, ends = false): string | null {
  const start = read.indexOf(words);
  const found = sourceStretch({ start, end: start + words.length }, align(read, source), source, starts, ends);
  return found === null ? null : source.slice(found.start, found.end);
}

test("read words are found in the source through its markup", () => {
  const source = "It is **very** [well](https://example.org/bar) known that\nbar is *o*dd, so $m$ too.";
  const read = "It is very well known that bar is odd, so  m  too.";
  assert.equal(quoted(read, "very well", source), "very** [well");
  assert.equal(quoted(read, "bar is odd", source), "bar is *o*dd");
  assert.equal(quoted(read, "m", source.replace("known", "") , true, true), "$m$");
});

test("the signs around a formula are quoted with it", () => {
  assert.equal(quoted(" a+b ", "a+b", "Then \\(a+b\\), and $a+b$.", true, true), "\\(a+b\\)");
  assert.equal(quoted(" x ", "x", "$$ x $$", true, true), "$$ x $$");
});

test("words that the source does not have quote nothing", () => {
  assert.equal(quoted("elsewhere", "elsewhere", "Only this."), null);
});

test("places are counted in code points, as the server counts", () => {
  assert.equal(codePoints("a𝔸b"), 3);
  assert.equal(unitsOf("a𝔸b", 2), 3);
});
