/** The review workbench: the page as the server wrote it, with keys, saving as one goes, and decisions that load the next review. */
import { readState } from "./lib/dom";
import { openJournal } from "./lib/journal";
import { startPage } from "./lib/page";
import { type ReviewDraft, draftOf, isSame } from "./reviewing/draft";
import type { ReviewState } from "./reviewing/state";
import { offerUndo } from "./reviewing/undoing";
import { Workbench } from "./reviewing/workbench";

async function start(state: ReviewState): Promise<void> {
  const journal = await openJournal<ReviewDraft>(`review-${state.review_id}`, state.journal_key);
  const kept = await journal.read();
  const workbench = new Workbench(state, journal);
  if (kept === null) return;
  /* What was answered before looking at the reference stands, whatever this device held then. */
  const settle = (draft: ReviewDraft): ReviewDraft => ({ ...draft, own_answer: state.own_answer });
  if (kept.pending === null && isSame(kept.content, draftOf(state))) await journal.forget();
  else workbench.restore({ ...kept, content: settle(kept.content), pending: kept.pending === null ? null : { ...kept.pending, content: settle(kept.pending.content) } });
}

startPage();
offerUndo();
const state = readState<ReviewState>("review-state");
if (state.can_edit) void start(state);
