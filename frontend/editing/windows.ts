/** One window writes: a lock held by the browser decides which, and a channel asks the other one to let go. */


interface Ask {
  readonly kind: "take";
}

export interface WindowPorts {
  /** Called when another window takes over: save what there is, then let go. */
  giveUp(): Promise<void>;
  /** Called after it was given up or taken. */
  lost(): void;
}

const TAKE_AFTER_MS = 4_000;

/** The right to write one piece of work in this browser. */
export class WritingRight {
  readonly #name: string;
  readonly #channel: BroadcastChannel | null;
  #release: (() => void) | null = null;

  constructor(id: string, private readonly ports: WindowPorts) {
    this.#name = `workings:work:${id}`;
    this.#channel = "BroadcastChannel" in globalThis ? new BroadcastChannel(this.#name) : null;
    this.#channel?.addEventListener("message", (event: MessageEvent<Ask>) => {
      if (event.data.kind === "take" && this.#release !== null) void this.#give();
    });
  }

  /** Try to get it; false when another window has it. A browser without locks lets every window write: the server decides. */
  claim(): Promise<boolean> {
    return this.#request({ ifAvailable: true });
  }

  /** Ask the other window to save and let go; one that does not answer loses it after four seconds. */
  async takeOver(): Promise<void> {
    this.#channel?.postMessage({ kind: "take" } satisfies Ask);
    const limit = new AbortController();
    const timer = setTimeout(() => limit.abort(), TAKE_AFTER_MS);
    const got = await this.#request({ signal: limit.signal });
    clearTimeout(timer);
    if (!got) await this.#request({ steal: true });
  }

  async #give(): Promise<void> {
    await this.ports.giveUp();
    const release = this.#release;
    this.#release = null;
    release?.();
    this.ports.lost();
  }

  #request(options: LockOptions): Promise<boolean> {
    if (!("locks" in navigator)) return Promise.resolve(true);
    return new Promise((resolve) => {
      const held = navigator.locks.request(this.#name, options, (lock) => {
        resolve(lock !== null);
        return lock === null ? undefined : new Promise<void>((release) => { this.#release = release; });
      });
      held.catch(() => {
        /* Given no answer in time, or taken by force while it was held. */
        const wasHeld = this.#release !== null;
        this.#release = null;
        resolve(false);
        if (wasHeld) this.ports.lost();
      });
    });
  }
}
