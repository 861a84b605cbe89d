/** A decision that can still be taken back, carried over to the review that loads next. */
import { ApiError, api } from "../lib/api";
import { serverNow } from "../lib/time";
import { toast } from "../lib/toast";
import type { Decided } from "./state";

const KEY = "workings.undo";
const SAID: Readonly<Record<string, string>> = {
  approve: "Approved.", approve_with_edits: "Approved with edits.", return: "Returned to the author.", reject: "Rejected.", escalate: "Escalated.",
};

interface Kept {
  readonly words: string;
  readonly url: string;
  readonly until: string;
}

/** Remember a decision for the next page of this window. */
export function rememberDecision(decided: Decided): void {
  const kept: Kept = { words: SAID[decided.verdict] ?? "Decided.", url: decided.undo_url, until: decided.undo_until };
  try {
    sessionStorage.setItem(KEY, JSON.stringify(kept));
  } catch {
    /* Without storage there is no undo on the next page; the review's own page still offers it. */
  }
}

/** Take a decision back and go to its review. */
export async function undoDecision(url: string): Promise<void> {
  try {
    const { data } = await api.post<{ page: string }>(url);
    location.assign(data.page);
  } catch (error) {
    toast({ text: error instanceof ApiError ? error.message : "It could not be taken back.", seconds: 8 });
  }
}

/** Offer to take back the decision that led here, for as long as that can be done. */
export function offerUndo(): void {
  let kept: Kept | null;
  try {
    kept = JSON.parse(sessionStorage.getItem(KEY) ?? "null") as Kept | null;
    sessionStorage.removeItem(KEY);
  } catch {
    return; /* No storage, nothing to offer. */
  }
  if (kept === null) return;
  const { words, url, until } = kept;
  const seconds = Math.floor((Date.parse(until) - serverNow().getTime()) / 1000);
  if (seconds > 0) toast({ text: words, seconds, undo: () => undoDecision(url) });
}
