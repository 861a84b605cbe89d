/** The runs of one piece of work: asked for, waited for through lost lines and reloads, and kept to be shown and cited. */
import { ApiError } from "../lib/api";
import type { Program } from "./document";
import { type Purpose, type Run, isOver } from "./runs";

export interface RunPorts {
  ask(body: { readonly purpose: Purpose; readonly language: string; readonly source: string; readonly stdin: string }): Promise<Run>;
  list(): Promise<readonly Run[]>;
  /** Read one run; the server waits so many seconds for its end. */
  read(id: string, waitSeconds: number): Promise<Run>;
  later(run: () => void, ms: number): void;
  now(): number;
  changed(): void;
}

/** Why a run was not taken, in the server's words; it goes when the time it names is over. */
export interface Refusal {
  readonly sentence: string;
  readonly untilMs: number | null;
}

const AGAIN_MS = 3_000;
const FIRST_WAIT_SECONDS = 1;
const WAIT_SECONDS = 5;
const SOONEST_MS = 250;

/** All runs that this window knows. */
export class RunBook {
  /** newest first */
  runs: readonly Run[] = [];
  refusal: Refusal | null = null;
  /** what is being asked for at this moment */
  asking: Purpose | null = null;
  /** the server cannot be reached: what runs there goes on, and is fetched later */
  isCutOff = false;
  readonly #cited = new Map<string, Run | null>();
  readonly #followed = new Set<string>();
  #closed = false;

  constructor(private readonly ports: RunPorts) {}

  /** Find a run, also one that is older than the newest twenty; null: there is none, undefined: not read yet. */
  find(id: string): Run | null | undefined {
    return this.runs.find((run) => run.id === id) ?? this.#cited.get(id);
  }

  /** The last run of a kind that has ended without a fault of the runner. */
  last(purpose: Purpose): Run | null {
    return this.runs.find((run) => run.purpose === purpose && run.state === "done") ?? null;
  }

  /** Read the newest runs and those that the steps cite, and wait for what has not ended; tries until the line is back. */
  async open(cited: readonly string[]): Promise<void> {
    if (!(await this.#persist(async () => { for (const run of await this.ports.list()) this.#put(run); }))) return;
    this.ports.changed();
    for (const run of this.runs) if (!isOver(run)) void this.#follow(run.id);
    for (const id of cited) if (this.find(id) === undefined) await this.#readCited(id);
  }

  /** Ask for a run. */
  async ask(purpose: Purpose, program: Program, stdin: string): Promise<void> {
    if (this.asking !== null || this.#closed) return;
    this.asking = purpose;
    this.refusal = null;
    this.ports.changed();
    try {
      const run = await this.ports.ask({ purpose, language: program.language, source: program.source, stdin: purpose === "tests" ? "" : stdin });
      this.#put(run);
      if (!isOver(run)) void this.#follow(run.id);
    } catch (error) {
      this.#refused(error);
    } finally {
      this.asking = null;
      this.ports.changed();
    }
  }

  /** Say why a run is not even asked for. */
  refuse(sentence: string): void {
    this.refusal = { sentence, untilMs: null };
    this.ports.changed();
  }

  /** Wait for nothing any more. */
  close(): void {
    this.#closed = true;
  }

  #put(run: Run): void {
    const others = this.runs.filter((other) => other.id !== run.id);
    this.runs = [run, ...others].sort((a, b) => (a.requested_at < b.requested_at ? 1 : a.requested_at > b.requested_at ? -1 : 0));
  }

  #refused(error: unknown): void {
    const failed = error instanceof ApiError ? error : null;
    const away = failed?.code === "offline" || failed?.code === "timeout";
    const sentence = failed === null ? "The program was not run. Try again." : away ? `${failed.message} The program was not run; it is kept, run it when the line is back.` : failed.message;
    const wait = failed?.retryAfterSeconds ?? null;
    const refusal = { sentence, untilMs: wait === null ? null : this.ports.now() + wait * 1000 };
    this.refusal = refusal;
    if (wait === null) return;
    this.ports.later(() => { if (this.refusal === refusal) { this.refusal = null; this.ports.changed(); } }, wait * 1000);
  }

  async #follow(id: string): Promise<void> {
    if (this.#followed.has(id)) return;
    this.#followed.add(id);
    for (let wait = FIRST_WAIT_SECONDS; ; wait = WAIT_SECONDS) {
      const began = this.ports.now();
      if (!(await this.#persist(async () => { this.#put(await this.ports.read(id, wait)); }))) break;
      this.ports.changed();
      const run = this.find(id);
      if (!run || isOver(run)) break;
      await this.#pause(SOONEST_MS - (this.ports.now() - began));
    }
    this.#followed.delete(id);
  }

  async #readCited(id: string): Promise<void> {
    const found = await this.#persist(async () => { this.#cited.set(id, await this.ports.read(id, 0)); });
    if (!found) this.#cited.set(id, null);
    this.ports.changed();
  }

  /* Tries until it succeeds; false when that can no longer be: refused for good, or closed meanwhile. */
  async #persist(attempt: () => Promise<void>): Promise<boolean> {
    while (!this.#closed) {
      try {
        await attempt();
        this.#tell(false);
        return true;
      } catch (error) {
        const mayPass = error instanceof ApiError && (error.mayPass || error.status === 401);
        if (!mayPass) return false;
        this.#tell(true);
        await this.#pause(AGAIN_MS);
      }
    }
    return false;
  }

  #tell(isCutOff: boolean): void {
    if (this.isCutOff === isCutOff) return;
    this.isCutOff = isCutOff;
    this.ports.changed();
  }

  #pause(ms: number): Promise<void> {
    return ms <= 0 ? Promise.resolve() : new Promise((resolve) => this.ports.later(resolve, ms));
  }
}
