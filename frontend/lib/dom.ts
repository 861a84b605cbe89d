/** Build elements without ever parsing text as markup. */

export type Child = Node | string | number | null | undefined | false | readonly Child[];
export type Attr = string | number | boolean | null | undefined | ((event: Event) => void);
export type Attrs = Record<string, Attr>;

const SVG = "http://www.w3.org/2000/svg";

function setAttribute(element: Element, name: string, value: Attr): void {
  if (value === null || value === undefined || value === false) return;
  if (typeof value === "function") {
    if (!name.startsWith("on")) throw new TypeError(`A listener needs a name like onclick, not ${name}.`);
    element.addEventListener(name.slice(2), value);
    return;
  }
  if (name === "style" || name.startsWith("on")) throw new TypeError(`The attribute ${name} is refused by the security policy.`);
  element.setAttribute(name, value === true ? "" : String(value));
}

function append(parent: Node, children: readonly Child[]): void {
  for (const child of children) {
    if (child === null || child === undefined || child === false) continue;
    if (Array.isArray(child)) append(parent, child as readonly Child[]);
    else if (child instanceof Node) parent.appendChild(child);
    else parent.appendChild(document.createTextNode(String(child)));
  }
}

/** Make an HTML element; `onclick: listener` listens, `true` writes an empty attribute, null and false write none. */
export function h<K extends keyof HTMLElementTagNameMap>(tag: K, attrs?: Attrs | null, ...children: Child[]): HTMLElementTagNameMap[K] {
  const element = document.createElement(tag);
  for (const [name, value] of Object.entries(attrs ?? {})) setAttribute(element, name, value);
  append(element, children);
  return element;
}

/** Make an SVG element. */
export function s(tag: string, attrs?: Attrs | null, ...children: Child[]): SVGElement {
  const element = document.createElementNS(SVG, tag);
  for (const [name, value] of Object.entries(attrs ?? {})) setAttribute(element, name, value);
  append(element, children);
  return element;
}

/** Replace what an element holds. */
export function fill(element: Element, ...children: Child[]): void {
  const fragment = document.createDocumentFragment();
  append(fragment, children);
  element.replaceChildren(fragment);
}

/** Read the JSON that the page carries for an instrument; throws when the page does not carry it. */
export function readState<T>(id: string): T {
  const element = document.getElementById(id);
  if (element === null) throw new Error(`The page carries no data named ${id}.`);
  return JSON.parse(element.textContent ?? "null") as T;
}

/** Read a `<meta>` value, or an empty string. */
export function meta(name: string): string {
  return document.querySelector<HTMLMetaElement>(`meta[name="${name}"]`)?.content ?? "";
}

/** The nonce of this page, for libraries that make their own style element (`EditorView.cspNonce.of(pageNonce())`). */
export function pageNonce(): string {
  return document.querySelector<HTMLScriptElement>("script[nonce]")?.nonce ?? "";
}
