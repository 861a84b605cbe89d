/** Signs of work every thirty seconds while somebody is at it, on screen or on paper; a pause stops the clock. */
import { api } from "../lib/api";
import type { Beat } from "./state";

const QUIET_MS = 5 * 60_000;

export interface TimeOptions {
  readonly url: string;
  readonly seconds: number;
  heard(beat: Beat): void;
}

/** The clock of one piece of work. */
export class WorkTime {
  paused = false;
  onPaper = false;
  #lastSign = Date.now();
  readonly #timer: number;
  readonly #seen = new AbortController();

  constructor(private readonly given: TimeOptions) {
    const seen = (): void => { this.#lastSign = Date.now(); };
    for (const name of ["keydown", "pointerdown", "wheel", "pointermove"]) document.addEventListener(name, seen, { passive: true, signal: this.#seen.signal });
    this.#timer = window.setInterval(() => { void this.beat(); }, given.seconds * 1000);
    void this.beat();
  }

  /** Stop the clock, or let it go on. */
  async pause(paused: boolean): Promise<void> {
    this.paused = paused;
    await this.#send();
  }

  /** Say that the work goes on on paper, however quiet the page is. */
  async paper(onPaper: boolean): Promise<void> {
    this.onPaper = onPaper;
    await this.#send();
  }

  stop(): void {
    clearInterval(this.#timer);
    this.#seen.abort();
  }

  async beat(): Promise<void> {
    if (this.paused) return;
    const atWork = !document.hidden && Date.now() - this.#lastSign < QUIET_MS;
    if (atWork || this.onPaper) await this.#send();
  }

  async #send(): Promise<void> {
    try {
      const { data } = await api.post<Beat>(this.given.url, { on_paper: this.onPaper, paused: this.paused }, { signInAgain: false });
      this.given.heard(data);
    } catch {
      /* A lost sign costs at most thirty seconds; saving tells about the connection. */
    }
  }
}
