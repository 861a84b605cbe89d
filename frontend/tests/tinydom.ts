/** Just enough of a document for tests of code that builds elements; it can only build, never parse. */

class TinyNode {
  childNodes: TinyNode[] = [];
  appendChild<T extends TinyNode>(child: T): T {
    this.childNodes.push(...(child instanceof TinyFragment ? child.childNodes : [child]));
    return child;
  }
  append(...children: (TinyNode | string)[]): void {
    for (const child of children) this.appendChild(typeof child === "string" ? new TinyText(child) : child);
  }
}

class TinyFragment extends TinyNode {}

class TinyText extends TinyNode {
  constructor(readonly data: string) {
    super();
  }
}

class TinyElement extends TinyNode {
  readonly attributes = new Map<string, string>();
  readonly classList = { add: (name: string): void => { this.setAttribute("class", `${this.attributes.get("class") ?? ""} ${name}`.trim()); } };
  constructor(readonly tag: string) {
    super();
  }
  setAttribute(name: string, value: string): void {
    this.attributes.set(name, value);
  }
}

/** Install the document for one test file. */
export function installTinyDom(): void {
  Object.assign(globalThis, {
    Node: TinyNode,
    document: {
      createElement: (tag: string) => new TinyElement(tag),
      createTextNode: (data: string) => new TinyText(data),
      createDocumentFragment: () => new TinyFragment(),
    },
  });
}

function escape(text: string): string {
  return text.replace(/&/g, "&amp;").replace(/</g, "&lt;").replace(/"/g, "&quot;");
}

/** Write a built tree as HTML, to compare with. */
export function serialize(node: unknown): string {
  const inner = (node as TinyNode).childNodes.map(serialize).join("");
  if (node instanceof TinyText) return escape(node.data);
  if (!(node instanceof TinyElement)) return inner;
  const attributes = [...node.attributes].map(([name, value]) => ` ${name}="${escape(value)}"`).join("");
  return ["br", "hr", "img"].includes(node.tag) ? `<${node.tag}${attributes}>` : `<${node.tag}${attributes}>${inner}</${node.tag}>`;
}
