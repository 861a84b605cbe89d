import assert from "node:assert/strict";
import { test } from "node:test";
import { type Content, emptyStep, isSame } from "../editing/document";
import { type Kept, type Mutation, type Ports, type SaveState, SaveQueue, type Sent } from "../lib/saving";
import { sayState } from "../lib/savewords";
import { readAnswer } from "../editing/transport";
import { ApiError } from "../lib/api";

function text(body: string): Content {
  return { steps: [{ ...emptyStep("s1", "work"), body }], answer: { text: "", unit: "", assumptions: [] }, confidence: null, what_would_make_this_wrong: "", program: null, tools_used: "", note_to_reviewer: "", waivers: {} };
}
const said = (content: Content): string => content.steps[0]!.body;

/** A desk with a clock of its own, a device, and a server that answers what the test says. */
class Desk implements Ports<Content> {
  clock = 0;
  sent: Mutation<Content>[] = [];
  told: string[] = [];
  device: Kept<Content> | null = null;
  keeps = true;
  settled: [string, string, number][] = [];
  signsIn = false;
  asked = 0;
  #timers: { at: number; id: number; run: () => void }[] = [];
  #ids = 0;
  answers: (Sent<Content> | ((mutation: Mutation<Content>) => Sent<Content> | Promise<Sent<Content>>))[] = [];

  constructor(public headN = 1) {}

