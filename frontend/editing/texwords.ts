/** TeX commands that `\` completes, by how often they are written. */
const WITH_ARGUMENTS: Readonly<Record<string, string>> = {
  frac: "\\frac{}{}", sqrt: "\\sqrt{}", binom: "\\binom{}{}", text: "\\text{}", mathbb: "\\mathbb{}", mathcal: "\\mathcal{}", mathrm: "\\mathrm{}",
  mathbf: "\\mathbf{}", overline: "\\overline{}", underline: "\\underline{}", hat: "\\hat{}", vec: "\\vec{}", tilde: "\\tilde{}", bar: "\\bar{}",
  dot: "\\dot{}", ddot: "\\ddot{}", underbrace: "\\underbrace{}", overbrace: "\\overbrace{}", boxed: "\\boxed{}", operatorname: "\\operatorname{}",
  pmod: "\\pmod{}", "begin{aligned}": "\\begin{aligned}\n\n\\end{aligned}", "begin{cases}": "\\begin{cases}\n\n\\end{cases}",
  "begin{pmatrix}": "\\begin{pmatrix}\n\n\\end{pmatrix}", "begin{bmatrix}": "\\begin{bmatrix}\n\n\\end{bmatrix}",
};
const PLAIN = `le ge ne equiv approx sim cong propto cdot times div pm mp sum prod int oint lim infty partial nabla to mapsto implies iff Rightarrow Leftarrow
leftarrow rightarrow Leftrightarrow in notin subset subseteq supset cup cap setminus emptyset forall exists neg land lor mid nmid parallel perp angle circ deg
alpha beta gamma delta epsilon varepsilon zeta eta theta iota kappa lambda mu nu xi pi rho sigma tau upsilon phi varphi chi psi omega Gamma Delta Theta Lambda Xi
Pi Sigma Phi Psi Omega sin cos tan cot sec arcsin arccos arctan sinh cosh tanh log ln exp max min sup inf gcd det dim ker bmod dots cdots ldots vdots ddots quad
qquad left right lfloor rfloor lceil rceil langle rangle lvert rvert lVert rVert ell hbar Re Im aleph prime star dagger oplus otimes therefore because qed square`;

export interface TexWord {
  readonly label: string;
  readonly apply: string;
  /** Where the cursor goes, counted from the start of what is put in. */
  readonly cursor: number;
}

function cursorOf(apply: string): number {
  const brace = apply.indexOf("{}");
  const line = apply.indexOf("\n\n");
  return brace >= 0 ? brace + 1 : line >= 0 ? line + 1 : apply.length;
}

/** Every command, those with arguments first. */
export const TEX_WORDS: readonly TexWord[] = [
  ...Object.entries(WITH_ARGUMENTS).map(([name, apply]) => ({ label: `\\${name}`, apply, cursor: cursorOf(apply) })),
  ...PLAIN.split(/\s+/).map((name) => ({ label: `\\${name}`, apply: `\\${name}`, cursor: name.length + 1 })),
];
