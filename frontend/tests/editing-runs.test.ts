import assert from "node:assert/strict";
import { test } from "node:test";
import * as doc from "../editing/document";
import { firstDifference, foldLines, markedDifference, namedLines, sayDifference, showSpace } from "../editing/outputs";
import { RunBook, type RunPorts } from "../editing/runbook";
import { type Run, type RunTest, commandOf, countLines, factsOf, megabytes, sayEnd, sayVerdict, seconds, stampOf, textOf } from "../editing/runs";
import { ApiError } from "../lib/api";

const aTest = (name: string, verdict: string, more: Partial<RunTest> = {}): RunTest =>
  ({ name, is_hidden: false, verdict, cpu_ms: 20, wall_ms: 20, memory_bytes: 11 << 20, stdin: "1\n", stdout: "1\n", expected: "1\n", reason: "", ...more });
const hidden = (name: string, verdict: string): RunTest =>
  aTest(name, verdict, { is_hidden: true, cpu_ms: null, wall_ms: null, memory_bytes: null, stdin: null, stdout: null, expected: null, reason: null });
const aRun = (more: Partial<Run> = {}): Run => ({
  id: "r1", purpose: "custom", state: "done", language: "python", source_sha256: "ab", stdin: "", verdict: "ok", message: "It ended without an error.", exit_code: 0,
  stdout: "5\n", stderr: "", tests: [], passed: 0, total: 0, cpu_ms: 20, wall_ms: 31, memory_bytes: 9 << 20, requested_at: "2026-11-24T14:32:05Z", finished_at: "2026-11-24T14:32:06Z", ...more,
});
const tested = (...tests: RunTest[]): Run => aRun({
  purpose: "tests", verdict: "failed", tests, passed: tests.filter((one) => one.verdict === "passed").length, total: tests.length, wall_ms: 2310, memory_bytes: 31 << 20,
});

test("a run is said in few words, hidden tests only by their verdicts", () => {
  const run = tested(aTest("example-5", "passed"), aTest("sparse-16", "time_limit", { wall_ms: 2000 }), hidden("hidden 1", "passed"), hidden("hidden 2", "wrong"));
  assert.equal(sayEnd(run), "2 passed, 1 out of time, 1 wrong");
  assert.deepEqual(factsOf(run), ["2/4 tests", "2.31 s", "31 MB"]);
  assert.equal(commandOf(run), "main.py, all tests");
  assert.equal(textOf(run), "example-5  passed       0.02 s\nsparse-16  out of time  2.00 s\nhidden: 1 passed, 1 wrong");
});

test("a run with input of one's own says how it ended and what it printed", () => {
  const run = aRun({ verdict: "runtime_error", exit_code: 1, stdin: "3\n4\n", stdout: "7\n", stderr: "ZeroDivisionError\n" });
  assert.deepEqual(factsOf(run), ["broke off, exit code 1", "0.03 s", "9 MB"]);
  assert.equal(commandOf(run), "main.py < 2 lines of input");
  assert.equal(textOf(run), "7\nZeroDivisionError");
  assert.deepEqual(factsOf(aRun({ verdict: "compile_error", exit_code: null })), ["does not compile"]);
});

test("a run that has not ended, or could not be run, says so", () => {
  assert.deepEqual((["queued", "running", "failed"] as const).map((state) => factsOf(aRun({ state, verdict: null }))), [["waits its turn"], ["is running"], ["could not be run"]]);
});

test("a verdict that is not known yet is said as it came", () => {
  assert.deepEqual(sayVerdict("network_used"), { words: "network used", glyph: "info", tone: "soft" });
});

test("times, sizes and moments are short", () => {
  assert.deepEqual([0, 19, 2000].map(seconds), ["0.00 s", "0.02 s", "2.00 s"]);
  assert.deepEqual([0, 1000, 31 << 20].map(megabytes), ["0 MB", "under 1 MB", "31 MB"]);
  assert.equal(stampOf(aRun(), new Date("2026-11-24T23:00:00Z")), "14:32:05");
  assert.equal(stampOf(aRun(), new Date("2026-11-25T01:00:00Z")), "24 Nov, 14:32:05");
  assert.deepEqual(["", "a", "a\n", "a\nb"].map(countLines), [0, 1, 1, 2]);
});

