/** How the answer reads, asked of the server a moment after it changed; what was asked before is dropped. */
import { ApiError } from "../lib/api";
import type { Content } from "./document";

export interface AnswerCheck {
  readonly reads: boolean;
  /** "reads as a set of 3 integers" */
  readonly words: string;
  readonly tex: string;
  readonly unit_words: string;
  readonly needs_assumption: boolean;
  readonly kind_title: string;
}

export interface LivePorts {
  ask(answer: Content["answer"], signal: AbortSignal): Promise<AnswerCheck>;
  later(run: () => void, ms: number): number;
  cancel(timer: number): void;
  told(): void;
}

const AFTER_MS = 600;
const AGAIN_MS = 5_000;

/** What is known of the answer as it stands. */
export class LiveAnswer {
  /** null: not asked yet, or there is nothing to ask about */
  check: AnswerCheck | null = null;
  /** it could not be asked; it is tried again */
  isAway = false;
  #key = "";
  #timer = 0;
  #request: AbortController | null = null;

  constructor(private readonly ports: LivePorts) {}

  /** Look at the answer; asks only when it is not the one that was looked at before. */
  look(answer: Content["answer"]): void {
    const key = JSON.stringify([answer.text, answer.unit, answer.assumptions]);
    if (key === this.#key) return;
    this.#key = key;
    this.stop();
    if (answer.text.trim() !== "") return this.#askIn(AFTER_MS, answer);
    this.check = null;
    this.isAway = false;
    this.ports.told();
  }

  /** Drop what is being asked. */
  stop(): void {
    this.ports.cancel(this.#timer);
    this.#request?.abort();
    this.#request = null;
  }

  #askIn(ms: number, answer: Content["answer"]): void {
    this.#timer = this.ports.later(() => { void this.#ask(answer); }, ms);
  }

  async #ask(answer: Content["answer"]): Promise<void> {
    const request = new AbortController();
    this.#request = request;
    try {
      const check = await this.ports.ask(answer, request.signal);
      if (request.signal.aborted) return;
      this.check = check;
      this.isAway = false;
    } catch (error) {
      if (request.signal.aborted) return;
      this.check = null;
      this.isAway = true;
      if (error instanceof ApiError && error.mayPass) this.#askIn((error.retryAfterSeconds ?? AGAIN_MS / 1000) * 1000, answer);
    }
    this.ports.told();
  }
}
