/** The queue of what is not yet saved: one request at a time, kept on the device until the server has acknowledged it. */
export interface Head<T> {
  readonly n: number;
  readonly content: T;
}

export type Sent<T> =
  | { readonly kind: "saved"; readonly n: number; readonly savedAt: Date }
  | { readonly kind: "stale"; readonly head: Head<T>; readonly conflictId: string | null; readonly sentence: string }
  | { readonly kind: "closed"; readonly code: string; readonly sentence: string }
  | { readonly kind: "signed_out" }
  | { readonly kind: "unreached"; readonly sentence: string; readonly afterSeconds: number | null }
  | { readonly kind: "refused"; readonly sentence: string };

/** A save as it was, or will be, sent: the same one is repeated until its answer is known. */
export interface Mutation<T> {
  readonly id: string;
  readonly baseN: number;
  readonly content: T;
}

/** What the device keeps. */
export interface Kept<T> {
  readonly baseN: number;
  readonly content: T;
  readonly pending: Mutation<T> | null;
}

export type SaveState<T> =
  | { readonly kind: "saved"; readonly n: number; readonly savedAt: Date | null }
  | { readonly kind: "changed" | "saving" }
  | { readonly kind: "local"; readonly sentence: string; readonly kept: boolean }
  | { readonly kind: "conflict"; readonly sentence: string; readonly head: Head<T>; readonly conflictId: string | null }
  | { readonly kind: "closed"; readonly code: string; readonly sentence: string };

export interface Ports<T> {
  send(mutation: Mutation<T>, leaving: boolean): Promise<Sent<T>>;
  /** Keep on the device; resolves with whether it is kept. */
  keep(kept: Kept<T>): Promise<boolean>;
  forget(): Promise<void>;
  /** Ask to sign in again; resolves with whether somebody did. */
  signIn(): Promise<boolean>;
  /** Make the copy that the server kept the head; resolves like a save. */
  settle(conflictId: string, take: "mine" | "theirs", headN: number): Promise<Sent<T>>;
  /** Whether two documents say the same. */
  isSame(one: T, other: T): boolean;
  newId(): string;
  now(): number;
  later(run: () => void, ms: number): number;
  cancel(timer: number): void;
  tell(state: SaveState<T>): void;
}

export interface Pace {
  readonly idleMs: number;
  readonly longestMs: number;
  readonly keepMs: number;
  readonly retryMs: readonly number[];
}

export const PACE: Pace = { idleMs: 2_000, longestMs: 10_000, keepMs: 400, retryMs: [2_000, 4_000, 8_000, 15_000, 30_000] };

const ALSO_KEPT = "It is sent when the server answers again.";

/** Saves a document in order; never two saves at once, so an editor never conflicts with itself. */
export class SaveQueue<T> {
  #state: SaveState<T>;
  #baseN: number;
  #content: T;
  #acknowledged: T;
  #pending: Mutation<T> | null = null;
  #sending: Promise<void> | null = null;
  #firstChangeAt: number | null = null;
  #timer: number | null = null;
  #keepTimer: number | null = null;
  #tries = 0;
  #kept = true;
  #stopped = false;
  #refused = false;

  constructor(private readonly ports: Ports<T>, head: Head<T>, savedAt: Date | null, private readonly pace: Pace = PACE) {
    this.#baseN = head.n;
    this.#content = head.content;
    this.#acknowledged = head.content;
    this.#state = { kind: "saved", n: head.n, savedAt };
  }

