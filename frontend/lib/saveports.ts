/** What a queue of saves needs of the browser and of /api/v1, whatever the document is. */
import { ApiError } from "./api";
import { fill, h } from "./dom";
import { glyph } from "./glyphs";
import type { SaveState, Sent } from "./saving";
import { sayState } from "./savewords";
import { signInAgain } from "./session";
import { serverNow } from "./time";

/** The browser lets a request outlive its page only below this size. */
export const KEEPALIVE_BYTES = 60_000;

/** The clock, the timers, the names of saves, and the way to sign in again. */
export const BROWSER = {
  signIn: () => signInAgain().then(() => true, () => false),
  newId: () => `w${Date.now().toString(36)}-${Math.random().toString(36).slice(2, 12)}`,
  now: () => Date.now(),
  later: (run: () => void, ms: number) => window.setTimeout(run, ms),
  cancel: (timer: number) => window.clearTimeout(timer),
};

/** Say what a refused or lost save means, when it is not that the head has moved on. */
export function readRefusal(error: unknown): Exclude<Sent<never>, { kind: "saved" | "stale" }> {
  if (!(error instanceof ApiError)) return { kind: "unreached", sentence: "The save could not be sent.", afterSeconds: null };
  if (error.status === 401 || error.code === "step_up_needed") return { kind: "signed_out" };
  if (error.status === 409) return { kind: "closed", code: error.code, sentence: error.message };
  if (error.mayPass || error.status === 0) return { kind: "unreached", sentence: error.message, afterSeconds: error.retryAfterSeconds };
  return { kind: "refused", sentence: error.message };
}

/** Write the state of saving into the bar; `act` is what can be done about it. */
export function showSaveState(place: HTMLElement, state: SaveState<unknown>, act: (() => void) | null): void {
  const { state: name, glyph: sign, words, more, title } = sayState(state, serverNow());
  const key = JSON.stringify([name, words, more]);
  if (place.dataset["said"] === key) return;
  place.dataset["said"] = key;
  place.dataset["state"] = name;
  place.title = title;
  fill(place, glyph(sign), act === null ? h("span", null, words, more === "" ? null : h("span", { class: "short" }, more))
    : h("button", { class: "btn btn--small", type: "button", onclick: act }, words));
}

/** Keep what is not saved when the window is left, and try again when the network is back. */
export function watchLeaving(queue: { flush(leaving?: boolean): Promise<boolean>; readonly isSafe: boolean }, isClosed: () => boolean): void {
  window.addEventListener("online", () => { void queue.flush(); });
  window.addEventListener("blur", () => { void queue.flush(); });
  window.addEventListener("pagehide", () => { void queue.flush(true); });
  document.addEventListener("visibilitychange", () => { if (document.hidden) void queue.flush(true); });
  window.addEventListener("beforeunload", (event) => { if (!isClosed() && !queue.isSafe) event.preventDefault(); });
}
