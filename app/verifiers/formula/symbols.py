"""The signs, words and commands that formulas are written with."""


def words(text: str) -> frozenset[str]:
    """Make the set of the words of a text."""
    return frozenset(text.split())


FUNCTIONS = words(
    "sin cos tan cot sec csc arcsin arccos arctan arccot sinh cosh tanh coth arsinh arcosh artanh "
    "exp ln log lg lb abs floor ceil sgn zeta gamma cbrt sqrt gcd lcm max min binomial det re im conj"
)
SAME_FUNCTIONS = {
    "asin": "arcsin", "acos": "arccos", "atan": "arctan", "acot": "arccot", "arcsinh": "arsinh", "asinh": "arsinh",
    "arccosh": "arcosh", "acosh": "arcosh", "arctanh": "artanh", "atanh": "artanh", "tg": "tan", "ctg": "cot",
    "cosec": "csc", "arctg": "arctan", "sh": "sinh", "ch": "cosh", "th": "tanh", "sign": "sgn", "Gamma": "gamma",
    "Re": "re", "Im": "im", "ceiling": "ceil", "log2": "lb", "log10": "lg", "binom": "binomial", "choose": "binomial",
    "factorial": "factorial", "root": "root",
}  # fmt: skip
GREEK = words(
    "alpha beta gamma delta epsilon zeta eta theta iota kappa lambda mu nu xi omicron pi rho sigma tau upsilon phi "
    "chi psi omega Gamma Delta Theta Lambda Xi Pi Sigma Upsilon Phi Psi Omega varepsilon vartheta varphi varrho "
    "varsigma ell hbar"
)
SAME_LETTERS = {"varepsilon": "epsilon", "vartheta": "theta", "varphi": "phi", "varrho": "rho", "varsigma": "sigma"}

SUPERSCRIPTS = str.maketrans("⁰¹²³⁴⁵⁶⁷⁸⁹⁺⁻⁼⁽⁾ⁿⁱˣ", "0123456789+-=()nix")
SUBSCRIPTS = str.maketrans("₀₁₂₃₄₅₆₇₈₉₊₋ₐₑₒₓₙₘₖᵢⱼ", "0123456789+-aeoxnmkij")
SIGNS = {
    "−": "-", "–": "-", "—": "-", "‐": "-", "‑": "-", "×": "*", "·": "*", "⋅": "*", "∙": "*", "•": "*",
    "∗": "*", "÷": "/",
    "⁄": "/", "∕": "/", "≤": "<=", "≦": "<=", "⩽": "<=", "≥": ">=", "≧": ">=", "⩾": ">=", "≠": "!=", "±": "\\pm ",
    "∓": "\\mp ", "√": "\\sqrt ", "∛": "\\cbrt ", "∞": "\\infty ", "∪": "\\cup ", "∩": "\\cap ", "∖": "\\setminus ",
    "∈": "\\in ", "∅": "\\emptyset ", "⌀": "\\emptyset ", "ℝ": "\\reals ", "°": "\\degree ", "º": "\\degree ", "′": "'",
    "≡": "\\equiv ", "⌊": "\\lfloor ", "⌋": "\\rfloor ", "⌈": "\\lceil ", "⌉": "\\rceil ",
    "，": ",", "；": ";", "、": ",", "（": "(", "）": ")", "：": ":", "。": ".", "∣": "|", "‖": "|", "％": "%",
    "ℓ": "\\ell ",
    "∧": "\\land ", "∨": "\\lor ", "≈": "\\approx ", "∼": "\\approx ", "ⅈ": "i", "ⅇ": "e",
    "〈": "(", "〉": ")", "⟨": "(", "⟩": ")",
}  # fmt: skip
GREEK_LETTERS = {
    "α": "alpha", "β": "beta", "γ": "gamma", "δ": "delta", "ε": "epsilon", "ζ": "zeta", "η": "eta", "θ": "theta",
    "ι": "iota", "κ": "kappa", "λ": "lambda", "μ": "mu", "µ": "mu", "ν": "nu", "ξ": "xi", "π": "pi", "ρ": "rho",
    "σ": "sigma", "τ": "tau", "υ": "upsilon", "φ": "phi", "ϕ": "phi", "χ": "chi", "ψ": "psi", "ω": "omega",
    "ς": "sigma",
    "Γ": "Gamma", "Δ": "Delta", "Θ": "Theta", "Λ": "Lambda", "Ξ": "Xi", "Π": "Pi", "Σ": "Sigma", "Φ": "Phi", "Ψ": "Psi",
    "Ω": "Omega",
}  # fmt: skip

LAYOUT = words(
    "left right middle big Big bigg Bigg bigl bigr Bigl Bigr biggl biggr Biggl Biggr displaystyle textstyle "
    "scriptstyle limits nolimits quad qquad enspace thinspace medspace negthinspace hspace mathstrut"
)
"""Commands that change how a formula looks and not what it says."""
WRAPPERS = words(
    "boxed fbox mathbf mathit mathsf mathbb mathcal bm boldsymbol ensuremath mathop mathfrak displaystyle pmb vec"
)
"""Commands whose argument is read as if they were not there."""
TEXT_COMMANDS = words("text textrm textbf textit textsf texttt textnormal mbox hbox mathrm operatorname")
COMMANDS = {
    "cdot": "*", "times": "*", "ast": "*", "div": "/", "over": "/", "le": "<=", "leq": "<=",
    "leqslant": "<=", "lt": "<",
    "ge": ">=", "geq": ">=", "geqslant": ">=", "gt": ">", "ne": "!=", "neq": "!=", "lbrace": "\\{", "rbrace": "\\}",
    "lbrack": "[", "rbrack": "]", "lparen": "(", "rparen": ")", "vert": "|", "lvert": "|", "rvert": "|", "mid": ":",
    "colon": ":", "land": "and", "wedge": "and", "lor": "or", "vee": "or", "backslash": "setminus",
    "varnothing": "emptyset",
    "langle": "(", "rangle": ")", "prime": "'", "circ": "degree", "percent": "%", "dots": "...", "ldots": "...",
    "cdots": "...", "isin": "in", "infin": "infty", "sim": "approx", "Reals": "reals",
}  # fmt: skip
WORDS = {
    "and": "and", "or": "or", "infinity": "infty", "inf": "infty", "oo": "infty", "infty": "infty", "pm": "pm",
    "union": "cup", "cup": "cup", "cap": "cap", "intersection": "cap", "emptyset": "emptyset", "mod": "mod",
    "percent": "%", "degrees": "degree", "degree": "degree", "deg": "degree", "times": "*", "in": "in",
}  # fmt: skip
"""Words that mean a sign where they stand alone."""
SHORT_WORDS = words(
    "is of to the not if for all any no at by on an as so be we it its are was has but than then per only most "
    "both each let with from that this odd even cm mm km kg mg ml min hr sec mol eV ms us"
)
"""What looks like a product of letters and is a word or a unit."""
