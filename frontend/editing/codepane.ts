/** The program of a program task: its language and its source; a language's grammar is loaded when it is chosen. */
import { defaultKeymap, history, historyKeymap, indentWithTab } from "@codemirror/commands";
import { HighlightStyle, bracketMatching, indentOnInput, indentUnit, syntaxHighlighting } from "@codemirror/language";
import { Compartment, EditorState, type Extension, Prec } from "@codemirror/state";
import { EditorView, keymap, lineNumbers } from "@codemirror/view";
import { tags } from "@lezer/highlight";
import { fill, h, pageNonce } from "../lib/dom";
import type { Content } from "./document";
import { look } from "./sourcefield";

export interface CodeOptions {
  readonly languages: readonly (readonly [string, string])[];
  readonly mostChars: number;
  content(): Content;
  change(content: Content): void;
  review(): void;
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
  readonly #select: HTMLSelectElement;

  constructor(place: HTMLElement, bar: HTMLElement | null, private readonly given: CodeOptions) {
    const program = given.content().program;
    fill(place);
    place.removeAttribute("tabindex");
    this.view = new EditorView({ parent: place, state: this.#stateOf(program?.source ?? "") });
    this.#select = h("select", { class: "select select--small", "aria-label": "Language", onchange: () => this.#chooseLanguage() },
      given.languages.map(([key, name]) => h("option", { value: key }, name)));
    this.#select.value = program?.language ?? given.languages[0]?.[0] ?? "";
    bar?.querySelector(".hint")?.remove();
    bar?.append(this.#select);
    void this.#loadGrammar();
  }

  /** Show the document's program when it was replaced from outside. */
  draw(): void {
    const source = this.given.content().program?.source ?? "";
    const now = this.view.state.doc;
    if (now.toString() !== source) this.view.dispatch({ changes: { from: 0, to: now.length, insert: source } });
  }

  close(): void {
    this.view.dispatch({ effects: this.#access.reconfigure(EditorState.readOnly.of(true)) });
    this.#select.disabled = true;
  }

  #stateOf(doc: string): EditorState {
    const leave = (view: EditorView): boolean => { view.contentDOM.blur(); return true; };
    return EditorState.create({ doc, extensions: [
      EditorView.cspNonce.of(pageNonce()),
      Prec.high(keymap.of([{ key: "Mod-Enter", run: () => { this.given.review(); return true; } }, { key: "Escape", run: leave }])),
      history(), lineNumbers(), bracketMatching(), indentOnInput(), indentUnit.of("    "), syntaxHighlighting(colours),
      keymap.of([...historyKeymap, ...defaultKeymap, indentWithTab]),
      EditorState.changeFilter.of((change) => change.newDoc.length <= this.given.mostChars || change.newDoc.length < change.startState.doc.length),
      EditorView.contentAttributes.of({ "aria-label": "Source of the program. Escape leaves it.", spellcheck: "false" }),
      EditorView.updateListener.of((update) => { if (update.docChanged) this.#write(); }),
      this.#grammar.of([]), this.#access.of([]), look,
    ] });
  }

  #write(): void {
    const content = this.given.content();
    const source = this.view.state.doc.toString();
    if (source !== (content.program?.source ?? "")) this.given.change({ ...content, program: { language: this.#select.value, source } });
  }

  #chooseLanguage(): void {
    const content = this.given.content();
    this.given.change({ ...content, program: { language: this.#select.value, source: content.program?.source ?? "" } });
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