  async send(mutation: Mutation<Content>): Promise<Sent<Content>> {
    this.sent.push(mutation);
    const answer = this.answers.shift();
    if (answer === undefined) return this.ok();
    return typeof answer === "function" ? answer(mutation) : answer;
  }
  ok(): Sent<Content> { this.headN += 1; return { kind: "saved", n: this.headN, savedAt: new Date(this.clock) }; }
  async keep(kept: Kept<Content>): Promise<boolean> { if (this.keeps) this.device = kept; return this.keeps; }
  async forget(): Promise<void> { this.device = null; }
  async signIn(): Promise<boolean> { this.asked += 1; return this.signsIn; }
  async settle(id: string, take: "mine" | "theirs", n: number): Promise<Sent<Content>> { this.settled.push([id, take, n]); return take === "mine" ? { kind: "saved", n: n + 1, savedAt: new Date(this.clock) } : { kind: "saved", n, savedAt: new Date(this.clock) }; }
  isSame = isSame;
  newId(): string { this.#ids += 1; return `mutation-${this.#ids}`; }
  now(): number { return this.clock; }
  later(run: () => void, ms: number): number { this.#ids += 1; this.#timers.push({ at: this.clock + ms, id: this.#ids, run }); return this.#ids; }
  cancel(id: number): void { this.#timers = this.#timers.filter((timer) => timer.id !== id); }
  tell(state: SaveState<Content>): void { this.told.push(state.kind); }

  async pass(ms: number): Promise<void> {
    const until = this.clock + ms;
    for (;;) {
      await settle();
      const next = this.#timers.filter((timer) => timer.at <= until).sort((a, b) => a.at - b.at)[0];
      if (next === undefined) break;
      this.clock = next.at;
      this.cancel(next.id);
      next.run();
    }
    this.clock = until;
    await settle();
  }
}

async function settle(): Promise<void> {
  for (let turn = 0; turn < 30; turn += 1) await Promise.resolve();
}

function open(desk: Desk, body = "at first"): SaveQueue<Content> {
  return new SaveQueue(desk, { n: desk.headN, content: text(body) }, null);
}
const OFFLINE: Sent<Content> = { kind: "unreached", sentence: "There is no connection to the server.", afterSeconds: null };

test("a pause of two seconds sends, and only then it is saved", async () => {
  const desk = new Desk();
  const queue = open(desk);
  queue.change(text("one"));
  await desk.pass(1_900);
  assert.deepEqual([desk.sent.length, queue.state.kind], [0, "changed"]);
  await desk.pass(200);
  assert.deepEqual(desk.sent.map((one) => [one.baseN, said(one.content)]), [[1, "one"]]);
  assert.deepEqual(desk.told, ["changed", "saving", "saved"]);
  assert.equal(queue.isUnsaved, false);
});

test("whoever never pauses is saved every ten seconds", async () => {
  const desk = new Desk();
  const queue = open(desk);
  for (let second = 0; second < 21; second += 1) {
    queue.change(text(`word ${second}`));
    await desk.pass(1_000);
  }
  assert.equal(desk.sent.length, 2);
});

test("what is written is on the device within a second and leaves it once it is saved", async () => {
  const desk = new Desk();
  open(desk).change(text("one"));
  await desk.pass(1_000);
  assert.deepEqual(desk.device, { baseN: 1, content: text("one"), pending: null });
  await desk.pass(2_000);
  assert.equal(desk.device, null);
});

test("writing while a save is on its way sends a second one based on the first, never two at once", async () => {
  const desk = new Desk();
  const queue = open(desk);
  let finish: (() => void) | undefined;
  desk.answers = [() => new Promise((resolve) => { finish = () => resolve(desk.ok()); })];
  queue.change(text("one"));
  await desk.pass(2_000);
  queue.change(text("two"));
  await desk.pass(30_000);
  assert.equal(desk.sent.length, 1);
  finish!();
  await desk.pass(2_000);
  assert.deepEqual(desk.sent.map((one) => [one.baseN, said(one.content)]), [[1, "one"], [2, "two"]]);
  assert.equal(queue.state.kind, "saved");
});

test("a save without an answer is repeated as it was, under the same name, before anything newer", async () => {
  const desk = new Desk();
  const queue = open(desk);
  desk.answers = [OFFLINE];
  queue.change(text("one"));
  await desk.pass(2_000);
  assert.deepEqual(queue.state, { kind: "local", sentence: "There is no connection to the server. It is sent when the server answers again.", kept: true });
  queue.change(text("two"));
  await desk.pass(10_000);
  assert.deepEqual(desk.sent.map((one) => [one.id === desk.sent[0]!.id, one.baseN, said(one.content)]), [[true, 1, "one"], [true, 1, "one"], [false, 2, "two"]]);
  assert.equal(queue.state.kind, "saved");
});

test("half an hour offline loses nothing and ends in one save", async () => {
  const desk = new Desk();
  const queue = open(desk);
  desk.answers = [() => { desk.answers.unshift(...Array<Sent<Content>>(200).fill(OFFLINE)); return OFFLINE; }];
  for (let minute = 0; minute < 30; minute += 1) {
    queue.change(text(`minute ${minute}`));
    await desk.pass(60_000);
  }
  assert.equal(said(desk.device!.content), "minute 29");
  desk.answers = [];
  await queue.flush();
  await desk.pass(5_000);
  assert.deepEqual([queue.state.kind, said(desk.sent.at(-1)!.content), desk.headN, desk.device], ["saved", "minute 29", 3, null]);
});

test("a visit after a crash repeats the unanswered save and then sends what came after it", async () => {
  const desk = new Desk();
  const queue = open(desk);
  queue.restore({ baseN: 1, content: text("two"), pending: { id: "mutation-old", baseN: 1, content: text("one") } });
  await desk.pass(5_000);
  assert.deepEqual(desk.sent.map((one) => [one.id === "mutation-old", one.baseN, said(one.content)]), [[true, 1, "one"], [false, 2, "two"]]);
});

test("a conflict keeps both texts until somebody chooses, and what is here can go on", async () => {
  const desk = new Desk();
  const queue = open(desk);
  desk.answers = [{ kind: "stale", head: { n: 4, content: text("theirs") }, conflictId: "c1", sentence: "Saved elsewhere." }];
  queue.change(text("mine"));
  await desk.pass(2_000);
  queue.change(text("mine and more"));
  await desk.pass(60_000);
  assert.deepEqual([queue.state.kind, desk.sent.length, said(desk.device!.content)], ["conflict", 1, "mine and more"]);
  desk.headN = 5;
  await queue.settle("mine");
  await desk.pass(3_000);
  assert.deepEqual(desk.settled, [["c1", "mine", 4]]);
  assert.deepEqual([desk.sent[1]!.baseN, said(desk.sent[1]!.content), queue.state.kind], [5, "mine and more", "saved"]);
});

test("taking what the server has replaces the document here", async () => {
  const desk = new Desk();
  const queue = open(desk);
  desk.answers = [{ kind: "stale", head: { n: 4, content: text("theirs") }, conflictId: "c1", sentence: "Saved elsewhere." }];
  queue.change(text("mine"));
  await desk.pass(2_000);
  await queue.settle("theirs");
  assert.deepEqual([said(queue.content), queue.baseN, queue.isUnsaved, desk.device], ["theirs", 4, false, null]);
});

test("a head that holds the very text that was sent is no conflict", async () => {
  const desk = new Desk();
  const queue = open(desk);
  desk.answers = [{ kind: "stale", head: { n: 4, content: text("mine") }, conflictId: null, sentence: "Saved elsewhere." }];
  queue.change(text("mine"));
  await desk.pass(2_000);
  assert.deepEqual([queue.state.kind, queue.baseN], ["saved", 4]);
});

test("a lost lease is told, nothing is sent any more, and the text stays on the device", async () => {
  const desk = new Desk();
  const queue = open(desk);
  desk.answers = [{ kind: "closed", code: "lease_lost", sentence: "Your lease has ended." }];
  queue.change(text("one"));
  await desk.pass(2_000);
  queue.change(text("two"));
  await desk.pass(60_000);
  assert.deepEqual([queue.state.kind, desk.sent.length, said(desk.device!.content)], ["closed", 1, "two"]);
});

test("a lost session asks in place and saves then; put off, it waits for the next save", async () => {
  const desk = new Desk();
  const queue = open(desk);
  desk.signsIn = true;
  desk.answers = [{ kind: "signed_out" }];
  queue.change(text("one"));
  await desk.pass(3_000);
  assert.deepEqual([desk.asked, queue.state.kind, desk.sent.length, desk.sent[0]!.id === desk.sent[1]!.id], [1, "saved", 2, true]);
  desk.signsIn = false;
  desk.answers = [{ kind: "signed_out" }];
  queue.change(text("two"));
  await desk.pass(60_000);
  assert.deepEqual([queue.state.kind, desk.sent.length], ["local", 3]);
  assert.equal(await queue.flush(), true);
});

test("a text the server refuses is sent again only when it has changed", async () => {
  const desk = new Desk();
  const queue = open(desk);
  desk.answers = [{ kind: "refused", sentence: "Too long." }];
  queue.change(text("too long"));
  await desk.pass(60_000);
  assert.deepEqual([queue.state, desk.sent.length], [{ kind: "local", sentence: "Too long.", kept: true }, 1]);
  queue.change(text("short"));
  await desk.pass(2_000);
  assert.deepEqual([queue.state.kind, desk.sent[0]!.id === desk.sent[1]!.id], ["saved", false]);
});

test("a device that keeps nothing is told as such", async () => {
  const desk = new Desk();
  desk.keeps = false;
  const queue = open(desk);
  desk.answers = [OFFLINE];
  queue.change(text("one"));
  await desk.pass(2_000);
  assert.equal(sayState(queue.state, new Date(0)).words, "Not saved – only in this window");
  assert.equal(queue.isSafe, false);
});

test("a window that was taken over sends nothing any more", async () => {
  const desk = new Desk();
  const queue = open(desk);
  queue.change(text("one"));
  queue.stop();
  await desk.pass(60_000);
  assert.equal(desk.sent.length, 0);
});

test("the bar says what is so", () => {
  const now = new Date("2026-11-24T12:00:03Z");
  const words = (state: SaveState<Content>): string => { const { words: first, more } = sayState(state, now); return first + more; };
  assert.equal(words({ kind: "saved", n: 14, savedAt: new Date("2026-11-24T12:00:00Z") }), "Saved 3 s ago · r14");
  assert.equal(words({ kind: "saving" }), "Saving…");
  assert.equal(words({ kind: "local", sentence: "", kept: true }), "Not saved – kept on this device");
  assert.equal(words({ kind: "conflict", sentence: "", head: { n: 2, content: text("") }, conflictId: null }), "Conflict – compare");
  assert.equal(words({ kind: "saved", n: 0, savedAt: null }), "Nothing written yet");
});

test("the server's refusals mean what they say", () => {
  const refusal = (status: number, code: string, details: Record<string, unknown> = {}): string => readAnswer(new ApiError(code, "Sentence.", status, null, new Headers(), details)).kind;
  assert.deepEqual([refusal(401, "signed_out"), refusal(409, "lease_lost"), refusal(412, "stale", { head: { n: 1 } }), refusal(503, "busy"), refusal(0, "offline"), refusal(0, "unreadable"), refusal(422, "invalid"), refusal(428, "x")],
    ["signed_out", "closed", "stale", "unreached", "unreached", "unreached", "refused", "refused"]);
});
