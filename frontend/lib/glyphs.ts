/** The glyphs of templates/components/icons.html for parts that the browser builds; a test keeps the two tables equal. */
import { s } from "./dom";

/* Shapes on a 16 px grid, separated by "|": a path, "fill" + path, "circle", "dot" (filled), "faint" (a ring at 28 %), "rect x y w h r". */
export const GLYPHS: Readonly<Record<string, string>> = {
  /* glyphs:start */
  "understand": "circle 8 8 5.2|dot 8 8 1.4",
  "plan": "M4 13V3.2h7.5L9.8 6l1.7 2.8H4",
  "assumption": "dot 4.4 5 1.5|dot 11.6 5 1.5|dot 8 11.2 1.5",
  "work": "dot 8 8 3",
  "insight": "fill M8 2.2 9.5 6.5 13.8 8 9.5 9.5 8 13.8 6.5 9.5 2.2 8 6.5 6.5Z",
  "check": "m3.4 8.6 3 3 6.2-7",
  "dead_end": "m4 4 8 8M12 4l-8 8",
  "backtrack": "M6.5 4 3 7.5 6.5 11M3.4 7.5H10a3 3 0 0 1 3 3v1.6",
  "correction": "m3.5 12.5.6-2.6 6.6-6.6 2 2-6.6 6.6Z",
  "conclusion": "fill M4.6 3.4h6.8v9.2H4.6Z",
  "folded": "dot 8 3.5 1.3|dot 8 8 1.3|dot 8 12.5 1.3",
  "draft": "circle 8 8 4.4",
  "ready": "circle 8 8 4.6|fill M8 3.4a4.6 4.6 0 0 1 0 9.2Z",
  "open": "dot 8 8 4",
  "filled": "m3.4 8.6 3 3 6.2-7",
  "halted": "M5.5 4v8M10.5 4v8",
  "broken": "m4 4 8 8M12 4l-8 8",
  "returned": "M6.5 4 3 7.5 6.5 11M3.4 7.5H10a3 3 0 0 1 3 3v1.6",
  "lock": "rect 3.8 7.2 8.4 6 1|M5.6 7.2V5.4a2.4 2.4 0 0 1 4.8 0v1.8",
  "none": "M4 8h8",
  "warning": "M8 3 14 13H2Z|M8 7v2.6M8 11.2v.1",
  "stop": "circle 8 8 5.8|M8 5v3.6M8 10.8v.1",
  "info": "circle 8 8 5.8|M8 7.4v3.6M8 5.1v.1",
  "help": "circle 8 8 5.8|M6.4 6.4a1.7 1.7 0 1 1 2.5 1.5c-.6.3-.9.7-.9 1.3M8 11.2v.1",
  "clock": "circle 8 8 5.8|M8 4.8V8l2.2 1.6",
  "lease": "faint 8 8 5.6|M8 2.4a5.6 5.6 0 1 1-5.1 3.3",
  "spin": "faint 8 8 5.6|M8 2.4A5.6 5.6 0 0 1 13.6 8",
  "offline": "M3 3l10 10M6.2 5A4 4 0 0 1 11.4 8a2.3 2.3 0 0 1 1.7 3.6M10.6 12H5a2.8 2.8 0 0 1-.9-5.4",
  "pause": "M5.5 4v8M10.5 4v8",
  "run": "fill M5 3.4 12.6 8 5 12.6Z",
  "search": "circle 7 7 4.2|m10.2 10.2 3.2 3.2",
  "download": "M8 2.8v7.4M4.8 7.4 8 10.6l3.2-3.2M3 13.2h10",
  "upload": "M8 10.6V3.2M4.8 6 8 2.8 11.2 6M3 13.2h10",
  "down": "m4.5 6.5 3.5 3.5 3.5-3.5",
  "up": "m4.5 9.5 3.5-3.5 3.5 3.5",
  "left": "M9.5 4.5 6 8l3.5 3.5",
  "right": "M6.5 4.5 10 8l-3.5 3.5",
  "close": "m4 4 8 8M12 4l-8 8",
  "plus": "M8 3.5v9M3.5 8h9",
  "menu": "M3 4.5h10M3 8h10M3 11.5h10",
  "more": "dot 3.5 8 1.3|dot 8 8 1.3|dot 12.5 8 1.3",
  "edit": "m3.5 12.5.6-2.6 6.6-6.6 2 2-6.6 6.6Z",
  "copy": "rect 5.6 5.6 7.4 7.4 1|M10.4 5.4V4a1 1 0 0 0-1-1H4a1 1 0 0 0-1 1v5.4a1 1 0 0 0 1 1h1.4",
  "link": "M7 9a2.6 2.6 0 0 0 3.7 0l2-2A2.6 2.6 0 0 0 9 3.3l-.7.7M9 7a2.6 2.6 0 0 0-3.7 0l-2 2A2.6 2.6 0 0 0 7 12.7l.7-.7",
  "file": "M9.2 2.6H4.4a.8.8 0 0 0-.8.8v9.2a.8.8 0 0 0 .8.8h7.2a.8.8 0 0 0 .8-.8V5.8ZM9.2 2.6v3.2h3.2",
  "person": "circle 8 5.4 2.6|M3 13.4c.6-2.8 2.5-4.2 5-4.2s4.4 1.4 5 4.2",
  "comment": "M3 3.6h10v7.2H7.4L4.6 13v-2.2H3Z",
  "sun": "circle 8 8 2.8|M8 1.8v1.4M8 12.8v1.4M1.8 8h1.4M12.8 8h1.4M3.6 3.6l1 1M11.4 11.4l1 1M3.6 12.4l1-1M11.4 4.6l1-1",
  "moon": "M12.9 9.7A5.4 5.4 0 1 1 6.3 3.1a4.3 4.3 0 0 0 6.6 6.6Z",
  "eye": "M1.8 8C3.2 5.3 5.4 4 8 4s4.8 1.3 6.2 4c-1.4 2.7-3.6 4-6.2 4S3.2 10.7 1.8 8Z|circle 8 8 1.9",
  "bell": "M4.2 11V7.2a3.8 3.8 0 0 1 7.6 0V11l1 1.2H3.2ZM6.8 14h2.4",
  "out": "M6.5 3H3.6a.6.6 0 0 0-.6.6v8.8a.6.6 0 0 0 .6.6h2.9M7 8h6.2M10.7 5.3 13.4 8l-2.7 2.7",
  "undo": "M6 3.5 3 6.5l3 3M3.4 6.5h6.1a3.3 3.3 0 0 1 0 6.6H6.5",
  /* glyphs:end */
};

