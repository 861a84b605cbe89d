/** The source of the active step: CodeMirror with coloured formulas, TeX completion, and the keys of writing. */
import { type CompletionContext, type CompletionResult, autocompletion, closeCompletion, completionKeymap, completionStatus } from "@codemirror/autocomplete";
import { history, historyKeymap, standardKeymap } from "@codemirror/commands";
import { EditorState, Prec, RangeSetBuilder } from "@codemirror/state";
import { Decoration, type DecorationSet, EditorView, ViewPlugin, type ViewUpdate, keymap } from "@codemirror/view";
import { pageNonce } from "../lib/dom";
import { mathAt } from "../lib/mathspans";
import { tableFromTabs } from "./pasting";
import { TEX_WORDS } from "./texwords";

export interface SourceOptions {
  readonly label: string;
  readonly text: string;
  readonly cursor: number;
  readonly mostChars: number;
  changed(text: string): void;
  /** Enter on an empty line: the text before it stays, the text after it begins a new step. */
  newStep(at: number): void;
  split(at: number): void;
  merge(): void;
  move(by: number): void;
  leave(): void;
  review(): void;
  save(): void;
  pasteImages(files: readonly File[]): void;
}

const formulaMark = Decoration.mark({ class: "tok" });

function markFormulas(view: EditorView): DecorationSet {
  const builder = new RangeSetBuilder<Decoration>();
  const text = view.state.doc.toString();
  for (let at = 0; at < text.length; at += 1) {
    const sign = text[at];
    if (sign !== "$" && sign !== "\\") continue;
    const span = mathAt(text, at);
    if (span !== null) {
      builder.add(at, span.end, formulaMark);
      at = span.end - 1;
    } else if (sign === "\\" || text[at + 1] === "$") at += 1;
  }
  return builder.finish();
}

const formulas = ViewPlugin.fromClass(class {
  decorations: DecorationSet;
  constructor(view: EditorView) { this.decorations = markFormulas(view); }
  update(update: ViewUpdate): void { if (update.docChanged) this.decorations = markFormulas(update.view); }
}, { decorations: (plugin) => plugin.decorations });

const options = TEX_WORDS.map((word) => ({
  label: word.label,
  apply: (view: EditorView, _completion: unknown, from: number, to: number): void => {
    view.dispatch({ changes: { from, to, insert: word.apply }, selection: { anchor: from + word.cursor }, userEvent: "input.complete" });
  },
}));

function completeTex(context: CompletionContext): CompletionResult | null {
  const before = context.matchBefore(/\\[A-Za-z]*/);
  return before === null ? null : { from: before.from, options, validFor: /^\\[A-Za-z]*$/ };
}

/** The look of every source field, in the page's own values. */
export const look = EditorView.theme({
  "&": { backgroundColor: "transparent", color: "inherit" },
  "&.cm-focused": { outline: "none" },
  ".cm-scroller": { fontFamily: "inherit", lineHeight: "inherit" },
  ".cm-content": { padding: "0", caretColor: "var(--ink)" },
  ".cm-line": { padding: "0" },
  ".cm-cursor": { borderLeft: "2px solid var(--ink)" },
  ".cm-gutters": { backgroundColor: "transparent", border: "0", color: "var(--text-quiet)" },
  ".cm-lineNumbers .cm-gutterElement": { padding: "0 12px 0 16px" },
  ".cm-tooltip": { background: "var(--paper)", border: "1px solid var(--edge)", borderRadius: "5px", color: "var(--text)" },
  ".cm-tooltip.cm-tooltip-autocomplete > ul": { fontFamily: "var(--face-code)", fontSize: "var(--size-small)" },
  ".cm-tooltip-autocomplete ul li[aria-selected]": { background: "var(--ink)", color: "var(--on-ink)" },
});

function enter(view: EditorView, newStep: (at: number) => void): boolean {
  const { main } = view.state.selection;
  const line = view.state.doc.lineAt(main.head);
  if (view.composing || !main.empty || line.text.trim() !== "" || line.number === 1) return false;
  newStep(line.from);
  return true;
}

function keysOf(given: SourceOptions) {
  const at = (act: (place: number) => void) => (view: EditorView): boolean => { act(view.state.selection.main.head); return true; };
  const act = (run: () => void) => (): boolean => { run(); return true; };
  return Prec.high(keymap.of([
    { key: "Enter", run: (view) => completionStatus(view.state) === null && enter(view, given.newStep) },
    { key: "Mod-Shift-Enter", run: at(given.split) },
    { key: "Mod-Enter", run: act(given.review) },
    { key: "Mod-m", run: act(given.merge) },
    { key: "Ctrl-m", run: act(given.merge) },
    { key: "Mod-s", run: act(given.save) },
    { key: "Alt-ArrowUp", run: act(() => given.move(-1)) },
    { key: "Alt-ArrowDown", run: act(() => given.move(1)) },
    { key: "Escape", run: (view) => { if (!closeCompletion(view)) given.leave(); return true; } },
  ]));
}

function pasting(given: SourceOptions) {
  const take = (data: DataTransfer | null, view: EditorView): boolean => {
    const images = [...(data?.files ?? [])].filter((file) => file.type.startsWith("image/"));
    if (images.length > 0 && !data?.types.includes("text/plain")) { given.pasteImages(images); return true; }
    const isTable = /<table[\s>]/i.test(data?.getData("text/html") ?? "");
    const table = isTable ? tableFromTabs(data?.getData("text/plain") ?? "") : null;
    if (table === null) return false;
    view.dispatch(view.state.replaceSelection(`\n\n${table}\n\n`), { userEvent: "input.paste" });
    return true;
  };
  return EditorView.domEventHandlers({
    paste: (event, view) => { const taken = take(event.clipboardData, view); if (taken) event.preventDefault(); return taken; },
    drop: (event, view) => { const taken = take(event.dataTransfer, view); if (taken) event.preventDefault(); return taken; },
  });
}

/** Open the source of a step in `parent`. */
export function openSource(parent: HTMLElement, given: SourceOptions): EditorView {
  const cursor = Math.min(Math.max(given.cursor, 0), given.text.length);
  const state = EditorState.create({
    doc: given.text,
    selection: { anchor: cursor },
    extensions: [
      EditorView.cspNonce.of(pageNonce()),
      keysOf(given),
      history(),
      keymap.of([...completionKeymap, ...historyKeymap, ...standardKeymap]),
      autocompletion({ override: [completeTex], icons: false }),
      EditorView.lineWrapping,
      EditorState.changeFilter.of((change) => change.newDoc.length <= given.mostChars || change.newDoc.length < change.startState.doc.length),
      EditorView.contentAttributes.of({ "aria-label": given.label, spellcheck: "true", autocapitalize: "sentences" }),
      EditorView.updateListener.of((update) => { if (update.docChanged) given.changed(update.state.doc.toString()); }),
      formulas,
      pasting(given),
      look,
    ],
  });
  return new EditorView({ state, parent });
}
