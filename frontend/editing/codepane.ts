/** The program of a program task: its language and its source; a language's grammar is loaded when it is chosen. */
import { defaultKeymap, history, historyKeymap, indentWithTab } from "@codemirror/commands";
import { HighlightStyle, bracketMatching, indentOnInput, indentUnit, syntaxHighlighting } from "@codemirror/language";
import { Compartment, EditorState, type Extension, Prec } from "@codemirror/state";
import { EditorView, keymap, lineNumbers } from "@codemirror/view";
import { tags } from "@lezer/highlight";
import { fill, h, pageNonce } from "../lib/dom";
import type { Content, Program } from "./document";
import { countLines, fileOf } from "./runs";
import { look } from "./sourcefield";

type Languages = readonly (readonly [string, string])[];

export interface CodeOptions {
  /** all languages that the work may be written in */
  readonly languages: Languages;
  readonly mostChars: number;
  content(): Content;
  change(content: Content): void;
  review(): void;
  run(): void;
  test(): void;
}

const colours = HighlightStyle.define([
  { tag: tags.keyword, color: "var(--ink)", fontWeight: "600" },
  { tag: tags.string, color: "var(--moss)" },
  { tag: tags.comment, color: "var(--text-quiet)", fontStyle: "italic" },
  { tag: tags.number, color: "var(--ochre)" },
]);

async function grammarOf(language: string): Promise<Extension> {
  if (/^py/.test(language)) return (await import("@codemirror/lang-python")).python();
  if (/^(c|cpp|c\+\+)$|^cpp/.test(language)) return (await import("@codemirror/lang-cpp")).cpp();
  if (/^(js|javascript|ts|typescript)/.test(language)) return (await import("@codemirror/lang-javascript")).javascript();
  return [];
}

/** The source of the program. */
export class CodePane {
  readonly view: EditorView;
  readonly #grammar = new Compartment();
  readonly #access = new Compartment();
  readonly #select = h("select", { class: "select select--small", "aria-label": "Language", onchange: () => this.#chooseLanguage() });
  readonly #facts: HTMLElement | null;
  #offered: Languages = [];

  constructor(place: HTMLElement, bar: HTMLElement, private readonly given: CodeOptions) {
    fill(place);
    place.removeAttribute("tabindex");
    this.view = new EditorView({ parent: place, state: this.#stateOf(given.content().program?.source ?? "") });
    this.#facts = bar.querySelector<HTMLElement>("[data-part=facts]");
    bar.querySelector("h2")?.after(this.#select);
    this.offer([]);
    void this.#loadGrammar();
  }

  /** The program as it stands here. */
  get program(): Program {
    return { language: this.#select.value, source: this.view.state.doc.toString() };
  }

  /** Offer only the languages that are run; all of them while none is. The one of the draft stays whatever is offered. */
  offer(run: Languages): void {
    this.#offered = run.length > 0 ? run : this.given.languages;
    const own = this.given.content().program?.language ?? this.#offered[0]?.[0] ?? "";
    const name = this.given.languages.find(([key]) => key === own)?.[1] ?? own;
    const others = this.#isOffered(own) || own === "" ? [] : [h("option", { value: own }, `${name} (not run here)`)];
    fill(this.#select, this.#offered.map(([key, words]) => h("option", { value: key }, words)), others);
    this.#select.value = own;
    this.#drawFacts();
  }

  /** The name of the chosen language when it is not among those that are run, else null. */
  get notRun(): string | null {
    const { value } = this.#select;
    return this.#isOffered(value) ? null : (this.given.languages.find(([key]) => key === value)?.[1] ?? value);
  }

  /** Put the cursor into a line, counted from 1 as compilers do. */
  jump(line: number, column: number): void {
    const { doc } = this.view.state;
    const at = doc.line(Math.min(Math.max(line, 1), doc.lines));
    const anchor = Math.min(at.from + Math.max(column - 1, 0), at.to);
    this.view.dispatch({ selection: { anchor }, effects: EditorView.scrollIntoView(anchor, { y: "center" }) });
    this.view.focus();
  }

  /** Show the document's program when it was replaced from outside. */
  draw(): void {
    const source = this.given.content().program?.source ?? "";
    const now = this.view.state.doc;
    if (now.toString() !== source) this.view.dispatch({ changes: { from: 0, to: now.length, insert: source } });
    const language = this.given.content().program?.language;
    if (language !== undefined && language !== this.#select.value) { this.offer(this.#offered); void this.#loadGrammar(); }
  }

  close(): void {
    this.view.dispatch({ effects: this.#access.reconfigure(EditorState.readOnly.of(true)) });
    this.#select.disabled = true;
  }

  #isOffered(language: string): boolean {
    return this.#offered.some(([key]) => key === language);
  }

  #drawFacts(): void {
    const lines = countLines(this.view.state.doc.toString());
    if (this.#facts !== null) fill(this.#facts, `${fileOf(this.#select.value)} · ${lines} ${lines === 1 ? "line" : "lines"}`);
  }

  #keys(): Extension {
    const act = (run: () => void) => (): boolean => { run(); return true; };
    const leave = (view: EditorView): boolean => { view.contentDOM.blur(); return true; };
    return Prec.high(keymap.of([
      { key: "Mod-Enter", run: act(() => this.given.review()) },
      { key: "Shift-Enter", run: act(() => this.given.run()) },
      { key: "Alt-Enter", run: act(() => this.given.test()) },
      { key: "Escape", run: leave },
    ]));
  }

  #stateOf(doc: string): EditorState {
    return EditorState.create({ doc, extensions: [
      EditorView.cspNonce.of(pageNonce()), this.#keys(),
      history(), lineNumbers(), bracketMatching(), indentOnInput(), indentUnit.of("    "), syntaxHighlighting(colours),
      keymap.of([...historyKeymap, ...defaultKeymap, indentWithTab]),
      EditorState.changeFilter.of((change) => change.newDoc.length <= this.given.mostChars || change.newDoc.length < change.startState.doc.length),
      EditorView.contentAttributes.of({ "aria-label": "Source of the program. Escape leaves it.", spellcheck: "false", tabindex: "0" }),
      EditorView.updateListener.of((update) => { if (update.docChanged) this.#write(); }),
      this.#grammar.of([]), this.#access.of([]), look,
    ] });
  }

  #write(): void {
    const content = this.given.content();
    const { source } = this.program;
    if (source !== (content.program?.source ?? "")) this.given.change({ ...content, program: this.program });
    this.#drawFacts();
  }

  #chooseLanguage(): void {
    const content = this.given.content();
    this.given.change({ ...content, program: { language: this.#select.value, source: content.program?.source ?? "" } });
    this.#drawFacts();
    void this.#loadGrammar();
  }

  async #loadGrammar(): Promise<void> {
    try {
      const grammar = await grammarOf(this.#select.value);
      this.view.dispatch({ effects: this.#grammar.reconfigure(grammar) });
    } catch {
      /* Without its grammar the source is plain; it is written and saved all the same. */
    }
  }
}
