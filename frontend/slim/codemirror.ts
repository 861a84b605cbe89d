/** CodeMirror as one file: what the source of a step and of a program, and the grammars they load, share (see build.mjs). */
export * from "@codemirror/autocomplete";
export * from "@codemirror/commands";
export * from "@codemirror/language";
export * from "@codemirror/state";
export * from "@codemirror/view";
export * from "@lezer/common";
export * from "@lezer/highlight";