test("outputs differ first in a word, wherever it stands in each", () => {
  assert.deepEqual(firstDifference("1 2\n3 7\n", "1\n2\n3 8\n"), { printed: { line: 1, from: 2, to: 3 }, expected: { line: 2, from: 2, to: 3 }, isSpace: false });
  assert.equal(sayDifference("1 2\n3 7\n", "1 2\n3 8\n"), "First difference in line 2: “7” instead of “8”.");
  assert.equal(sayDifference("1\n", "1\n2\n"), "The output ends early: “2” is expected next.");
  assert.equal(sayDifference("", "2\n"), "The output ends early: “2” is expected next.");
  assert.equal(sayDifference("1\n2\n", "1\n"), "From line 2 on there is more than expected: “2”.");
  assert.equal(firstDifference("same\n", "same\n"), null);
});

test("when all words are the same the white space is what differs", () => {
  assert.deepEqual(firstDifference("1  2\n", "1 2\n"), { printed: { line: 0, from: 2, to: 3 }, expected: { line: 0, from: 2, to: 2 }, isSpace: true });
  assert.deepEqual(firstDifference("1\n2", "1\n2\n"), { printed: { line: 1, from: 1, to: 1 }, expected: { line: 1, from: 1, to: 2 }, isSpace: true });
  assert.equal(sayDifference("1\r\n", "1\n"), "The words are the same; spaces or line ends differ first in line 1.");
  assert.equal(showSpace(" a\tb\r\n"), "·a→b␍⏎");
});

test("of two numbers only those are marked that the server speaks of: others may be close enough", () => {
  const marks = (said: string): number | undefined => markedDifference("0.30000000000000004 5\n", "0.3 6\n", said)?.printed.from;
  assert.deepEqual([marks(""), marks("Word 2: expected “6”, got “5”."), marks("Word 1: expected “0.3”, got “0.30000000000000004”.")], [0, undefined, 0]);
  assert.equal(markedDifference("yes\n", "no\n", "The checker rejects it.")?.printed.to, 3);
});

test("a long text is folded around the line that matters", () => {
  const text = `${Array.from({ length: 100 }, (_, n) => `line ${n + 1}`).join("\n")}\n`;
  assert.deepEqual(foldLines(text, 3, 49), { first: 48, lines: ["line 49", "line 50", "line 51"], before: 48, after: 49 });
  assert.deepEqual(foldLines(text, 3, 99), { first: 97, lines: ["line 98", "line 99", "line 100"], before: 97, after: 0 });
  assert.deepEqual(foldLines("a\nb\n", 3), { first: 0, lines: ["a", "b"], before: 0, after: 0 });
});

test("the lines that compilers and interpreters name are found", () => {
  const named = (text: string): [number, number][] => namedLines(text).flatMap(({ line, column }) => (line === null ? [] : [[line, column] as [number, number]]));
  assert.deepEqual(named('  File "/box/main.py", line 12, in solve\n'), [[12, 1]]);
  assert.deepEqual(named("main.cpp: In function 'int main()':\nmain.cpp:3:5: error: 'x'\n"), [[3, 5]]);
  assert.deepEqual(named(" --> main.rs:4:9\n"), [[4, 9]]);
  assert.deepEqual(named("Main.java:7: error: ';' expected\nat Main.main(Main.java:9)"), [[7, 1], [9, 1]]);
  assert.deepEqual(named("/box/main.js:2\nnot domain.py:5"), [[2, 1]]);
  assert.equal(namedLines("main.c:1:2: error").map(({ text }) => text).join(""), "main.c:1:2: error");
});

function work(...steps: Partial<doc.Step>[]): doc.Content {
  return { steps: steps.map((step, at) => ({ ...doc.emptyStep(`s${at + 1}`, "work"), body: `Text ${at + 1}`, ...step })),
    answer: { text: "", unit: "", assumptions: [] }, confidence: null, what_would_make_this_wrong: "", program: null, tools_used: "", note_to_reviewer: "", waivers: {} };
}
const ten = Array.from({ length: 10 }, (_, n) => `r${n}`);

test("a step cites a run once, and ten at most", () => {
  const cited = doc.citeRun(work({}, {}), "s2", "r1");
  assert.deepEqual(cited.steps.map((step) => step.runs), [[], ["r1"]]);
  assert.deepEqual(doc.citingSteps(cited, "r1"), [2]);
  assert.equal(doc.citeRun(cited, "s2", "r1"), cited);
  const full = work({ runs: ten });
  assert.equal(doc.citeRun(full, "s1", "more"), full);
  assert.deepEqual(doc.dropRun(cited, "s2", "r1"), work({}, {}));
});

