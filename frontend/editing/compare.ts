/** Two texts of one piece of work side by side in words, and the choice between them; both stay on the server. */
import { diffWords } from "../lib/diff";
import { openDialog } from "../lib/dialog";
import { h } from "../lib/dom";
import { type Content, asText } from "./document";

export type Choice = "mine" | "theirs";

function compared(theirs: Content, mine: Content): HTMLElement {
  const pieces = diffWords(asText(theirs), asText(mine)).map(({ kind, text }) => (kind === "added" ? h("ins", null, text) : kind === "removed" ? h("del", null, text) : text));
  return h("div", { class: "compared text", tabindex: 0, role: "region", "aria-label": "Difference" }, pieces);
}

/** Show both texts and ask which one goes on; null when the person wants to think about it. */
export async function askWhich(mine: Content, theirs: Content, sentence: string, theirN: number): Promise<Choice | null> {
  const dialog = openDialog<Choice>({
    title: "Two texts of this work",
    sentence: `${sentence} Underlined is only here, struck is only in save ${theirN}. Whichever goes on, the other one stays under Versions.`,
    className: "dialog--wide",
    body: [
      compared(theirs, mine),
      h("div", { class: "row row--tight" },
        h("button", { class: "btn btn--primary", type: "button", autofocus: true, onclick: () => dialog.close("mine") }, "Go on with what is here"),
        h("button", { class: "btn", type: "button", onclick: () => dialog.close("theirs") }, `Take save ${theirN}`),
        h("button", { class: "btn btn--bare", type: "button", onclick: () => dialog.close(null) }, "Later ", h("kbd", null, "Esc"))),
    ],
  });
  return dialog.closed;
}

/** Ask what a second window should do; null means to read only. */
export async function askTakeOver(): Promise<"take" | null> {
  const dialog = openDialog<"take">({
    title: "This work is open in another window",
    sentence: "Only one window writes, so that nothing is overwritten. The other one saves first and then only reads.",
    body: h("div", { class: "row row--tight" },
      h("button", { class: "btn btn--primary", type: "button", onclick: () => dialog.close("take") }, "Take over here"),
      h("button", { class: "btn", type: "button", autofocus: true, onclick: () => dialog.close(null) }, "Read only ", h("kbd", null, "Esc"))),
  });
  return dialog.closed;
}
