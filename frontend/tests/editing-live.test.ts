import assert from "node:assert/strict";
import { test } from "node:test";
import { type AnswerCheck, LiveAnswer, type LivePorts } from "../editing/liveanswer";
import { type AnswerFacts, linesOfAnswer } from "../editing/livelines";
import { ApiError } from "../lib/api";

const answer = (text: string, unit = "", assumptions: string[] = []) => ({ text, unit, assumptions });
const read = (words: string, more: Partial<AnswerCheck> = {}): AnswerCheck => ({ reads: true, words, tex: "", unit_words: "", needs_assumption: false, kind_title: "Set", ...more });

/** A server that answers when the test says, and timers that run when it says. */
class Server implements LivePorts {
  asked: string[] = [];
  aborted: string[] = [];
  told = () => undefined;
  #answers: ((check: AnswerCheck | ApiError) => void)[] = [];
  #timers = new Map<number, { run: () => void; at: number }>();
  #n = 0;
  #clock = 0;

  ask(given: { text: string }, signal: AbortSignal): Promise<AnswerCheck> {
    this.asked.push(given.text);
    signal.addEventListener("abort", () => this.aborted.push(given.text));
    return new Promise((resolve, reject) => this.#answers.push((check) => (check instanceof ApiError ? reject(check) : resolve(check))));
  }
  later(run: () => void, ms: number): number { this.#n += 1; this.#timers.set(this.#n, { run, at: this.#clock + ms }); return this.#n; }
  cancel(timer: number): void { this.#timers.delete(timer); }
  pass(ms: number): void {
    this.#clock += ms;
    for (const [id, { run, at }] of [...this.#timers]) if (at <= this.#clock) { this.#timers.delete(id); run(); }
  }
  async answer(check: AnswerCheck | ApiError): Promise<void> {
    this.#answers.shift()?.(check);
    for (let turn = 0; turn < 10; turn += 1) await Promise.resolve();
  }
}

test("the answer is looked at when it has rested for 600 ms, and only once", async () => {
  const server = new Server();
  const live = new LiveAnswer(server);
  live.look(answer("{1"));
  server.pass(500);
  live.look(answer("{1, 2}"));
  server.pass(500);
  assert.deepEqual(server.asked, []);
  server.pass(100);
  await server.answer(read("reads as a set of 2 integers"));
  live.look(answer("{1, 2}"));
  server.pass(10_000);
  assert.deepEqual([server.asked, live.check?.words], [["{1, 2}"], "reads as a set of 2 integers"]);
});

test("what was asked before is dropped, and its answer with it", async () => {
  const server = new Server();
  const live = new LiveAnswer(server);
  live.look(answer("old"));
  server.pass(600);
  live.look(answer("new"));
  await server.answer(read("of the old one"));
  assert.deepEqual([server.aborted, live.check], [["old"], null]);
  live.look(answer(""));
  server.pass(600);
  assert.deepEqual(server.asked, ["old"]);
});

test("a server that is away is asked again, one that refuses is not", async () => {
  const server = new Server();
  const live = new LiveAnswer(server);
  live.look(answer("5"));
  server.pass(600);
  await server.answer(new ApiError("offline", "There is no connection to the server.", 0));
  assert.equal(live.isAway, true);
  server.pass(5_000);
  await server.answer(read("reads as an integer"));
  assert.deepEqual([server.asked, live.isAway, live.check?.words], [["5", "5"], false, "reads as an integer"]);
  live.look(answer("6"));
  server.pass(600);
  await server.answer(new ApiError("not_found", "gone", 404));
  server.pass(60_000);
  assert.deepEqual(server.asked, ["5", "5", "6"]);
});

const facts = { title: "Set", hasUnit: true, unitExpected: false, answer: answer("{5}"), check: read("reads as a set of 1 integer", { tex: "\\{5\\}" }), isAway: false };

test("an answer that reads is confirmed with its formula, and units that are not asked for are not missed", () => {
  assert.deepEqual(linesOfAnswer(facts), [
    { name: "Answer", tone: "good", glyph: "check", value: "", tex: "\\{5\\}", small: "reads as a set of 1 integer", go: null },
    { name: "Units", tone: "soft", glyph: "none", value: "not asked", tex: "", small: "", go: null },
  ]);
});

test("an answer that does not read is a matter for a look, not an alarm", () => {
  const [line] = linesOfAnswer({ ...facts, check: read("cannot be read: a bracket is open", { reads: false }) });
  assert.deepEqual([line?.tone, line?.glyph, line?.small, line?.go], ["warn", "warning", "cannot be read: a bracket is open", "answer"]);
});

test("nothing written and nothing heard are said plainly", () => {
  const value = (more: Partial<AnswerFacts>): string | undefined => linesOfAnswer({ ...facts, ...more })[0]?.value;
  assert.deepEqual([value({ answer: answer(" "), check: null }), value({ check: null }), value({ check: null, isAway: true })], ["none yet", "", "not checked just now"]);
});

test("an expected unit is asked for, one that reads is confirmed", () => {
  const unit = (more: object) => linesOfAnswer({ ...facts, unitExpected: true, ...more })[1];
  assert.deepEqual([unit({})?.tone, unit({})?.value, unit({})?.go], ["warn", "asked for", "unit"]);
  assert.deepEqual(unit({ answer: answer("5", "km/h"), check: read("reads as a number", { unit_words: "kilometre per hour" }) }),
    { name: "Units", tone: "good", glyph: "check", value: "km/h", tex: "", small: "kilometre per hour", go: null });
});

test("an assumption on which the answer hangs is asked for", () => {
  const lines = linesOfAnswer({ ...facts, hasUnit: false, check: read("reads as a number", { needs_assumption: true }) });
  assert.deepEqual(lines[1], { name: "No assumption stated", tone: "warn", glyph: "warning", value: "", tex: "", small: "The answer depends on one: state yours.", go: "more-assumptions" });
});

test("where no kind of answer is asked for nothing is said of it", () => {
  assert.deepEqual(linesOfAnswer({ ...facts, title: "", hasUnit: false }), []);
});
