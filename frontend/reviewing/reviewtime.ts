/** How long somebody reviews: seconds in which this window is looked at and used, and a hint to pause after a long stretch. */
import { toast } from "../lib/toast";

const IDLE_MS = 60_000;
const REST_MS = 10 * 60_000;
const KEY = "workings.reviewing";

interface Stretch {
  readonly since: number;
  readonly last: number;
}

function readStretch(now: number): Stretch {
  try {
    const kept = JSON.parse(sessionStorage.getItem(KEY) ?? "null") as Stretch | null;
    if (kept !== null && now - kept.last < REST_MS) return kept;
  } catch {
    /* Without storage the stretch begins with the page. */
  }
  return { since: now, last: now };
}

/** The clock of one review. */
export class ReviewTime {
  #seconds: number;
  #active = Date.now();
  #since = readStretch(Date.now()).since;
  #timer: number;

  constructor(seconds: number, private readonly hintMinutes: number) {
    this.#seconds = seconds;
    const act = (): void => { this.#active = Date.now(); };
    for (const name of ["pointerdown", "keydown", "wheel", "touchstart"]) document.addEventListener(name, act, { passive: true });
    this.#timer = window.setInterval(() => this.#tick(), 1_000);
  }

  /** Seconds spent on this review so far. */
  get seconds(): number { return this.#seconds; }

  stop(): void {
    window.clearInterval(this.#timer);
  }

  #tick(): void {
    const now = Date.now();
    if (document.hidden || now - this.#active > IDLE_MS) return;
    this.#seconds += 1;
    if (now - this.#since > this.hintMinutes * 60_000) {
      toast({ text: `You have reviewed for ${this.hintMinutes} minutes. A pause keeps the judgment sharp.`, seconds: 12 });
      this.#since = now;
    }
    if (this.#seconds % 15 !== 0) return;
    try {
      sessionStorage.setItem(KEY, JSON.stringify({ since: this.#since, last: now } satisfies Stretch));
    } catch {
      /* See readStretch. */
    }
  }
}
