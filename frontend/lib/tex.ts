/** Set formulas with KaTeX inside the limits of texlimits.ts; what does not set is shown as its source, with the reason. */
import { KEEP_CHARS, TexBudget, explainTexError } from "./texlimits";

type Katex = typeof import("katex").default;

let loading: Promise<Katex> | null = null;
let katex: Katex | null = null;
let widths: ResizeObserver | null = null;

/** Load KaTeX once. */
export async function loadKatex(): Promise<Katex> {
  loading ??= import("katex").then((module) => module.default).catch((error: unknown) => { loading = null; throw error; });
  katex = await loading;
  return katex;
}

function showRefused(element: HTMLElement, source: string, reason: string): void {
  const code = document.createElement("code");
  code.textContent = source;
  element.replaceChildren(code);
  element.classList.add("texerr");
  element.title = reason;
}

/* A short formula and the comma after it stay on one line. */
function keepTogether(element: HTMLElement): void {
  element.classList.add("keep");
  const next = element.nextSibling;
  const sign = next instanceof Text ? /^[,.;:!?)\]’”。，；：！？]+/u.exec(next.data)?.[0] : undefined;
  if (sign === undefined || !(next instanceof Text) || element.parentElement?.classList.contains("keep") === true) return;
  const together = document.createElement("span");
  together.className = "keep";
  element.before(together);
  next.data = next.data.slice(sign.length);
  together.append(element, sign);
}

/* A formula that is wider than its place can be scrolled by keys, as soon and as long as it is. */
function followWidths(formulas: readonly HTMLElement[]): void {
  const boxes = formulas.flatMap((formula) => [...formula.querySelectorAll<HTMLElement>(".katex-display")]);
  if (boxes.length === 0) return;
  widths ??= new ResizeObserver((entries) => {
    for (const { target } of entries) {
      if (target.scrollWidth > target.clientWidth) target.setAttribute("tabindex", "0");
      else target.removeAttribute("tabindex");
    }
  });
  for (const box of boxes) widths.observe(box);
}

/** Set one formula with a loaded KaTeX; returns the reason when it is shown as source, else null. */
export function setFormula(setter: Katex, element: HTMLElement, budget: TexBudget): string | null {
  const source = element.dataset["tex"] ?? element.textContent ?? "";
  const displayMode = element.classList.contains("tex--display");
  element.dataset["tex"] = source;
  const refusal = budget.take(source);
  if (refusal !== null) {
    showRefused(element, source, refusal);
    return refusal;
  }
  try {
    setter.render(source, element, { displayMode, throwOnError: true, trust: false, strict: "ignore", maxExpand: 1000, maxSize: 20, macros: {}, output: "htmlAndMathml" });
  } catch (error) {
    const reason = explainTexError(error);
    showRefused(element, source, reason);
    return reason;
  }
  element.classList.remove("texerr");
  if (!displayMode && source.length <= KEEP_CHARS) keepTogether(element);
  return null;
}

export interface TexReport {
  readonly set: number;
  readonly refused: readonly { readonly source: string; readonly reason: string }[];
}

function documentOf(element: Element, root: Node): Node {
  return element.closest(".prose, .text") ?? root;
}

/** Set every formula under `root` that is not yet set; KaTeX is loaded only when there is one. */
export async function setAllTex(root: ParentNode & Node = document): Promise<TexReport> {
  const found = [...root.querySelectorAll<HTMLElement>(".tex:not([data-tex])")];
  if (root instanceof HTMLElement && root.matches(".tex:not([data-tex])")) found.push(root);
  if (found.length === 0) return { set: 0, refused: [] };
  const setter = katex ?? (await loadKatex());
  const budgets = new Map<Node, TexBudget>();
  const refused: { source: string; reason: string }[] = [];
  for (const element of found) {
    if (element.dataset["tex"] !== undefined) continue;
    const owner = documentOf(element, root);
    const budget = budgets.get(owner) ?? new TexBudget();
    budgets.set(owner, budget);
    const reason = setFormula(setter, element, budget);
    if (reason !== null) refused.push({ source: element.dataset["tex"] ?? "", reason });
  }
  followWidths(found);
  return { set: found.length - refused.length, refused };
}
