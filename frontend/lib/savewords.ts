/** The words of the bar for each state of saving; they never say more than the server has acknowledged. Pure. */
import { ago } from "./time";
import type { SaveState } from "./saving";

export interface SaveWords {
  readonly state: "saved" | "saving" | "local" | "conflict";
  readonly glyph: string;
  readonly words: string;
  /** Left out where there is little room. */
  readonly more: string;
  /** The longer sentence, for whoever asks. */
  readonly title: string;
}

/** Say how it stands with what was written. */
export function sayState(state: SaveState<unknown>, now: Date): SaveWords {
  switch (state.kind) {
    case "saved":
      if (state.n === 0) return { state: "saved", glyph: "draft", words: "Nothing written yet", more: "", title: "" };
      return { state: "saved", glyph: "check", words: "Saved", more: `${state.savedAt === null ? "" : ` ${ago(state.savedAt, now)}`} · r${state.n}`, title: "" };
    case "changed": return { state: "saving", glyph: "edit", words: "Not yet saved", more: "", title: "It is sent when you pause." };
    case "saving": return { state: "saving", glyph: "spin", words: "Saving…", more: "", title: "" };
    case "local": {
      const words = state.kept ? "Not saved – kept on this device" : "Not saved – only in this window";
      return { state: "local", glyph: "offline", words, more: "", title: state.sentence };
    }
    case "conflict": return { state: "conflict", glyph: "warning", words: "Conflict – compare", more: "", title: state.sentence };
    case "closed": return { state: "conflict", glyph: "stop", words: CLOSED[state.code] ?? "Not saved – work ended", more: "", title: state.sentence };
  }
}

const CLOSED: Readonly<Record<string, string>> = {
  lease_lost: "Not saved – lease lost",
  already_submitted: "Not saved – handed in already",
};
