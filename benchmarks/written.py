"""A piece of work of the usual size: eight steps, about 120 words and 2 kB as it is sent."""

from typing import Any

BODIES = (  # each the length of a real step
    "We look for all positive integers $n$ with $n \\cdot 2^n + 9 = m^2$; the first are 11, 17, 33, 73 and 169.",
    "Work modulo three first, then compare sizes; if a family is left, factor the difference of squares.",
    "Modulo three the sequence has period six. Since $n = 5$ is a solution, no modulus can exclude its residue class.",
    "Nine is a square itself, so $(m - 3)(m + 3) = n \\cdot 2^n$. Both factors are even and differ by six.",
    "As four does not divide six, one factor is twice an odd number; the other carries at least $2^{n-1}$.",
    "So $m + 3 \\ge 2^{n-1}$ and $n 2^n \\ge 2^{n-1}(2^{n-1} - 6)$, so $n + 3 \\ge 2^{n-2}$, false beyond five.",
    "Check: for $n = 5$ we get $160 + 9 = 169 = 13^2$; 11, 17, 33 and 73 are no squares.",
    "Therefore $n = 5$ is the only solution, and the inequality shows that there are no others.",
)
TYPES = ("understand", "plan", "dead_end", "backtrack", "insight", "work", "check", "conclusion")
STEPS = [
    {"id": f"step-{n}", "type": kind, "body": body, "refs": [f"step-{n - 1}"] if n > 1 else []}
    | ({"to": "step-1"} if kind == "backtrack" else {})
    for n, (kind, body) in enumerate(zip(TYPES, BODIES, strict=True), start=1)
]


def document(answer: str) -> dict[str, Any]:
    """Make the content of a draft that is ready to be handed in; another `answer` makes another document."""
    return {
        "steps": STEPS,
        "answer": {"text": answer},
        "confidence": 4,
        "what_would_make_this_wrong": "A slip in the parity argument.",
    }