test("what is cited is not lost: joined steps cite both, and a step without words but with a run is not blank", () => {
  assert.deepEqual(doc.mergeStep(work({ runs: ["r1", "r2"] }, { runs: ["r2", "r3"] }), "s2").content.steps[0]!.runs, ["r1", "r2", "r3"]);
  const full = work({ runs: ten }, { runs: ["more"] });
  assert.deepEqual(doc.mergeStep(full, "s2"), { content: full, into: null, at: 0 });
  assert.equal(doc.isBlank({ ...doc.emptyStep("s1", "check"), runs: ["r1"] }), false);
  assert.equal(doc.asText(work({ runs: ["r1"] })), "1 work\nText 1\ncites a run");
});

/** A server of runs with a clock of its own. */
class Server implements RunPorts {
  clock = 0;
  told = 0;
  asked: unknown[] = [];
  reads: [string, number][] = [];
  newest: Run[] = [];
  answers: (Run | ApiError)[] = [];
  #timers: { at: number; run: () => void }[] = [];

  async ask(body: unknown): Promise<Run> { this.asked.push(body); return this.#next(); }
  async list(): Promise<readonly Run[]> { return this.newest; }
  async read(id: string, waitSeconds: number): Promise<Run> { this.reads.push([id, waitSeconds]); return this.#next(); }
  later(run: () => void, ms: number): void { this.#timers.push({ at: this.clock + ms, run }); }
  now(): number { return this.clock; }
  changed(): void { this.told += 1; }

  #next(): Run {
    const answer = this.answers.shift();
    if (answer === undefined) throw new Error("nothing was expected to be asked");
    if (answer instanceof ApiError) throw answer;
    return answer;
  }
  async pass(ms: number): Promise<void> {
    const until = this.clock + ms;
    for (;;) {
      for (let turn = 0; turn < 30; turn += 1) await Promise.resolve();
      const next = this.#timers.filter(({ at }) => at <= until).sort((a, b) => a.at - b.at)[0];
      if (next === undefined) break;
      this.#timers = this.#timers.filter((timer) => timer !== next);
      this.clock = next.at;
      next.run();
    }
    this.clock = until;
  }
}
const OFFLINE = new ApiError("offline", "There is no connection to the server.", 0);
const program = { language: "python", source: "print(5)" };

test("a run is asked for and waited for until it has ended", async () => {
  const server = new Server();
  const book = new RunBook(server);
  server.answers = [aRun({ state: "queued" }), aRun({ state: "running" }), aRun()];
  await book.ask("tests", program, "not for tests");
  await server.pass(2_000);
  assert.deepEqual(server.asked, [{ purpose: "tests", language: "python", source: "print(5)", stdin: "" }]);
  assert.deepEqual(server.reads, [["r1", 1], ["r1", 5]]);
  assert.deepEqual(book.runs.map(({ state }) => state), ["done"]);
});

test("a lost line is told and waited out; the run is asked for once", async () => {
  const server = new Server();
  const book = new RunBook(server);
  server.answers = [aRun({ state: "queued" }), OFFLINE, OFFLINE, aRun()];
  await book.ask("custom", program, "1 2");
  await server.pass(3_500);
  assert.deepEqual([book.isCutOff, book.runs[0]?.state], [true, "queued"]);
  await server.pass(3_000);
  assert.deepEqual([book.isCutOff, book.runs[0]?.state, server.asked.length], [false, "done", 1]);
});

test("a refused run says why in the server's words, as long as it holds", async () => {
  const server = new Server();
  const book = new RunBook(server);
  const said = (): string | null => book.refusal?.sentence ?? null;
  server.answers = [new ApiError("too_many_requests", "You may run 10 programs a minute. Try again in 12 s.", 429, null, new Headers({ "Retry-After": "12" }))];
  await book.ask("custom", program, "");
  assert.deepEqual([said(), book.asking], ["You may run 10 programs a minute. Try again in 12 s.", null]);
  await server.pass(12_000);
  assert.equal(said(), null);
  server.answers = [OFFLINE];
  await book.ask("custom", program, "");
  assert.equal(said(), "There is no connection to the server. The program was not run; it is kept, run it when the line is back.");
});

test("after a reload the newest runs are there, unfinished ones are waited for, older ones that are cited are read", async () => {
  const server = new Server();
  server.newest = [aRun({ id: "new", state: "running", requested_at: "2026-11-24T15:00:00Z" }), aRun()];
  server.answers = [aRun({ id: "new", requested_at: "2026-11-24T15:00:00Z" }), aRun({ id: "old" }), new ApiError("not_found", "There is no such run.", 404)];
  const book = new RunBook(server);
  void book.open(["r1", "old", "gone"]);
  await server.pass(1_000);
  assert.deepEqual(book.runs.map(({ id, state }) => [id, state]), [["new", "done"], ["r1", "done"]]);
  assert.deepEqual([book.find("old")?.id, book.find("gone"), book.find("never asked for")], ["old", null, undefined]);
});