/* Faces of a verdict, on a 20 px grid. */
export const FACES: Readonly<Record<string, string>> = {
  /* faces:start */
  "good": "circle 10 10 7.6|M6.8 11.8c.8 1.5 2 2.2 3.2 2.2s2.4-.7 3.2-2.2M7.6 7.7v.6M12.4 7.7v.6",
  "neutral": "circle 10 10 7.6|M7 12.6h6M7.6 7.7v.6M12.4 7.7v.6",
  "bad": "circle 10 10 7.6|M6.8 13.8c.8-1.5 2-2.2 3.2-2.2s2.4.7 3.2 2.2M7.6 7.7v.6M12.4 7.7v.6",
  "unsure": "circle 10 10 7.6|M7.9 8a2.1 2.1 0 1 1 3.1 1.9c-.7.4-1 .8-1 1.6M10 13.8v.1",
  /* faces:end */
};

function drawShape(shape: string): SVGElement {
  const [kind = "", a = "", b = "", c = "", d = "", e = ""] = shape.split(" ");
  switch (kind) {
    case "circle": return s("circle", { cx: a, cy: b, r: c });
    case "dot": return s("circle", { cx: a, cy: b, r: c, fill: "currentColor", stroke: "none" });
    case "faint": return s("circle", { cx: a, cy: b, r: c, "stroke-opacity": ".28" });
    case "rect": return s("rect", { x: a, y: b, width: c, height: d, rx: e });
    case "fill": return s("path", { d: shape.slice(5), fill: "currentColor", stroke: "none" });
    default: return s("path", { d: shape });
  }
}

function draw(shapes: string | undefined, name: string, size: number, className: string, label?: string): SVGElement {
  if (shapes === undefined) throw new RangeError(`There is no glyph named ${name}.`);
  const named = label === undefined ? { "aria-hidden": "true" } : { role: "img", "aria-label": label };
  return s("svg", { class: className, viewBox: `0 0 ${size} ${size}`, ...named }, shapes.split("|").map(drawShape));
}

/** Draw a glyph; without a label it is decoration. Throws RangeError for an unknown name. */
export function glyph(name: string, label?: string, className = "ico"): SVGElement {
  return draw(GLYPHS[name], name, 16, className, label);
}

/** Draw the face of a verdict: good, neutral, bad or unsure. */
export function face(name: string, label?: string, className = ""): SVGElement {
  return draw(FACES[name], name, 20, className, label);
}