  get state(): SaveState<T> { return this.#state; }
  get baseN(): number { return this.#baseN; }
  get content(): T { return this.#content; }
  /** Whether something is written that the server has not acknowledged. */
  get isUnsaved(): boolean { return this.#pending !== null || !this.ports.isSame(this.#content, this.#acknowledged); }
  /** Whether all of it would survive closing the window now. */
  get isSafe(): boolean { return !this.isUnsaved || (this.#kept && this.#keepTimer === null); }

  /** Go on with what this device kept from an earlier visit: the unanswered save is repeated as it was. */
  restore(kept: Kept<T>): void {
    this.#baseN = kept.baseN;
    this.#content = kept.content;
    this.#pending = kept.pending;
    this.#become({ kind: "changed" });
    void this.flush();
  }

  /** Take the document as it is now; it is kept on the device at once and sent when writing pauses. */
  change(content: T): void {
    if (this.#stopped || content === this.#content) return;
    this.#content = content;
    this.#firstChangeAt ??= this.ports.now();
    this.#keepTimer ??= this.ports.later(() => { void this.keepNow(); }, this.pace.keepMs);
    if (this.#state.kind === "conflict" || this.#state.kind === "closed") return;
    if (this.#state.kind === "saved") this.#become({ kind: "changed" });
    if (this.#state.kind === "local" && !this.#refused) return;
    this.#plan();
  }

  /** Keep on the device what is not acknowledged. */
  async keepNow(): Promise<void> {
    if (this.#keepTimer !== null) this.ports.cancel(this.#keepTimer);
    this.#keepTimer = null;
    if (!this.isUnsaved) return;
    const content = this.#content;
    this.#kept = await this.ports.keep({ baseN: this.#baseN, content, pending: this.#pending });
    if (this.#state.kind === "local" && this.#state.kept !== this.#kept) this.#become({ ...this.#state, kept: this.#kept });
    /* It was acknowledged while it was written down: nothing is left to keep. */
    if (!this.isUnsaved) await this.ports.forget();
  }

  /** Send now; resolves with whether everything written is saved. */
  async flush(leaving = false): Promise<boolean> {
    if (this.#sending !== null) await this.#sending;
    while (!this.#stopped && this.isUnsaved && this.#maySend()) {
      this.#sending ??= this.#sendOnce(leaving).finally(() => { this.#sending = null; });
      await this.#sending;
      if (this.#state.kind !== "changed") break;
    }
    return !this.isUnsaved;
  }

  /** Settle a conflict: keep what is written here, or take what the server has; the other text stays on the server. */
  async settle(take: "mine" | "theirs"): Promise<void> {
    const state = this.#state;
    if (state.kind !== "conflict") return;
    const mine = this.#pending?.content ?? this.#content;
    this.#become({ kind: "saving" });
    const answer: Sent<T> = state.conflictId === null
      ? { kind: "saved", n: state.head.n, savedAt: new Date(this.ports.now()) }
      : await this.ports.settle(state.conflictId, take, state.head.n);
    if (answer.kind === "saved") {
      this.#pending = null;
      this.#baseN = answer.n;
      this.#acknowledged = take === "mine" && state.conflictId !== null ? mine : state.head.content;
      if (take === "theirs") this.#content = state.head.content;
      await this.#settled(answer.savedAt);
    } else if (answer.kind === "stale") this.#become({ ...state, head: answer.head, sentence: answer.sentence });
    else if (answer.kind === "closed") this.#become(answer);
    else this.#become(state);
  }

  /** Send nothing any more: another window has taken over. */
  stop(): void {
    this.#stopped = true;
    for (const timer of [this.#timer, this.#keepTimer]) if (timer !== null) this.ports.cancel(timer);
  }

  #become(state: SaveState<T>): void {
    this.#state = state;
    this.ports.tell(state);
  }

  #maySend(): boolean {
    return this.#state.kind !== "conflict" && this.#state.kind !== "closed";
  }

  #plan(ms?: number): void {
    if (this.#timer !== null) this.ports.cancel(this.#timer);
    const waited = this.ports.now() - (this.#firstChangeAt ?? this.ports.now());
    const wait = ms ?? Math.max(0, Math.min(this.pace.idleMs, this.pace.longestMs - waited));
    this.#timer = this.ports.later(() => { this.#timer = null; void this.flush(); }, wait);
  }

  async #sendOnce(leaving: boolean): Promise<void> {
    if (this.#timer !== null) this.ports.cancel(this.#timer);
    this.#timer = null;
    this.#pending ??= { id: this.ports.newId(), baseN: this.#baseN, content: this.#content };
    const mutation = this.#pending;
    this.#refused = false;
    this.#firstChangeAt = mutation.content === this.#content ? null : this.#firstChangeAt;
    this.#become({ kind: "saving" });
    /* Written down before it is sent, so that after a crash the same save is repeated under the same name. */
    const keeping = this.keepNow();
    if (!leaving) await keeping;
    await this.#hear(mutation, await this.ports.send(mutation, leaving));
  }

  async #hear(mutation: Mutation<T>, answer: Sent<T>): Promise<void> {
    switch (answer.kind) {
      case "saved": return this.#saved(mutation, answer.n, answer.savedAt);
      case "stale":
        if (this.ports.isSame(answer.head.content, mutation.content)) return this.#saved(mutation, answer.head.n, new Date(this.ports.now()));
        return this.#become({ kind: "conflict", sentence: answer.sentence, head: answer.head, conflictId: answer.conflictId });
      case "closed": return this.#become({ kind: "closed", code: answer.code, sentence: answer.sentence });
      case "signed_out": return this.#signedOut();
      case "refused":
        /* The server has looked at it and said no: only another text can pass, under another name. */
        this.#pending = null;
        this.#refused = true;
        return this.#become({ kind: "local", sentence: answer.sentence, kept: this.#kept });
      case "unreached": return this.#unreached(answer.sentence, answer.afterSeconds);
    }
  }

  async #saved(mutation: Mutation<T>, n: number, savedAt: Date): Promise<void> {
    this.#pending = null;
    this.#baseN = n;
    this.#acknowledged = mutation.content;
    await this.#settled(savedAt);
  }

  async #settled(savedAt: Date): Promise<void> {
    this.#tries = 0;
    if (this.isUnsaved) {
      this.#become({ kind: "changed" });
      await this.keepNow();
      return this.#plan();
    }
    this.#firstChangeAt = null;
    this.#become({ kind: "saved", n: this.#baseN, savedAt });
    await this.ports.forget();
  }

  async #signedOut(): Promise<void> {
    this.#become({ kind: "local", sentence: "You are signed out. Sign in again to save.", kept: this.#kept });
    if (await this.ports.signIn()) this.#plan(0);
  }

  #unreached(sentence: string, afterSeconds: number | null): void {
    const wait = this.pace.retryMs[Math.min(this.#tries, this.pace.retryMs.length - 1)] ?? this.pace.longestMs;
    this.#tries += 1;
    this.#become({ kind: "local", sentence: `${sentence} ${ALSO_KEPT}`, kept: this.#kept });
    this.#plan(Math.max(wait, (afterSeconds ?? 0) * 1000));
  }
}
