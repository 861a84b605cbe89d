/** The workspace: the page as the server wrote it, taken over by the editor in the one window that may write. */
import { askTakeOver } from "./editing/compare";
import { type Content, isSame } from "./editing/document";
import type { EditorState } from "./editing/state";
import { WritingRight } from "./editing/windows";
import { Workspace } from "./editing/workspace";
import { api } from "./lib/api";
import { h, readState } from "./lib/dom";
import { glyph } from "./lib/glyphs";
import { openJournal } from "./lib/journal";
import { startPage } from "./lib/page";
import { toast } from "./lib/toast";

function showReading(words: string, takeOver: () => void): void {
  document.querySelector("[data-part=reading]")?.remove();
  document.querySelector("main")?.before(h("div", { class: "notice notice--warn", role: "status", "data-part": "reading" }, glyph("info"),
    h("p", null, h("b", null, words), " You read it here as it was saved last."), h("button", { class: "btn", type: "button", onclick: takeOver }, "Take over here")));
}

async function write(state: EditorState): Promise<Workspace> {
  const journal = await openJournal<Content>(state.submission_id, state.journal_key);
  const kept = await journal.read();
  const workspace = new Workspace(state, journal);
  if (kept === null) return workspace;
  if (kept.pending === null && isSame(kept.content, state.content)) await journal.forget();
  else workspace.restore(kept);
  return workspace;
}

async function start(state: EditorState): Promise<void> {
  let workspace: Workspace | null = null;
  const right = new WritingRight(state.submission_id, {
    giveUp: async () => { await workspace?.giveUp(); },
    lost: () => {
      workspace?.close();
      showReading("Another window of yours writes here now.", () => { void right.takeOver().then(() => location.reload()); });
    },
  });
  const takeOver = async (): Promise<void> => {
    await right.takeOver();
    document.querySelector("[data-part=reading]")?.remove();
    workspace = await write((await api.get<EditorState>(state.urls.work)).data);
  };
  const tryTakeOver = (): void => { void takeOver().catch(() => toast({ text: "It could not be taken over. Reload the page.", seconds: 8 })); };
  if (await right.claim()) workspace = await write(state);
  else if ((await askTakeOver()) === "take") tryTakeOver();
  else showReading("This work is open in another window.", tryTakeOver);
}

startPage();
const state = document.querySelector('[data-instrument="editor"]') === null ? null : readState<EditorState>("editor-state");
if (state?.can_edit === true) void start(state);
